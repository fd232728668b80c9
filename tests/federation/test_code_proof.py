"""Proving a dossier by a code to its e-mail address, after the real emulator."""

from dataclasses import replace
from typing import Any

import pytest
from werkzeug.test import TestResponse

from federation.code_proof import DAILY
from federation.contact_code import ATTEMPTS, SENDINGS
from federation.policy import LinkingPolicy
from idp.upstream import Member
from tests.support.federation_pages import PASSWORD, of, to_proof, told
from tests.support.ports import ANGELA, MemoryHouse, account
from tests.support.upstream_world import Emulator, World, world

ME = "account-1234567"


@pytest.fixture
def pending(here: World, house: MemoryHouse) -> tuple[Any, str]:
    """Angela came by FranceConnect, and her dossier holds one given name; her browser and the page of codes."""
    house.directory.add(account(civil=replace(ANGELA, given_names=("Angela",))), PASSWORD)
    browser, path = to_proof(here)
    return browser, browser.get(path).get_json()["code_url"]


def post(pending: tuple[Any, str], action: str, **fields: str) -> TestResponse:
    """Post the page's form."""
    browser, path = pending
    csrf = browser.get(path).get_json()["csrf"]
    answer: TestResponse = browser.post(path, data={"action": action, "csrf": csrf, **fields})
    return answer


def ask(pending: tuple[Any, str], dossier: str = "1234567", situation: str = "affilie") -> dict[str, Any]:
    """Name a dossier; returns the page that follows."""
    answer = post(pending, "ask", dossier=dossier, situation=situation)
    if answer.status_code == 303:
        assert pending[1] == answer.headers["Location"]
        answer = pending[0].get(pending[1])
    page: dict[str, Any] = answer.get_json()
    return page


def code(house: MemoryHouse) -> str:
    """Return the code of the last message."""
    return house.codes.sent[-1][1]


def test_the_code_links_and_signs_in(pending: tuple[Any, str], here: World, house: MemoryHouse) -> None:
    """Eight digits from the mailbox, spaces tolerated, prove the dossier once."""
    assert {"situation": "affilie", "dossier": "1234567", "masked": house.codes.shown} == ask(pending)["asked"]
    sent = code(house)
    assert (8, True) == (len(sent), sent.isdigit())
    answer = post(pending, "answer", code=f"{sent[:4]} {sent[4:]}")
    assert "/continuer/i1" == answer.headers["Location"]
    assert [("proof", True)] == [(method, force) for _, method, force in of(house)]
    assert [ME] == [outcome.account_id for outcome in here.door.outcomes]
    told(pending[0].get(pending[1]), "Cette étape n’est plus valable")


def test_who_is_not_this_person_gets_the_same_page(pending: tuple[Any, str], house: MemoryHouse) -> None:
    """Unknown, shut, or plainly another's: the same page as her own dossier, and no message to anybody (N-095)."""
    house.directory.add(account("7654321", replace(ANGELA, given_names=("Zoé",))))
    house.directory.add(account("2222222", status="closed"))
    pages = []
    for dossier in ("7654321", "2222222", "9999999"):
        page = ask(pending, dossier)
        pages.append({**page, "asked": {**page["asked"], "dossier": "", "masked": ""}})
        post(pending, "other")
        assert [] == house.codes.sent
    assert pages[0] == pages[1] == pages[2]
    assert [] == of(house)


def test_a_wrong_code_may_be_corrected(pending: tuple[Any, str], house: MemoryHouse) -> None:
    """A few attempts, then the code is gone, and the right one with it."""
    ask(pending)
    right = code(house)
    wrong = f"{(int(right) + 1) % 10**8:08}"
    errors = [post(pending, "answer", code=wrong).get_json()["form"]["error_summary"] for _ in range(ATTEMPTS)]
    assert ["Ce n’est pas le bon code. Vérifiez-le dans le dernier message reçu."] * (ATTEMPTS - 1) == errors[:-1]
    page = post(pending, "answer", code=right).get_json()
    assert "Ce code ne vaut plus. Demandez-en un autre." == page["form"]["error_summary"] == errors[-1]
    assert [] == of(house)


def test_a_new_code_ends_the_old_one(pending: tuple[Any, str], house: MemoryHouse) -> None:
    """The last message counts; and a person asks for a few codes only."""
    ask(pending)
    first = code(house)
    ask(pending)
    assert "federation/code.html" == post(pending, "answer", code=first).get_json()["template"]
    for _ in range(SENDINGS):
        page = ask(pending)
    assert page["form"]["error_summary"].startswith("Vous avez demandé plusieurs codes.")
    assert SENDINGS == len(house.codes.sent)
    assert 303 == post(pending, "answer", code=code(house)).status_code


