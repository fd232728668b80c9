"""Two stores behind one port: what is in one step is in no other, but counters."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from idp.services.local_counters import LocalCounters
from idp.store.db import Store
from idp.store.era_watch import EraWatch
from idp.store.eras import DATABASE, REDIS
from idp.store.kv import SqlKeyValue
from idp.store.kv_redis import RedisKeyValue
from idp.store.kv_stand_in import StandIn, works
from idp.store.redis_servers import connect_redis
from idp.upstream_ports import KeyValue, KeyValueUnavailable
from tests.support.stores import Clock

DAY = 86400


class Memory(LocalCounters):
    """A Redis that keeps its memory while it cannot be reached."""

    gone = False
    full = False
    closed = False

    def close(self) -> None:
        """Remember it."""
        self.closed = True

    def ping(self) -> None:
        """Answer, or not."""
        if self.gone:
            raise KeyValueUnavailable

    def get(self, key: str) -> bytes | None:
        """Answer, or not."""
        self.ping()
        return super().get(key)

    def set(self, key: str, value: bytes, ttl: int) -> None:
        """Answer, or not, or refuse."""
        self.ping()
        if self.full:
            raise KeyValueUnavailable("OOM")
        super().set(key, value, ttl)


@dataclass
class House:
    """A store with its stand-in, whose steps a test takes."""

    store: Store
    redis: Memory
    clock: Clock
    now: float = 0.0

    def __post_init__(self) -> None:
        """Open both."""
        self.watch = EraWatch(
            self.store,
            self.clock,
            lambda: works(self.redis),
            after=1,
            calm=1,
            timer=lambda: self.now,
            aside=lambda work: work(),
        )
        self.kv = StandIn(self.redis, SqlKeyValue(self.store, self.clock), self.watch)

    def until(self, place: str) -> None:
        """Let time pass until something is used."""
        for _ in range(40):
            if self.watch.era().place == place:
                return
            self.now += 1
            self.clock.forward(1)
            try:
                self.kv.get("whatever")
            except KeyValueUnavailable:
                continue
        raise AssertionError(place)

    def lose(self) -> None:
        """Let Redis go, and the database stand in."""
        self.redis.gone = True
        self.until(DATABASE)

    def find(self) -> None:
        """Bring Redis back with all that it held."""
        self.redis.gone = False
        self.until(REDIS)


@pytest.fixture
def house(store: Store) -> House:
    """A house whose Redis is well."""
    clock = Clock()
    return House(store, Memory(clock), clock)


@pytest.fixture(params=[REDIS, DATABASE])
def kv(house: House, request: pytest.FixtureRequest) -> KeyValue:
    """The port in either place."""
    if request.param == DATABASE:
        house.lose()
    return house.kv


def test_who_closes_the_stand_in_closes_redis(house: House) -> None:
    """Its connections are no longer held than those of the database."""
    house.kv.close()
    assert house.redis.closed


def test_every_verb_works_in_either_place(kv: KeyValue) -> None:
    """As the contract of every key-value store says."""
    assert kv.add("a", b"1", 60)
    assert not kv.add("a", b"2", 60)
    kv.set("b", b"\x00\xff", 60)
    assert [b"1", None, b"\x00\xff"] == kv.many("a", "c", "b")
    assert kv.replace("a", b"3", 60)
    assert not kv.replace("c", b"3", 60)
    assert b"3" == kv.take("a")
    assert kv.take("a", ("b2", b"4", 60)) is None
    assert b"\x00\xff" == kv.take("b", ("c", b"5", 60))
    assert [None, None, b"5"] == kv.many("b", "b2", "c")
    kv.delete("b", "b2", "c")
    kv.delete()
    assert kv.get("b") is None
    assert [1, 2] == [kv.increment("n", 60), kv.increment("n", 60)]
    kv.set("d", b"1", 60)
    assert [3, 1] == kv.count([("n", 60), ("m", 60)], ["d"])
    assert kv.get("d") is None


def test_nothing_of_one_step_is_in_another(house: House) -> None:
    """A session of before is not found in the outage, nor is it, or one of the outage, once Redis is back."""
    house.kv.set("session", b"before", DAY)
    house.lose()
    assert house.kv.get("session") is None
    house.kv.set("session", b"meanwhile", DAY)
    house.find()
    assert house.kv.get("session") is None
    assert not house.kv.replace("session", b"touched", DAY)
    assert house.kv.add("session", b"after", DAY)
    house.lose()
    assert house.kv.get("session") is None


def test_what_was_spent_in_one_is_good_in_none(house: House) -> None:
    """A trip that came back in the outage is not there a second time."""
    house.kv.set("trip", b"x", DAY)
    house.lose()
    assert house.kv.take("trip") is None
    house.kv.set("trip", b"y", DAY)
    assert b"y" == house.kv.take("trip")
    house.find()
    assert house.kv.take("trip") is None


def test_counters_go_on_in_each_place(house: House) -> None:
    """However often Redis comes and goes, a day's allowance is given once in each of the two, never anew."""
    assert [1, 2] == [house.kv.increment("reset", DAY) for _ in range(2)]
    house.lose()
    assert [1, 2] == [house.kv.increment("reset", DAY) for _ in range(2)]
    house.find()
    assert 3 == house.kv.increment("reset", DAY)
    house.lose()
    assert 3 == house.kv.increment("reset", DAY)


