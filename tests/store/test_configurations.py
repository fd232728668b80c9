"""Configuration files that were applied, on both databases."""

from idp.store.configurations import KEPT, Configuration, Kind
from idp.store.db import Store, Unit


def add(unit: Unit, text: str, kind: Kind = "applied") -> int:
    """Keep a file."""
    return unit.configurations.add(kind=kind, digest="d" * 64, actor="a-1", door="api", kept_at=7, text=text)


def test_kept_listed_and_read(store: Store) -> None:
    """The newest first without its text; what was found is no file that was applied."""
    with store.begin() as unit:
        assert unit.configurations.last() is None
        first, second = add(unit, "é\n"), add(unit, "b", "found")
    with store.reading() as unit:
        listed = unit.configurations.list()
        assert [(second, "found", ""), (first, "applied", "")] == [(one.number, one.kind, one.text) for one in listed]
        expected = Configuration(first, "applied", "d" * 64, "a-1", "api", 7, "é\n")
        assert expected == unit.configurations.last() == unit.configurations.get(first)
        assert unit.configurations.get(second + 1) is None


def test_the_oldest_make_room(store: Store) -> None:
    """A hundred are kept, and numbers go on."""
    with store.begin() as unit:
        numbers = [add(unit, str(position)) for position in range(KEPT + 2)]
        kept = [one.number for one in unit.configurations.list()]
    assert (sorted(numbers, reverse=True)[:KEPT], KEPT + 2) == (kept, len(set(numbers)))
