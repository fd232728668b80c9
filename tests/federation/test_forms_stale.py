"""The forms that prove a dossier, without their token: shown again as typed, and nothing is looked at or kept.

The switch of languages of a page with errors sends them so (`idp/web/retelling.py`).
"""

from dataclasses import replace
from typing import Any

import pytest

from federation import notices
from tests.support.federation_pages import PASSWORD, of, to_proof, told
from tests.support.ports import ANGELA, MemoryHouse, account
from tests.support.upstream_world import World

Pending = tuple[Any, str]

NAMED = {"situation": "affilie", "dossier": "1234567"}
SWITCH = {"step": "language", "told": '[{}, "Appelez le 0 899 00", 0]', "seal": "x"}


@pytest.fixture
def pending(here: World, house: MemoryHouse) -> Pending:
    """A browser and the page on which its person proves a dossier."""
    house.directory.add(account(civil=replace(ANGELA, given_names=("Angela",))), PASSWORD)
    return to_proof(here)


@pytest.mark.parametrize(
    ("page", "fields"),
    [
        ("", {"password": PASSWORD}),
        ("code_url", {"action": "ask"}),
        ("letter_url", {"action": "ask"}),
        ("", {"password": PASSWORD, "csrf": "forged"}),
    ],
)
def test_a_dossier_that_was_named_is_shown_again(
    pending: Pending, house: MemoryHouse, page: str, fields: dict[str, str]
) -> None:
    """Number and choice stay, nothing is sent or linked, and above stand our words alone."""
    browser, path = pending
    path = browser.get(path).get_json()[page] if page else path
    audited, kept = house.trace(), house.kv.dump()
    form = browser.post(f"{path}&lang=en", data=NAMED | SWITCH | fields).get_json()["form"]
    assert NAMED == {name: form[name] for name in NAMED}
    assert notices.PROOF_STALE == form["error_summary"]
    assert (audited, kept) == (house.trace(), house.kv.dump())
    assert ([], []) == (of(house), house.codes.sent)


@pytest.mark.parametrize(("page", "code"), [("code_url", "00000000"), ("letter_url", "A" * 16)])
def test_a_code_is_not_tried(pending: Pending, house: MemoryHouse, page: str, code: str) -> None:
    """However often it comes, no attempt is counted."""
    browser, path = pending
    path = browser.get(path).get_json()[page]
    audited, kept = house.trace(), house.kv.dump()
    for _ in range(12):
        form = browser.post(path, data=SWITCH | {"action": "answer", "code": code}).get_json()["form"]
        assert notices.PROOF_STALE == form["error_summary"]
    assert (audited, kept) == (house.trace(), house.kv.dump())


def test_a_page_that_is_over_says_so(pending: Pending, here: World) -> None:
    """Another browser learns nothing by it either."""
    answer = here.browser("browser-2", "i2").post(pending[1], data=NAMED | SWITCH)
    told(answer, "Cette étape n’est plus valable")
