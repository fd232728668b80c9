"""The steps between Redis and the database."""

from idp.store.db import Store
from idp.store.eras import FIRST, Era
from tests.support.threads import at_once


def test_a_house_begins_with_redis_and_goes_round(store: Store) -> None:
    """No row is Redis without a prefix; each step after it has a mark and the next place."""
    with store.reading() as unit:
        assert FIRST == unit.eras.current()
    assert ("redis", "") == (FIRST.place, FIRST.prefix)
    seen = []
    for step in range(1, 6):
        with store.begin() as unit:
            assert unit.eras.begin(step, f"m{step}", 100 + step)
            seen.append(unit.eras.current())
    assert ["leaving redis", "database", "leaving database", "redis", "leaving redis"] == [era.place for era in seen]
    assert Era(4, "m4", 104, 104) == seen[3]
    assert "era-m4:" == seen[3].prefix


def test_of_those_who_take_the_same_step_one_does(store: Store) -> None:
    """Its mark is everybody's."""

    def take(number: int) -> bool:
        with store.begin() as unit:
            return unit.eras.begin(1, f"m{number}", 100)

    taken = at_once(8, take)
    assert 1 == sum(taken)
    with store.reading() as unit:
        assert f"m{taken.index(True)}" == unit.eras.current().mark


def test_a_doubt_only_grows_later(store: Store) -> None:
    """Of two nodes that doubt, the later time stays; a step that is over is not doubted any more by its number."""
    with store.begin() as unit:
        unit.eras.begin(1, "m", 100)
        assert [False, True, False] == [unit.eras.doubt(1, at) for at in (100, 120, 110)]
        assert not unit.eras.doubt(0, 200)
        assert 120 == unit.eras.current().doubted_at


def test_how_often_the_database_stood_in(store: Store) -> None:
    """Only those steps count, and only the late ones."""
    with store.begin() as unit:
        for step in range(1, 12):
            unit.eras.begin(step, f"m{step}", step)
        assert [3, 2, 0] == [unit.eras.stood_in(since) for since in (0, 3, 11)]
