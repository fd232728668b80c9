"""The language switch of the pages that prove a dossier: what was wrong is said in the other language too."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.federation_pages import PASSWORD, of, to_proof, told
from tests.support.ports import ANGELA, MemoryHouse, account
from tests.support.upstream_world import World

Pending = tuple[Any, str]

TYPED = {"situation": "affilie", "dossier": "1234567", "password": "not the password", "code": "00000000"}


@pytest.fixture
def pending(here: World, house: MemoryHouse) -> Pending:
    """A browser and the page on which its person proves a dossier."""
    house.directory.add(account(civil=replace(ANGELA, given_names=("Angela",))), PASSWORD)
    return to_proof(here)


def post(pending: Pending, **fields: str) -> dict[str, Any]:
    """Post a page's form; return the page that is shown."""
    browser, path = pending
    answer = browser.post(path, data={"csrf": browser.get(path).get_json()["csrf"], **fields})
    page: dict[str, Any] = answer.get_json()
    return page


def at(pending: Pending, page: str) -> Pending:
    """Go to another way of proving."""
    browser, path = pending
    return browser, browser.get(path).get_json()[page] if page else path


REFUSED: dict[str, tuple[str, dict[str, str]]] = {
    "wrong": ("", TYPED),
    "no password": ("", TYPED | {"password": ""}),
    "no number": ("", TYPED | {"dossier": "12"}),
    "no dossier": ("code_url", {"action": "ask", "situation": "", "dossier": "12"}),
    "no code": ("code_url", {"action": "answer", "code": "12"}),
    "a dead code": ("code_url", {"action": "answer", "code": "00000000"}),
    "no letter": ("letter_url", {"action": "ask", "situation": "affilie", "dossier": "12"}),
    "no code of a letter": ("letter_url", {"action": "answer", "code": "12"}),
    "another code of a letter": ("letter_url", {"action": "answer", "code": "A" * 16}),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_was_wrong_is_said_again(pending: Pending, house: MemoryHouse, case: str) -> None:
    """The same errors, the number and the choice, nothing secret; and nothing is checked or kept by the switch."""
    page, fields = REFUSED[case]
    place = at(pending, page)
    shown = post(place, **fields)
    audited, tried = house.trace(), house.kv.dump()
    switched = place[0].post(f"{place[1]}&lang=en", data=shown["language_form"] | {"step": "language"}).get_json()
    secret = {"password": "", "code": ""}
    assert shown["form"]["errors"] or shown["form"]["error_summary"]
    assert shown["form"] | {k: v for k, v in secret.items() if k in shown["form"]} == switched["form"]
    assert shown["language_form"] == switched["language_form"]
    assert (audited, tried) == (house.trace(), house.kv.dump())


@pytest.mark.parametrize("page", ["", "code_url", "letter_url"])
def test_it_says_no_words_but_ours_and_links_nothing(pending: Pending, house: MemoryHouse, page: str) -> None:
    """A right password slipped in is not looked at; without the form's own token the page is as new."""
    place = at(pending, page)
    slipped = TYPED | {"password": PASSWORD, "action": "ask", "failed": "dossier other", "told": "Appelez le 0 899 00"}
    form = post(place, **slipped, step="language")["form"]
    assert ("1234567", {}, None) == (form["dossier"], form["errors"], form["error_summary"])
    forged = post(place, **slipped | {"csrf": "forged", "step": "language"})
    assert ("", None) == (forged["form"]["dossier"], forged["language_form"])
    assert ([], []) == (of(house), house.codes.sent)


def test_a_page_that_is_over_says_so(pending: Pending, here: World) -> None:
    """Another browser learns nothing by the switch either."""
    answer = here.browser("browser-2", "i2").post(pending[1], data=TYPED | {"step": "language"})
    told(answer, "Cette étape n’est plus valable")
