"""The rows of proposals."""

from dataclasses import replace

from idp.store.db import Store
from idp.store.proposals import Proposal

NEW = Proposal("a" * 32, "keys.rotate", b"sealed", "x", "console", 100, 200)


def test_decided_once_and_wiped(store: Store) -> None:
    """Of two decisions one counts; what it was to be done with is gone; the end of an approved one is said."""
    with store.begin() as unit:
        unit.proposals.add(NEW)
        decided = [unit.proposals.decide(NEW.id, status, "y", 150) for status in ("approved", "refused")]
        unit.proposals.settle(NEW.id, "failed", "no such key")
        unit.proposals.settle(NEW.id, "done")
    assert [True, False] == decided
    with store.reading() as unit:
        expected = replace(NEW, sealed=None, status="failed", decided_by="y", decided_at=150, note="no such key")
        assert expected == unit.proposals.get(NEW.id)
        assert unit.proposals.get("b" * 32) is None


def test_what_waits_and_what_is_over(store: Store) -> None:
    """A proposal past its time waits no more, cannot be decided, is wiped, and goes."""
    other = replace(NEW, id="b" * 32, act="admins.create", made_at=110, expires_at=300)
    with store.begin() as unit:
        unit.proposals.add(NEW)
        unit.proposals.add(other)
    acts = ("keys.rotate", "admins.create")
    with store.begin() as unit:
        assert (2, 1, 0) == tuple(unit.proposals.waiting(now) for now in (150, 200, 300))
        assert [other] == unit.proposals.listed(acts, 200, 9, decided=False)
        assert [other, NEW] == unit.proposals.listed(acts, 200, 9, decided=True)
        assert [NEW] == unit.proposals.listed(["keys.rotate"], 200, 9, decided=True)
        assert [other] == unit.proposals.listed(acts, 150, 1, decided=True)
        assert not unit.proposals.decide(NEW.id, "approved", "y", 200)
        assert [1, 0] == [unit.proposals.wipe(200) for _ in range(2)]
        assert [1, 0] == [unit.proposals.purge(250, 9) for _ in range(2)]
        assert [other] == unit.proposals.listed(acts, 150, 9, decided=True)
    assert (True, False) == (other.waits(299), other.waits(300))


def test_pages(store: Store) -> None:
    """Page by page, the newest first, each once, those of one second too; what was deleted meanwhile skips nothing."""
    every = [replace(NEW, id=f"{number:032x}", made_at=100 + number // 3) for number in range(8)]
    with store.begin() as unit:
        for one in every:
            unit.proposals.add(one)
        found: list[Proposal] = []
        while page := unit.proposals.listed(
            ["keys.rotate"], 1, 3, decided=False, after=(found[-1].made_at, found[-1].id) if found else None
        ):
            found += page
    assert sorted(every, key=lambda one: (-one.made_at, one.id)) == found
