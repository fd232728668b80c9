"""The growth of the tables, and when a disk is full by it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.services.size_samples import ENOUGH, KEPT, MONTH, SizeSamples
from idp.store.db import Store
from idp.store.table_sizes import DAY
from tests.support.statements import counted
from tests.support.stores import Clock, sqlite_store

MIB = 1024 * 1024


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store of the test's own."""
    made = sqlite_store(tmp_path)
    yield made
    made.engine.dispose()


def kept(store: Store, clock: Clock, days_ago: int, **sizes: int) -> None:
    """Keep a sample of some days ago."""
    with store.begin() as unit:
        unit.table_sizes.keep(clock() // DAY - days_ago, sizes)


def test_one_sample_a_day(store: Store) -> None:
    """The first call of a day measures, the others read one row; samples of long ago go."""
    clock = Clock()
    samples = SizeSamples(store, clock)
    assert samples.read() is None
    kept(store, clock, KEPT + 1, audit=1)
    assert [True, False] == [samples.sample(), samples.sample()]
    with counted(store.engine) as statements:
        samples.sample()
    assert 1 == len(statements)
    clock.forward(DAY)
    assert samples.sample()
    with store.reading() as unit:
        assert (clock() // DAY - 1, clock() // DAY) == unit.table_sizes.days(0)


def test_growth_and_the_end(store: Store) -> None:
    """What thirty days add, and after how many months of thirty days the room is used up."""
    clock = Clock()
    kept(store, clock, 60, audit=10 * MIB, keys=MIB)
    kept(store, clock, 30, audit=500 * MIB)
    kept(store, clock, 0, audit=70 * MIB, keys=MIB, consents=MIB)
    found = SizeSamples(store, clock, capacity=200 * MIB).read()
    assert found is not None
    assert [("audit", 70, 30), ("consents", 1, 0), ("keys", 1, 0)] == [
        (one.name, one.bytes // MIB, (one.growth or 0) // MIB) for one in found.tables
    ]
    assert (72, 200 * MIB) == (found.bytes // MIB, found.capacity)
    assert (200 - 72) * MIB // (found.growth or 1) == found.full_in_months == 4


@pytest.mark.parametrize(("days_ago", "before"), [(ENOUGH - 1, 1), (MONTH, 2 * MIB)])
def test_nothing_is_foretold(store: Store, days_ago: int, before: int) -> None:
    """A few days, or tables that shrink, foretell no end."""
    clock = Clock()
    kept(store, clock, days_ago, audit=before)
    kept(store, clock, 0, audit=MIB)
    found = SizeSamples(store, clock, capacity=2 * MIB).read()
    assert found is not None
    assert found.full_in_months is None


def test_a_disk_that_is_full(store: Store) -> None:
    """What is over the room is full now, never in a negative number of months."""
    clock = Clock()
    kept(store, clock, MONTH, audit=MIB)
    kept(store, clock, 0, audit=3 * MIB)
    found = SizeSamples(store, clock, capacity=2 * MIB).read()
    assert found is not None
    assert 0 == found.full_in_months


def test_the_disk_of_the_file(store: Store) -> None:
    """Where nobody said how much room there is, a file has what its disk has free beside it."""
    samples = SizeSamples(store, Clock())
    samples.sample()
    found = samples.read()
    assert found is not None
    assert (found.capacity or 0) > found.bytes > 0
