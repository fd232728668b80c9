"""When the database stands in for Redis, and that no two nodes ever work in two places."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count
from math import inf

import pytest

from idp.store.db import Store, Unit
from idp.store.era_watch import BETWEEN, LEASE, LOOK, EraWatch
from idp.store.eras import DATABASE, REDIS, Era
from idp.store.errors import StoreUnavailable
from idp.upstream_ports import KeyValueUnavailable
from tests.support.faults import broken_database
from tests.support.statements import counted

AFTER, CALM = 5.0, 30.0


class Line(Store):
    """One node's way to the database."""

    cut = False

    def reading(self) -> AbstractContextManager[Unit]:
        """Read, or find the way cut."""
        if self.cut:
            raise StoreUnavailable("cut")
        return super().reading()


@dataclass
class Houses:
    """Nodes on one database, and the time."""

    store: Store
    now: float = 1000.0
    calm: float = CALM
    after: float = AFTER
    alive: dict[str, bool] = field(default_factory=dict)
    nodes: dict[str, EraWatch] = field(default_factory=dict)
    lines: dict[str, Line] = field(default_factory=dict)

    def node(self, name: str, aside: Callable[[Callable[[], None]], None] = lambda work: work()) -> EraWatch:
        """Return a new node; its looks at Redis are done at once."""
        self.alive.setdefault(name, True)
        self.lines[name] = Line(self.store.engine)
        self.nodes[name] = EraWatch(
            self.lines[name],
            lambda: int(self.now),
            lambda: self.alive[name],
            after=self.after,
            calm=self.calm,
            timer=lambda: self.now,
            aside=aside,
        )
        return self.nodes[name]

    def era(self, name: str) -> Era:
        """Return what a node uses now, as a request of it would, which tells of a Redis that is gone."""
        watch = self.nodes[name]
        era = watch.era()
        if era.place == REDIS and not self.alive[name]:
            watch.suspect()
        return era

    def place(self, name: str) -> str:
        """Return where a node keeps things now."""
        return self.era(name).place

    def forward(self, seconds: float, *names: str) -> list[str]:
        """Let time pass in steps of a quarter of a second, with requests on some nodes; return their last places."""
        for _ in range(int(seconds * 4)):
            self.now += 0.25
            places = [self.place(name) for name in names]
        return places


@pytest.fixture
def houses(store: Store) -> Houses:
    """No node yet."""
    return Houses(store)


def test_while_all_is_well_the_step_is_read_once_a_second(houses: Houses) -> None:
    """A hundred requests of a second cost one statement, and nobody looks at Redis."""
    looks: list[int] = []
    watch = houses.node("a", lambda _work: looks.append(1))
    with counted(houses.store.engine) as statements:
        for _ in range(100):
            houses.place("a")
        assert 1 == len(statements)
        houses.now += LOOK
        for _ in range(100):
            assert REDIS == watch.era().place
        assert 2 == len(statements)
    assert [] == looks


def test_the_database_stands_in_once_redis_was_gone_for_long_enough(houses: Houses) -> None:
    """Then neither is used for longer than a lease, then the database, by a node that has just started too."""
    houses.node("a")
    assert REDIS == houses.place("a")
    houses.alive["a"] = False
    assert [REDIS] == houses.forward(AFTER - 0.5, "a")
    assert ["leaving redis"] == houses.forward(2.5, "a")
    assert ["leaving redis"] == houses.forward(BETWEEN - 2, "a")
    assert ["database"] == houses.forward(3.5, "a")
    houses.node("b")
    assert DATABASE == houses.place("b")
    assert houses.nodes["a"].last.mark == houses.nodes["b"].last.mark


def test_a_short_silence_changes_nothing(houses: Houses) -> None:
    """Nor do two that lie far apart with nobody looking in between."""
    houses.node("a")
    for _ in range(4):
        houses.alive["a"] = False
        houses.forward(AFTER - 1.5, "a")
        houses.alive["a"] = True
        assert [REDIS] == houses.forward(2.5, "a")
    houses.alive["a"] = False
    houses.forward(1, "a")
    houses.now += 100
    assert [REDIS] == houses.forward(2, "a")


def test_a_node_that_has_its_redis_goes_along(houses: Houses) -> None:
    """One node alone has lost it: the other follows within a look, and leads nobody back meanwhile."""
    houses.node("lost")
    houses.node("well")
    houses.place("well")
    houses.alive["lost"] = False
    houses.forward(AFTER + BETWEEN + 4, "lost", "well")
    assert [DATABASE, DATABASE] == houses.forward(1, "lost", "well")
    assert [DATABASE, DATABASE] == houses.forward(4 * CALM, "lost", "well")
    houses.alive["lost"] = True
    assert [DATABASE, DATABASE] == houses.forward(CALM - 4, "lost", "well")
    assert ["leaving database", "leaving database"] == houses.forward(6, "lost", "well")
    assert [REDIS, REDIS] == houses.forward(BETWEEN + 3, "lost", "well")
    assert 4 == houses.nodes["well"].last.step


