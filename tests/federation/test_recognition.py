"""The pages that prove a dossier or choose one, after the real emulator."""

from dataclasses import replace
from typing import Any

from idp.protocol.errors import Unavailable
from tests.support.federation_pages import PASSWORD, of, submit, to_proof, told
from tests.support.ports import ANGELA, MemoryHouse, account
from tests.support.upstream_world import World


def test_weak_match_asks_for_a_proof_once(here: World, house: MemoryHouse) -> None:
    """One given name in the dossier: number and password are asked for once, then FranceConnect alone opens."""
    house.directory.add(account(civil=replace(ANGELA, given_names=("Angela",))), PASSWORD)
    browser, path = to_proof(here)
    page = browser.get(path).get_json()
    assert {"given_name": "Angela Claire Louise", "family_name": "DUBOIS"} == page["identity"]
    assert "/continuer/i1" == submit(browser, path, dossier="12 34.567").headers["Location"]
    assert [("proof", True)] == [(method, force) for _, method, force in of(house)]
    assert 1 == len(house.mails)
    assert "/continuer/i1" == here.sign_in("angela").headers["Location"]


def test_wrong_proofs_cannot_be_told_apart(here: World, house: MemoryHouse) -> None:
    """Wrong password, unknown dossier and closed account get the same page (N-095)."""
    house.directory.add(account(civil=replace(ANGELA, given_names=("Angela",))), PASSWORD)
    house.directory.add(account("7654321", status="closed"), PASSWORD)
    browser, path = to_proof(here)
    answers = [
        submit(browser, path, password="wrong"),
        submit(browser, path, dossier="9999999"),
        submit(browser, path, dossier="7654321"),
    ]
    assert {"Le numéro de dossier ou le mot de passe est incorrect."} == {
        a.get_json()["form"]["error_summary"] for a in answers
    }
    assert [] == here.door.outcomes


def test_a_right_but_retired_password_asks_for_another(here: World, house: MemoryHouse) -> None:
    """It links nothing and leads where the sign-in page leads with it; with a wrong one nothing is told."""
    one = house.directory.add(account(civil=replace(ANGELA, given_names=("Angela",))), PASSWORD)
    house.directory.retired[one.account_id] = "dormant"
    browser, path = to_proof(here)
    wrong = submit(browser, path, password="wrong").get_json()["form"]["error_summary"]
    assert "Le numéro de dossier ou le mot de passe est incorrect." == wrong
    assert "/reset/affilie/1234567/i1/dormant" == submit(browser, path).headers["Location"]
    assert ([], []) == (of(house), here.door.outcomes)
    assert "must_reset" in house.trace()
    assert 200 == browser.get(path).status_code


def test_proof_form_errors(here: World, house: MemoryHouse) -> None:
    """Each field that cannot be right is named, and nothing is checked before."""
    house.directory.add(account(civil=replace(ANGELA, given_names=("Angela",))), PASSWORD)
    browser, path = to_proof(here)
    page = submit(browser, path, situation="ayant_droit", password="").get_json()
    assert {"dossier", "password"} == set(page["form"]["errors"])
    assert {"situation", "dossier"} == set(
        submit(browser, path, situation="x", dossier="").get_json()["form"]["errors"]
    )


def test_proof_needs_our_own_form(here: World, house: MemoryHouse) -> None:
    """A proof without this form's token links nothing."""
    house.directory.add(account(civil=replace(ANGELA, given_names=("Angela",))), PASSWORD)
    browser, path = to_proof(here)
    answer = submit(browser, path, csrf="csrf federation:preuve:other")
    assert "federation/prove.html" == answer.get_json()["template"]
    assert [] == of(house)


def test_proof_belongs_to_one_browser(here: World, house: MemoryHouse) -> None:
    """A proof page opened in another browser shows nothing of the person and links nothing."""
    house.directory.add(account(civil=replace(ANGELA, given_names=("Angela",))), PASSWORD)
    _, path = to_proof(here)
    other = here.browser("browser-2", "i2")
    told(other.get(path), "Cette étape n’est plus valable")
    told(other.post(path, data={"situation": "affilie", "dossier": "1234567", "password": PASSWORD}))
    assert [] == of(house)


def test_proof_is_spent(here: World, house: MemoryHouse) -> None:
    """A proof works once."""
    house.directory.add(account(civil=replace(ANGELA, given_names=("Angela",))), PASSWORD)
    browser, path = to_proof(here)
    assert 303 == submit(browser, path).status_code
    told(browser.get(path))


