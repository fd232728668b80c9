"""Proving a dossier by a code that comes by letter, after the real emulator."""

from dataclasses import replace
from typing import Any

import pytest
from werkzeug.test import TestResponse

from federation.letter_proof import DAILY
from federation.policy import LinkingPolicy
from federation.recognition import MAX_ATTEMPTS
from idp.upstream import Member
from tests.support.federation_pages import PASSWORD, of, to_proof, told
from tests.support.ports import ANGELA, MemoryHouse, account
from tests.support.upstream_world import Emulator, World, world

ME = "account-1234567"


@pytest.fixture
def pending(here: World, house: MemoryHouse) -> tuple[Any, str]:
    """Angela came by FranceConnect, and her dossier holds one given name; her browser and the page of letters."""
    house.directory.add(account(civil=replace(ANGELA, given_names=("Angela",))), PASSWORD)
    return come(here)


def come(here: World) -> tuple[Any, str]:
    """Come by FranceConnect to the page of letters."""
    browser, path = to_proof(here)
    return browser, browser.get(path).get_json()["letter_url"]


def post(pending: tuple[Any, str], action: str, **fields: str) -> TestResponse:
    """Post the page's form."""
    browser, path = pending
    csrf = browser.get(path).get_json()["csrf"]
    answer: TestResponse = browser.post(path, data={"action": action, "csrf": csrf, **fields})
    return answer


def ask(pending: tuple[Any, str], dossier: str = "1234567") -> dict[str, Any]:
    """Ask for a letter to a dossier; returns the page that follows."""
    answer = post(pending, "ask", dossier=dossier, situation="affilie")
    if answer.status_code == 303:
        assert pending[1] == answer.headers["Location"]
        answer = pending[0].get(pending[1])
    page: dict[str, Any] = answer.get_json()
    return page


def code(house: MemoryHouse) -> str:
    """Return the code of the last letter."""
    return house.letters.sent[-1][2]


def test_days_later_the_letter_links(pending: tuple[Any, str], here: World, house: MemoryHouse) -> None:
    """Asked for today; typed after another sign-in at FranceConnect, in groups and small letters, once."""
    assert {"situation": "affilie", "dossier": "1234567"} == ask(pending)["asked"]
    house.clock.now += 5 * 86400
    told(pending[0].get(pending[1]), "Cette étape n’est plus valable")
    again = come(here)
    sent = code(house)
    typed = "-".join(sent[at : at + 4] for at in range(0, 16, 4)).lower()
    assert "/continuer/i1" == post(again, "answer", code=typed).headers["Location"]
    assert [("proof", True)] == [(method, force) for _, method, force in of(house)]
    assert [ME] == [outcome.account_id for outcome in here.door.outcomes]
    told(again[0].get(again[1]), "Cette étape n’est plus valable")
    assert sent not in house.trace()


def test_who_is_not_this_person_gets_the_same_page(pending: tuple[Any, str], house: MemoryHouse) -> None:
    """Unknown, shut, or plainly another's: the page of her own dossier, no letter, and the same word for a code."""
    house.directory.add(account("7654321", replace(ANGELA, given_names=("Zoé",))))
    house.directory.add(account("2222222", status="closed"))
    pages = []
    for dossier in ("7654321", "2222222", "9999999"):
        page = ask(pending, dossier)
        wrong = post(pending, "answer", code="ABCDEFGHJKMN2345").get_json()
        pages.append((page["asked"] | {"dossier": ""}, page["form"], wrong["form"]))
        assert [] == house.letters.sent
    assert pages[0] == pages[1] == pages[2]
    asked = ask(pending)
    wrong = post(pending, "answer", code="ABCDEFGHJKMN2345").get_json()
    assert pages[0] == (asked["asked"] | {"dossier": ""}, asked["form"], wrong["form"])
    assert [ME] == [to for to, _, _ in house.letters.sent]


def test_a_code_belongs_to_one_person(here: World, house: MemoryHouse, pending: tuple[Any, str]) -> None:
    """A relative who opens the letter comes by their own FranceConnect: there the code is nothing."""
    ask(pending)
    browser = here.browser()
    first = told(here.sign_in("other", browser))["actions"][0]["href"]
    relative = browser, browser.get(first).get_json()["letter_url"]
    page = post(relative, "answer", code=code(house)).get_json()
    assert page["form"]["error_summary"].startswith("Ce code n’est pas le bon, ou il ne vaut plus.")
    assert [] == of(house)
    assert 303 == post(come(here), "answer", code=code(house)).status_code


def test_the_dossier_is_looked_at_again(pending: tuple[Any, str], here: World, house: MemoryHouse) -> None:
    """Shut since the letter left: the right code opens nothing."""
    ask(pending)
    again = come(here)
    house.directory.add(account(civil=replace(ANGELA, given_names=("Angela",)), status="deceased"))
    told(post(again, "answer", code=code(house)), "Votre espace n’est pas accessible en ligne")
    assert [] == of(house)