def test_a_redis_that_is_lost_again_must_be_well_for_twice_as_long(houses: Houses) -> None:
    """Who comes and goes does not sign everybody out each minute."""
    houses.node("a")
    stood = []
    for _ in range(3):
        houses.alive["a"] = False
        while houses.forward(0.25, "a") != [DATABASE]:
            pass
        houses.alive["a"], began = True, houses.now
        while houses.forward(0.25, "a") == [DATABASE]:
            pass
        stood.append((houses.now - began) / CALM)
        while houses.forward(0.25, "a") != [REDIS]:
            pass
    assert [1, 2, 4] == [round(one) for one in stood]


def test_a_database_that_does_not_say_is_believed_for_a_lease(houses: Houses) -> None:
    """Afterwards nothing is used: another node may have moved on."""
    watch = houses.node("a")
    houses.place("a")
    with broken_database(houses.store.engine):
        houses.now += LEASE - 0.1
        assert REDIS == watch.era().place
        houses.now += 0.2
        with pytest.raises(KeyValueUnavailable):
            watch.era()
    assert REDIS == watch.era().place


def test_a_step_that_cannot_be_written_is_taken_later(houses: Houses) -> None:
    """The watch goes on watching."""
    houses.node("a")
    houses.place("a")
    houses.alive["a"] = False
    houses.forward(AFTER - 1, "a")
    with broken_database(houses.store.engine, lambda number: number % 2 == 1):
        for _ in range(6):
            houses.now += 0.5
            try:
                houses.place("a")
            except KeyValueUnavailable:
                continue
    assert [DATABASE] == houses.forward(AFTER + BETWEEN + 3, "a")


def test_a_look_for_which_there_is_no_thread_is_made_later(houses: Houses) -> None:
    """No request fails of it, and the next second has it."""
    threads = [False, True]

    def aside(work: Callable[[], None]) -> None:
        if threads and not threads.pop(0):
            raise RuntimeError("can't start new thread")
        work()

    houses.node("a", aside)
    houses.place("a")
    houses.alive["a"] = False
    assert [DATABASE] == houses.forward(AFTER + BETWEEN + 5, "a")


def test_a_node_that_cannot_read_is_waited_for(houses: Houses) -> None:
    """A node that goes on under its lease has stopped before anybody works in the next step."""
    for name in ("lost", "deaf"):
        houses.node(name)
        houses.place(name)
    houses.alive["lost"] = False
    while houses.forward(0.25, "lost", "deaf") == [REDIS, REDIS]:
        pass
    houses.lines["deaf"].cut = True
    seen = []
    while houses.forward(0.25, "lost") != [DATABASE]:
        try:
            seen.append(houses.place("deaf"))
        except KeyValueUnavailable:
            seen.append("")
    assert {REDIS, ""} == set(seen)
    assert "" == seen[-1]


def test_a_node_that_never_begins_it_goes_along(houses: Houses) -> None:
    """A house that wants no stand-in leaves Redis for nothing; of two that differ, both are in one place."""
    houses.after = inf
    houses.node("never")
    houses.place("never")
    houses.alive["never"] = False
    assert [REDIS] == houses.forward(60, "never")
    houses.after = AFTER
    houses.alive["other"] = False
    houses.node("other")
    assert [DATABASE, DATABASE] == houses.forward(AFTER + BETWEEN + 4, "never", "other")


@pytest.mark.parametrize("seed", range(4))
def test_no_node_works_where_another_has_left(houses: Houses, seed: int) -> None:
    """Whatever each sees of Redis and of the database: once one works in a step, none works in one before it."""
    names = ["a", "b", "c"]
    draws = (int.from_bytes(sha256(b"%d %d" % (seed, n)).digest()) / 2**256 for n in count())
    houses.calm = 2
    for name in names:
        houses.node(name)
    furthest, worked = 0, set[str]()
    for _ in range(600):
        houses.now += 0.3
        names.sort(key=lambda _name: next(draws))
        for name in names:
            if next(draws) < 0.02:
                houses.alive[name] = not houses.alive[name]
            if next(draws) < 0.1:
                houses.lines[name].cut = not houses.lines[name].cut
            if next(draws) < 0.005:
                houses.node(name)  # a restart: it knows nothing
            try:
                era = houses.era(name)
            except KeyValueUnavailable:
                continue
            if era.place in {REDIS, DATABASE}:
                assert era.step >= furthest
                furthest = era.step
                worked.add(era.place)
    assert {REDIS, DATABASE} == worked