def test_proof_expires(here: World, house: MemoryHouse) -> None:
    """A proof page is worth nothing after fifteen minutes."""
    house.directory.add(account(civil=replace(ANGELA, given_names=("Angela",))), PASSWORD)
    browser, path = to_proof(here)
    house.clock.forward(901)
    told(browser.get(path), "Cette étape n’est plus valable")


def test_attempts_are_bounded(here: World, house: MemoryHouse) -> None:
    """After ten wrong proofs the person starts again at FranceConnect."""
    house.directory.add(account(civil=replace(ANGELA, given_names=("Angela",))), PASSWORD)
    browser, path = to_proof(here)
    for _ in range(10):
        submit(browser, path, password="wrong")
    told(submit(browser, path))
    told(browser.get(path))
    assert [] == here.door.outcomes


def test_delay_is_told(here: World, house: MemoryHouse) -> None:
    """While the sign-in page would make a person wait, the proof page says how long, with Retry-After too."""
    house.directory.add(account(civil=replace(ANGELA, given_names=("Angela",))), PASSWORD)
    house.directory.retry_after = 30
    browser, path = to_proof(here)
    waits = submit(browser, path, password="wrong")
    assert ("30", True) == (waits.headers["Retry-After"], waits.get_json()["delay_seconds"] == 30)


def test_somebody_elses_dossier(here: World, house: MemoryHouse) -> None:
    """A right password does not tie a dossier to a FranceConnect of another birth name and birth date."""
    house.directory.add(account(civil=replace(ANGELA, given_names=("Angela",))))
    other = replace(ANGELA, birth_name="AUTRE", birthdate="1990-03-04")
    house.directory.add(account("7654321", other), PASSWORD)
    browser, path = to_proof(here)
    told(submit(browser, path, dossier="7654321"), "Ce dossier ne correspond pas à votre identité")
    assert [] == of(house, "account-7654321")
    told_of = house.events[-1]
    assert ("account-7654321", "somebody_else") == (told_of["account_id"], told_of["reason"])
    assert {"provider": "franceconnect", "network": "192.0.2.7"}.items() <= told_of.items()


def test_two_dossiers(here: World, house: MemoryHouse) -> None:
    """Two dossiers of one person: a choice page; the one that is chosen is linked and opened."""
    house.directory.add(account())
    house.directory.add(account("123456789", situation="ayant_droit"))
    browser = here.browser()
    path = here.sign_in("angela", browser).headers["Location"]
    page = browser.get(path).get_json()
    assert ["account-1234567", "account-123456789"] == [d["id"] for d in page["dossiers"]]
    wrong = browser.post(path, data={"dossier_choice": "account-9", "csrf": page["csrf"]})
    assert "Choisissez un dossier." == wrong.get_json()["error"]
    forged = browser.post(path, data={"dossier_choice": "account-1234567"})
    assert forged.get_json()["error"]
    chosen = browser.post(path, data={"dossier_choice": "account-123456789", "csrf": page["csrf"]})
    assert "/continuer/i1" == chosen.headers["Location"]
    assert ([], 1) == (of(house), len(of(house, "account-123456789")))
    told(browser.post(path, data={"dossier_choice": "account-1234567", "csrf": page["csrf"]}))


def test_second_dossier_stays_reachable(here: World, house: MemoryHouse) -> None:
    """With one of two dossiers linked, the person still chooses, and may open the other."""
    house.directory.add(account())
    here.sign_in("angela")
    house.directory.add(account("123456789", situation="ayant_droit"))
    location = here.sign_in("angela").headers["Location"]
    assert location.startswith("/federation/franceconnect/dossier?suite=")


def test_new_subject_needs_a_proof(here: World, house: MemoryHouse) -> None:
    """A new subject for a linked dossier is not believed without a proof, which keeps the history."""
    house.directory.add(account(), PASSWORD)
    here.sign_in("angela")
    here.emulator.turn(new_sub=True)
    browser, path = to_proof(here)
    assert "/continuer/i1" == submit(browser, path).headers["Location"]
    assert [("auto", False), ("proof", True)] == [(method, force) for _, method, force in of(house)]
    assert 2 == len(house.mails)


def test_busy_password_check(here: World, house: MemoryHouse) -> None:
    """While too many passwords are being checked the form stays, with 503 and Retry-After."""
    house.directory.add(account(civil=replace(ANGELA, given_names=("Angela",))), PASSWORD)
    browser, path = to_proof(here)

    def busy(**_: Any) -> Any:
        raise Unavailable("password hashing is busy", retry_after=5)

    house.directory.check_password = busy  # type: ignore[method-assign]  # the house is busy at this moment
    answer = submit(browser, path)
    assert (503, "5") == (answer.status_code, answer.headers["Retry-After"])
    assert "federation/prove.html" == answer.get_json()["template"]