@pytest.mark.usefixtures("pending")
def test_nobodys_mailbox_is_filled(here: World, house: MemoryHouse) -> None:
    """However often somebody comes back from FranceConnect, an account receives a few messages a day."""
    for _ in range(DAILY + 2):
        browser, path = to_proof(here)
        ask((browser, browser.get(path).get_json()["code_url"]))
    assert DAILY == len(house.codes.sent)


@pytest.mark.parametrize("typed", ["", "1234567", "123456789", "abcdefgh", "１２３４５６７８"])
def test_what_cannot_be_a_code(pending: tuple[Any, str], house: MemoryHouse, typed: str) -> None:
    """It is named before anything is compared, and costs no attempt."""
    ask(pending)
    for _ in range(ATTEMPTS):
        assert ["code"] == list(post(pending, "answer", code=typed).get_json()["form"]["errors"])
    assert 303 == post(pending, "answer", code=code(house)).status_code


def test_a_code_belongs_to_its_browser_and_person(pending: tuple[Any, str], here: World, house: MemoryHouse) -> None:
    """In another browser, or for another pending proof, the code is nothing."""
    ask(pending)
    told(here.browser("browser-2", "i2").get(pending[1]))
    browser, path = to_proof(here)
    second = browser, browser.get(path).get_json()["code_url"]
    assert "federation/code.html" == post(second, "answer", code=code(house)).get_json()["template"]
    assert [] == of(house)


def test_only_our_own_form(pending: tuple[Any, str], house: MemoryHouse) -> None:
    """Without this form's token nothing is sent and nothing is compared."""
    ask(pending)
    right = code(house)
    for fields in ({"action": "ask"}, {"action": "answer", "code": right}, {"action": "other"}):
        pending[0].post(pending[1], data={"situation": "affilie", "dossier": "1234567", **fields, "csrf": "x"})
    assert (1, []) == (len(house.codes.sent), of(house))
    assert 303 == post(pending, "answer", code=right).status_code


def test_no_code_in_the_store_or_the_audit(pending: tuple[Any, str], house: MemoryHouse) -> None:
    """It waits sealed, and is told nowhere (N-152)."""
    ask(pending)
    assert code(house).encode() not in house.kv.dump()
    assert code(house) not in house.trace()


def test_a_member_names_no_dossier(here: World, house: MemoryHouse) -> None:
    """Who links from the account has one: whatever number is posted, the code goes to it."""
    house.directory.add(account(civil=replace(ANGELA, given_names=("Angela",))), PASSWORD)
    house.directory.add(account("7654321"))
    here.door.signed_in = Member(ME, "session-1")
    browser = here.browser()
    left = browser.get(here.upstream.link_path("browser-1", here.door.signed_in))
    back = here.back(left.headers["Location"], "angela")
    path = browser.get(browser.get(back).headers["Location"]).get_json()["code_url"]
    assert ask((browser, path), "7654321")["own"]
    assert [ME] == [to for to, _ in house.codes.sent]
    assert "/compte/identites?fait=linked" == post((browser, path), "answer", code=code(house)).headers["Location"]


def test_the_house_says_which_proofs(running: Emulator, house: MemoryHouse) -> None:
    """A proof that the house does not name is not offered, and not accepted."""
    house.directory.add(account(civil=replace(ANGELA, given_names=("Angela",))), PASSWORD)
    browser, path = to_proof(world(running, house, policy=LinkingPolicy(proofs=("password",))))
    page = browser.get(path).get_json()
    assert "" == page["code_url"]
    told(browser.get(path.replace("/preuve", "/code")))
    here = world(running, house, policy=LinkingPolicy(proofs=("contact_code",)))
    browser = here.browser()
    first = here.sign_in("angela", browser).headers["Location"]
    assert first.startswith("/federation/franceconnect/code?suite=")
    assert "" == browser.get(first).get_json()["password_url"]
    path = first.replace("/code", "/preuve")
    assert first == browser.get(path).headers["Location"]
    form = {"situation": "affilie", "dossier": "1234567", "password": PASSWORD, "csrf": "csrf federation:preuve:x"}
    assert 303 == browser.post(path, data=form).status_code
    assert [] == of(house)


def test_a_proof_even_when_all_agrees(running: Emulator, house: MemoryHouse) -> None:
    """Where the house wants it, a sure match is proven too; once linked it opens as ever."""
    house.directory.add(account(), PASSWORD)
    here = world(running, house, policy=LinkingPolicy(automatic=False))
    browser, path = to_proof(here)
    pending = browser, browser.get(path).get_json()["code_url"]
    ask(pending)
    assert "/continuer/i1" == post(pending, "answer", code=code(house)).headers["Location"]
    assert "/continuer/i1" == here.sign_in("angela").headers["Location"]