def test_what_is_steady_is_in_redis_alone(house: House) -> None:
    """It is refused in the outage and goes on afterwards; the counters beside it are the other way round."""
    assert house.kv.steady.add("once", b"1", DAY)
    with pytest.raises(KeyValueUnavailable):
        house.kv.counters.increment("n", DAY)
    house.lose()
    with pytest.raises(KeyValueUnavailable):
        house.kv.steady.add("once", b"2", DAY)
    assert 1 == house.kv.counters.increment("n", DAY)
    assert [1] == house.kv.counters.count([("n", DAY)], ["n"])
    assert b"1" == house.kv.counters.get("n")
    house.find()
    assert not house.kv.steady.add("once", b"3", DAY)


def test_between_the_two_nothing_is_kept(house: House) -> None:
    """Every verb refuses, and the state of the node says that Redis is not used."""
    assert ("ok", False) == (house.kv.condition(), house.kv.stands_in)
    house.redis.gone = True
    with pytest.raises(KeyValueUnavailable):
        house.kv.condition()
    house.until("leaving redis")
    for verb in (
        lambda: house.kv.get("a"),
        lambda: house.kv.set("a", b"", 1),
        lambda: house.kv.increment("a", 1),
        lambda: house.kv.steady.get("a"),
        lambda: house.kv.counters.get("a"),
    ):
        with pytest.raises(KeyValueUnavailable):
            verb()
    assert ("between", True) == (house.kv.condition(), house.kv.stands_in)
    house.until(DATABASE)
    assert ("stand-in", True) == (house.kv.condition(), house.kv.stands_in)


def test_a_redis_that_is_full_is_gone(house: House) -> None:
    """It answers and takes nothing: the database stands in, until it takes something again."""
    house.redis.full = True
    house.kv.look()
    with pytest.raises(KeyValueUnavailable):
        house.kv.set("a", b"1", 60)
    house.until(DATABASE)
    house.now += 60
    house.clock.forward(60)
    house.kv.look()
    assert house.kv.stands_in
    house.redis.full = False
    house.until(REDIS)


@pytest.fixture
def redis(redis_url: str) -> Iterator[RedisKeyValue]:
    """A real one."""
    found = RedisKeyValue(connect_redis(redis_url, timeout=5))
    yield found
    found.close()


def test_a_real_redis_works(redis: RedisKeyValue) -> None:
    """It writes and reads, and keeps nothing of the trial for long."""
    assert works(redis)