def test_a_few_tries_end_the_page(pending: tuple[Any, str], house: MemoryHouse) -> None:
    """Beside the tries that each code has, a pending proof has its own (N-096)."""
    ask(pending)
    for _ in range(MAX_ATTEMPTS):
        assert "federation/letter.html" == post(pending, "answer", code="ABCDEFGHJKMN2345").get_json()["template"]
    browser, path = pending
    csrf = browser.get(path).get_json()["csrf"]
    answer = browser.post(path, data={"action": "answer", "csrf": csrf, "code": code(house)})
    told(answer, "Cette étape n’est plus valable")
    assert (MAX_ATTEMPTS, []) == (house.letters.tries, of(house))


@pytest.mark.parametrize("typed", ["", "ABCD", "ABCD-EFGH-JKMN-234", "ABCDEFGHJKMN23456"])
def test_what_cannot_be_a_code(pending: tuple[Any, str], house: MemoryHouse, typed: str) -> None:
    """It is named before anything is compared, and costs no try."""
    assert ["code"] == list(post(pending, "answer", code=typed).get_json()["form"]["errors"])
    assert 0 == house.letters.tries


def test_letters_are_not_for_play(pending: tuple[Any, str], here: World, house: MemoryHouse) -> None:
    """One person asks for a few a day, however often they come; and a full post says so to everybody alike."""
    for _ in range(DAILY):
        ask(come(here))
    assert ask(pending)["form"]["error_summary"].startswith("Vous avez demandé plusieurs courriers.")
    assert DAILY == len(house.letters.sent)
    house.clock.now += 86400
    house.letters.full = True
    told_of_it = [ask(come(here), dossier)["form"]["error_summary"] for dossier in ("1234567", "9999999")]
    assert ["Beaucoup de courriers ont été demandés aujourd’hui."] * 2 == [text[:51] for text in told_of_it]


def test_only_our_own_form(pending: tuple[Any, str], house: MemoryHouse) -> None:
    """Without this form's token nothing is sent and nothing is compared."""
    for fields in ({"action": "ask"}, {"action": "answer", "code": "ABCDEFGHJKMN2345"}):
        pending[0].post(pending[1], data={"situation": "affilie", "dossier": "1234567", **fields, "csrf": "x"})
    assert ([], 0) == (house.letters.sent, house.letters.tries)
    told(pending[0].get(pending[1].replace("suite=", "suite=0")))


def test_a_mistyped_number_is_named_anew(pending: tuple[Any, str], house: MemoryHouse) -> None:
    """The page goes back to asking; a letter that left already is as good as ever."""
    ask(pending, "9999999")
    assert 303 == post(pending, "other").status_code
    assert pending[0].get(pending[1]).get_json()["asked"] is None
    assert "1234567" == ask(pending)["asked"]["dossier"]
    post(pending, "other")
    assert 303 == post(pending, "answer", code=code(house)).status_code
    assert 1 == len(of(house))


def test_a_member_names_no_dossier(here: World, house: MemoryHouse) -> None:
    """Who links from the account has one: whatever number is posted, the letter goes to it."""
    house.directory.add(account(civil=replace(ANGELA, given_names=("Angela",))), PASSWORD)
    house.directory.add(account("7654321"))
    here.door.signed_in = Member(ME, "session-1")
    browser = here.browser()
    left = browser.get(here.upstream.link_path("browser-1", here.door.signed_in))
    back = here.back(left.headers["Location"], "angela")
    path = browser.get(browser.get(back).headers["Location"]).get_json()["letter_url"]
    assert ask((browser, path), "7654321")["own"]
    assert [ME] == [to for to, _, _ in house.letters.sent]
    assert "/compte/identites?fait=linked" == post((browser, path), "answer", code=code(house)).headers["Location"]


def test_the_house_says_which_proofs(running: Emulator, house: MemoryHouse) -> None:
    """Not named: not offered, not accepted. Named first: shown first, and the notice for nobody leads to it."""
    house.directory.add(account(civil=replace(ANGELA, given_names=("Angela",))), PASSWORD)
    browser, path = to_proof(world(running, house, policy=LinkingPolicy(proofs=("password", "contact_code"))))
    assert "" == browser.get(path).get_json()["letter_url"]
    told(browser.get(path.replace("/preuve", "/courrier")))
    here = world(running, house, policy=LinkingPolicy(proofs=("letter_code", "password")))
    browser = here.browser()
    first = here.sign_in("angela", browser).headers["Location"]
    assert first.startswith("/federation/franceconnect/courrier?suite=")
    assert first.replace("courrier", "preuve") == browser.get(first).get_json()["password_url"]
    house.directory.accounts.clear()
    nobody = told(here.sign_in("angela", here.browser()), "Nous n’avons pas trouvé de dossier à votre nom")
    assert ["Relier mon dossier", "Retour à la page de connexion"] == [one["label"] for one in nobody["actions"]]
