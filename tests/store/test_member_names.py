"""The names of members as the desk looks for them, on both databases."""

import re
from dataclasses import replace

import pytest

from idp.admin.api.member_shapes import MembersSought
from idp.store.bulk import BulkAccounts
from idp.store.db import Store
from idp.store.member_names import LONGEST, beginnings, folded
from tests.support.records import PARTICULARS, with_account


@pytest.mark.parametrize(
    ("name", "stands"),
    [
        ("DUBOIS", {"dubois"}),
        ("LE GALL-DUBOIS", {"legalldubois", "galldubois", "dubois"}),
        ("D’Œuvrard", {"doeuvrard", "oeuvrard"}),
        ("Łukasz Weiß", {"lukaszweiss", "weiss"}),
        ("", set()),
        ("王", set()),
    ],
)
def test_a_name_stands_from_each_of_its_words_on(name: str, stands: set[str]) -> None:
    """Letters from a to z alone: no accent, no blank, no sign is left."""
    assert stands == beginnings(name)


def test_a_long_name_is_cut() -> None:
    """As many letters as the column holds, of a few words at most."""
    assert LONGEST == len(folded("a" * 200))
    assert 8 == len(beginnings(" ".join(["ab"] * 20)))


def test_every_letter_that_the_api_takes_is_one() -> None:
    """What the description allows as a name can be looked for: each letter leaves one letter at least."""
    pattern = re.compile(str(MembersSought.model_json_schema()["properties"]["name"]["pattern"]))
    letters = [one for one in map(chr, range(0x20, 0x250)) if pattern.fullmatch(f"{one}{one}") and one not in " .'-"]
    assert "é" in letters
    assert [] == [one for one in letters if not folded(one)]


def test_found_by_the_beginning_alone(store: Store) -> None:
    """A range of the index holds what begins with the letters, and nothing before or behind it."""
    with store.begin() as unit:
        for number, name in enumerate(("DUBOIS", "DUBOISSON", "DUBOURG", "DUBO", "EDUBOIS", "LE DUBOIS", "Dùbois-Zé")):
            numbered = replace(PARTICULARS, dossier=f"200000{number}", birth_name=name)
            unit.accounts.upsert(numbered, account_id=f"a{number}", subject=f"s{number}", now=1000)
    with store.reading() as unit:
        found = [one.birth_name for one in unit.accounts.found(name="dubois", limit=10)]
        assert {"DUBOIS", "DUBOISSON", "LE DUBOIS", "Dùbois-Zé"} == set(found)
        assert 2 == len(unit.accounts.found(name="dubois", limit=2))
        assert ["LE DUBOIS"] == [one.birth_name for one in unit.accounts.found(name="led", limit=9)]


def test_an_import_writes_names_too(store: Store) -> None:
    """What comes by the thousand is found like the rest, and by its new name once that changed."""
    known = with_account(store)
    with store.begin() as unit:
        accounts = BulkAccounts(unit.session)
        row = dict(accounts.known([known.dossier], lock=True)[known.dossier])
        accounts.update([{**row, "usage_name": "ZOLA"}])
        accounts.insert([{**row, "id": "other", "subject": "other", "dossier": "7654321", "birth_name": "NOUVEAU"}])
    with store.reading() as unit:
        for name, expected in (("zola", known.id), ("nouv", "other")):
            assert [expected] == [one.id for one in unit.accounts.found(name=name, limit=9)]
        assert [known.id] == [one.id for one in unit.accounts.found(name="dub", birthdate="1962-08-24", limit=9)]
