"""The chain over the security events: whatever somebody with the database does to them is found."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, select, update

from idp.services.audit_chain import LONGEST, MOST, REST, AuditChain, Fault, Kind
from idp.store.audit import AUDIT, AuditEvent
from idp.store.audit_seals import SEALS
from idp.store.db import Store
from tests.support.stores import sqlite_store

KEY = b"k" * 32
KEEP = 1000
START = 10_000


@dataclass
class House:
    """A store whose chain is made at a time that is told."""

    store: Store
    now: int = START

    def __post_init__(self) -> None:
        self.chain = AuditChain(self.store, KEY, lambda: self.now, KEEP)

    def happens(self, count: int) -> None:
        """Record events now."""
        with self.store.begin() as unit:
            for number in range(count):
                unit.audit.add(AuditEvent(time=self.now, event="sign_in", account_id="a", details={"n": number}))

    def rests(self) -> int:
        """Let everything come to rest, and seal it."""
        self.now += LONGEST + REST
        return self.chain.seal()

    def does(self, statement: Any) -> None:
        """Do something to the database behind the house's back."""
        with self.store.begin() as unit:
            unit.session.execute(statement)

    def ids(self) -> list[int]:
        """Return the ids of the events."""
        with self.store.reading() as unit:
            return list(unit.session.execute(select(AUDIT.c.id).order_by(AUDIT.c.id)).scalars())

    def faults(self, head: tuple[int, str] | None = None) -> list[Fault]:
        """Return what a verification finds."""
        return list(self.chain.verify(head).faults)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A migrated, empty store."""
    made = sqlite_store(tmp_path)
    yield made
    made.engine.dispose()


@pytest.fixture
def house(store: Store) -> House:
    """Six events under two seals, and two that wait."""
    made = House(store)
    made.happens(3)
    assert 3 == made.rests()
    made.happens(3)
    assert 3 == made.rests()
    made.happens(2)
    return made


def test_whole(house: House, caplog: pytest.LogCaptureFixture) -> None:
    """Nothing is wrong; the head is in the log, for whoever keeps it elsewhere."""
    verified = house.chain.verify()
    assert (2, 6, 2, False, ()) == (
        verified.seals,
        verified.events,
        verified.unsealed,
        verified.late,
        verified.faults,
    )
    with caplog.at_level(logging.INFO, "idp.audit"):
        house.rests()
    assert f"audit sealed 3 {house.chain.verify().head[1]}" in caplog.messages


def test_fresh_events_wait(house: House) -> None:
    """What may still have company is not sealed, nor are a few events at once; what waits too long is told."""
    assert 0 == house.chain.seal()
    house.now += REST + 1
    assert 0 == house.chain.seal()
    house.happens(1)
    house.now += LONGEST
    assert 3 == house.chain.seal()
    house.happens(1)
    house.now += 2 * (REST + LONGEST) + 1
    assert house.chain.verify().late


def test_many_events_take_several_seals(store: Store) -> None:
    """A seal covers a bounded number of events."""
    house = House(store)
    house.happens(MOST + 1)
    assert MOST + 1 == house.rests()
    assert (2, ()) == (house.chain.verify().seals, house.chain.verify().faults)


TAMPERINGS: list[tuple[str, Callable[[list[int]], Any], Callable[[list[int]], set[Fault]]]] = [
    (
        "an outcome changed",
        lambda ids: update(AUDIT).where(AUDIT.c.id == ids[1]).values(outcome="ok, really"),
        lambda ids: {Fault(Kind.CHANGED, 1, ids[1])},
    ),
    (
        "details changed",
        lambda ids: update(AUDIT).where(AUDIT.c.id == ids[3]).values(details={}),
        lambda ids: {Fault(Kind.CHANGED, 2, ids[3])},
    ),
    (
        "an event taken away",
        lambda ids: delete(AUDIT).where(AUDIT.c.id == ids[1]),
        lambda _: {Fault(Kind.MISSING, 1)},
    ),
    (
        "a seal altered",
        lambda _: update(SEALS).where(SEALS.c.number == 1).values(last_time=1),
        lambda _: {Fault(Kind.FORGED, 1)},
    ),
    (
        "a seal taken away",
        lambda _: delete(SEALS).where(SEALS.c.number == 1),
        lambda ids: {Fault(Kind.UNLINKED, 2), *(Fault(Kind.ADDED, 2, one) for one in ids[:3])},
    ),
    (
        "a seal said to be wiped",
        lambda _: update(SEALS).where(SEALS.c.number == 1).values(wiped_at=START, digests=b""),
        lambda ids: {Fault(Kind.EARLY, 1), *(Fault(Kind.ADDED, 1, one) for one in ids[:3])},
    ),
]


@pytest.mark.parametrize(("tamper", "expected"), [row[1:] for row in TAMPERINGS], ids=[row[0] for row in TAMPERINGS])
def test_tampering_is_found(
    house: House, tamper: Callable[[list[int]], Any], expected: Callable[[list[int]], set[Fault]]
) -> None:
    """Whatever is done to sealed events or to seals is named, with the event where it is one."""
    ids = house.ids()
    house.does(tamper(ids))
    assert expected(ids) == set(house.faults())


def test_an_event_put_in_between(store: Store) -> None:
    """An event that stands in a gap was not there when its neighbours were sealed."""
    house = House(store)
    house.happens(1)
    (first,) = house.ids()
    house.does(insert(AUDIT).values(id=first + 2, time=house.now, event="e", outcome="ok", details={}))
    house.rests()
    house.does(insert(AUDIT).values(id=first + 1, time=house.now, event="e", outcome="ok", details={}))
    assert [Fault(Kind.ADDED, 1, first + 1)] == house.faults()


def test_somebody_with_the_database_alone_makes_no_seal(house: House) -> None:
    """Without the key, events that are rewritten with fitting seals are still found."""
    house.does(delete(SEALS))
    house.does(update(AUDIT).values(outcome="ok"))
    AuditChain(house.store, b"x" * 32, lambda: house.now + LONGEST + REST, KEEP).seal()
    assert {Kind.FORGED, Kind.CHANGED} == {fault.kind for fault in house.faults()}


def test_a_chain_cut_short_is_found_by_a_head_kept_elsewhere(house: House) -> None:
    """The newest end can be cut off without a trace; not for whoever kept the head."""
    head = house.chain.verify().head
    house.does(delete(SEALS).where(SEALS.c.number == 2))
    house.does(delete(AUDIT).where(AUDIT.c.id > house.ids()[2]))
    assert [] == house.faults()
    assert [Fault(Kind.CUT, 2)] == house.faults(head)


def test_retention_takes_events_and_leaves_the_chain(house: House) -> None:
    """Old events go with their seals' digests; the rest verifies as before, and so does a head from before."""
    head = house.chain.verify().head
    house.now = START + KEEP + 1
    assert 3 == house.chain.purge()
    house.rests()
    verified = house.chain.verify(head)
    assert (3, 5, ()) == (verified.seals, verified.events, verified.faults)
    with house.store.reading() as unit:
        assert 5 == unit.session.execute(select(func.count()).select_from(AUDIT)).scalar_one()
