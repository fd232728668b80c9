"""One contract for every key-value store: SQL on both databases, and Redis."""

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from idp import config
from idp.services.local_counters import LocalCounters
from idp.store.db import Store
from idp.store.engine import open_engine
from idp.store.kv import SqlKeyValue
from idp.store.kv_redis import RedisKeyValue
from idp.store.redis_servers import connect_redis
from idp.upstream_ports import KeyValue, KeyValueUnavailable
from tests.support.servers import migrated_database_url
from tests.support.stores import Clock
from tests.support.threads import at_once


@pytest.fixture
def clock() -> Clock:
    """The clock of the stores that are told the time; Redis has its own."""
    return Clock()


@pytest.fixture(params=["sqlite", "postgresql", "redis", "memory"])
def kv(request: pytest.FixtureRequest, clock: Clock) -> Iterator[KeyValue]:
    """An empty key-value store of each kind."""
    if request.param == "memory":
        yield LocalCounters(clock)
    elif request.param == "redis":
        store = RedisKeyValue(connect_redis(request.getfixturevalue("redis_url"), timeout=5))
        yield store
        store.close()
    else:
        url = migrated_database_url(request.param, request.getfixturevalue("tmp_path"))
        engine = open_engine(Flask(__name__), config.load(database={"url": url, "pool_size": 16}))
        yield SqlKeyValue(Store(engine), clock)
        engine.dispose()


def test_a_value_is_there_until_it_is_deleted(kv: KeyValue) -> None:
    """Set replaces, get reads any bytes, delete ignores what is absent."""
    assert kv.get("key") is None
    kv.set("key", b"one", 60)
    kv.set("key", b"\x00\xff", 60)
    assert kv.get("key") == b"\x00\xff"
    kv.delete("key", "absent")
    kv.delete()
    assert kv.get("key") is None


def test_a_value_expires(kv: KeyValue, clock: Clock) -> None:
    """After its life a value is absent for every verb."""
    for key in ("get", "take", "add"):
        kv.set(key, b"1", 1)
    kv.increment("count", 1)
    clock.forward(1)
    if isinstance(kv, RedisKeyValue):
        time.sleep(1.1)
    assert kv.get("get") is None
    assert kv.take("take") is None
    assert kv.add("add", b"2", 60)
    assert kv.increment("count", 60) == 1


def test_of_twenty_additions_one_is_stored(kv: KeyValue) -> None:
    """`add` is atomic."""
    assert sum(at_once(20, lambda number: kv.add("key", b"%d" % number, 60))) == 1


def test_only_what_is_there_is_replaced(kv: KeyValue) -> None:
    """Replacing never brings back what was deleted: a session that ended stays ended."""
    assert not kv.replace("a", b"1", 60)
    kv.set("a", b"1", 60)
    assert kv.replace("a", b"2", 60)
    assert kv.get("a") == b"2"
    kv.delete("a")
    assert not kv.replace("a", b"3", 60)
    assert kv.get("a") is None


def test_a_value_is_replaced_as_it_was_read(kv: KeyValue) -> None:
    """Whoever read another value, or one that is gone, changes nothing; of twenty who read the same, one does."""
    assert not kv.replace("a", b"1", 60, b"0")
    kv.set("a", b"\x00one", 60)
    assert not kv.replace("a", b"2", 60, b"one")
    assert kv.get("a") == b"\x00one"
    assert 1 == sum(at_once(20, lambda number: kv.replace("a", b"%d" % number, 60, b"\x00one")))
    kv.delete("a")
    assert not kv.replace("a", b"3", 60, b"\x00one")


def test_of_twenty_takers_one_gets_the_value(kv: KeyValue) -> None:
    """`take` is atomic."""
    kv.set("key", b"value", 60)
    taken = at_once(20, lambda _number: kv.take("key"))
    assert [value for value in taken if value is not None] == [b"value"]


def test_what_is_taken_leaves_something(kv: KeyValue, clock: Clock) -> None:
    """It is there instead of what was, for its own life; who finds nothing to take leaves nothing."""
    kv.set("key", b"\x00\xff", 60)
    kv.set("left", b"before", 60)
    assert [b"\x00\xff", None] == [kv.take("key", ("left", word, 1)) for word in (b"\xff\x00", b"second")]
    assert [None, b"\xff\x00"] == kv.many("key", "left")
    clock.forward(1)
    if isinstance(kv, RedisKeyValue):
        time.sleep(1.1)
    assert kv.get("left") is None


def test_who_does_not_find_the_one_finds_the_other(kv: KeyValue) -> None:
    """However many look while values are taken: none comes between, and each is taken once."""
    names = [f"key:{number}" for number in range(40)]
    for name in names:
        kv.set(name, b"value", 60)

    def work(number: int) -> list[bytes | None]:
        if number % 2:
            return [kv.take(name, (f"left:{name}", b"word", 60)) for name in names]
        return [kv.get(name) or kv.get(f"left:{name}") for name in reversed(names)]

    found = at_once(4, work)
    assert not [one for looked in found[::2] for one in looked if one is None]
    assert [b"value"] * 40 == [one for taken in found[1::2] for one in taken if one is not None]


def test_a_redis_that_is_full_takes_nothing_that_it_cannot_replace(redis_url: str) -> None:
    """What was to be left is refused, and so is the taking; once there is room both are done."""
    exchange = connect_redis(redis_url, timeout=5)
    kv = RedisKeyValue(exchange)
    kv.set("key", b"value", 60)
    exchange(("CONFIG", "SET", "maxmemory", 1))
    try:
        with pytest.raises(KeyValueUnavailable):
            kv.take("key", ("left", b"word", 60))
        assert [b"value", None] == kv.many("key", "left")
    finally:
        exchange(("CONFIG", "SET", "maxmemory", 0))
    assert b"value" == kv.take("key", ("left", b"word", 60))
    assert [None, b"word"] == kv.many("key", "left")
    kv.close()


def test_twenty_increments_give_twenty_numbers(kv: KeyValue) -> None:
    """`increment` is atomic, and its value can be read."""
    assert sorted(at_once(20, lambda _number: kv.increment("key", 60))) == list(range(1, 21))
    assert kv.get("key") == b"20"


def test_a_counter_that_others_delete_still_counts(kv: KeyValue) -> None:
    """A success that clears a counter while others count it breaks none of them: each gets a number from one on."""

    def work(number: int) -> list[int]:
        if number % 2:
            return [kv.increment("key", 60) for _ in range(40)]
        for _ in range(40):
            kv.delete("key")
        return []

    counts = [count for found in at_once(8, work) for count in found]
    assert len(counts) == 160
    assert min(counts) >= 1


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_an_expired_counter_starts_again(kind: str, tmp_path: Path) -> None:
    """A counter's life starts with its first number and is not prolonged; after it the next number is one."""
    now = 100
    engine = open_engine(Flask(__name__), config.load(database={"url": migrated_database_url(kind, tmp_path)}))
    kv = SqlKeyValue(Store(engine), lambda: now)
    counted = [kv.increment("key", 10) for _ in range(11)]
    now = 109
    counted.append(kv.increment("key", 10))
    now = 110
    counted += [kv.increment("key", 10), kv.increment("key", 10)]
    now = 119
    counted.append(kv.increment("key", 10))
    engine.dispose()
    assert counted == [*range(1, 13), 1, 2, 3]


def test_expired_rows_are_purged(store: Store) -> None:
    """The SQL store has no expiry of its own: the purge removes what is over, in batches."""
    now = 100
    kv = SqlKeyValue(store, lambda: now)
    for key, ttl in (("a", 1), ("b", 1), ("c", 9)):
        kv.set(key, b"", ttl)
    now = 105
    assert [kv.purge(limit=1), kv.purge(limit=5), kv.purge()] == [1, 1, 0]
    assert kv.get("c") == b""


def test_a_redis_that_is_gone_is_told_as_such() -> None:
    """Every verb raises `KeyValueUnavailable`, and quickly."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    kv = RedisKeyValue(connect_redis(f"redis://127.0.0.1:{port}/0", timeout=0.2))
    for work in (
        lambda: kv.get("k"),
        lambda: kv.set("k", b"", 1),
        lambda: kv.add("k", b"", 1),
        lambda: kv.take("k"),
        lambda: kv.delete("k"),
        lambda: kv.increment("k", 1),
    ):
        with pytest.raises(KeyValueUnavailable):
            work()
    kv.close()


def test_an_answer_cut_in_the_middle_is_never_read_as_the_next(free_port: int) -> None:
    """After half an answer the connection is discarded: the next question gets its own answer (R-14)."""
    answers = [b"$10\r\nhalf", b"$5\r\nwhole\r\n"]
    listener = socket.create_server(("127.0.0.1", free_port))

    def serve() -> None:
        for answer in answers:
            connection, _ = listener.accept()
            with connection:
                while b"GET" not in connection.recv(4096):
                    connection.sendall(b"+OK\r\n")
                connection.sendall(answer)
                if answer.endswith(b"\r\n"):
                    return
                time.sleep(0.5)
                connection.sendall(b"other\r\n")

    thread = threading.Thread(target=serve)
    thread.start()
    kv = RedisKeyValue(connect_redis(f"redis://127.0.0.1:{free_port}/0", timeout=0.3))
    with pytest.raises(KeyValueUnavailable):
        kv.get("first")
    assert kv.get("second") == b"whole"
    kv.close()
    thread.join(5)
    listener.close()


def test_nobody_waits_for_a_redis_that_says_nothing(free_port: int) -> None:
    """After four calls without an answer one a second tries and the others are refused, until one is told (R-13)."""
    now, asked, speaks = [100.0], list[bytes](), threading.Event()
    listener = socket.create_server(("127.0.0.1", free_port))

    def serve(connection: socket.socket) -> None:
        with connection:
            while question := connection.recv(4096):
                if b"GET" not in question:
                    connection.sendall(b"+OK\r\n")
                    continue
                asked.append(question.split(b"\r\n")[-2])
                if speaks.is_set():
                    connection.sendall(b"$5\r\nvalue\r\n")

    def accept() -> None:
        while not asked or asked[-1] != b"last":
            connection, _ = listener.accept()
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    kv = RedisKeyValue(connect_redis(f"redis://127.0.0.1:{free_port}/0", timeout=0.1), lambda: now[0])
    for number in range(8):
        with pytest.raises(KeyValueUnavailable):
            kv.get(str(number))
    assert [b"0", b"1", b"2", b"3"] == asked
    now[0] += 1
    for key in ("tries", "refused"):
        with pytest.raises(KeyValueUnavailable):
            kv.get(key)
    assert b"tries" == asked[-1]
    now[0] += 1
    speaks.set()
    assert [b"value"] * 3 == [kv.get("answered") for _ in range(3)]
    kv.close()
    listener.close()


def test_many_are_read_at_once(kv: KeyValue) -> None:
    """In the order of the keys, None where there is nothing; no key is no question."""
    for name in ("one", "three"):
        kv.set(name, name.encode(), 60)
    assert [b"three", None, b"one"] == kv.many("three", "two", "one")
    assert [] == kv.many()


def test_counters_are_counted_at_once(kv: KeyValue) -> None:
    """What is forgotten goes first; each counter keeps the life that it began with; none is no question."""
    kv.set("gone", b"1", 60)
    assert [1, 2, 1] == kv.count([("a", 60), ("a", 60), ("b", 60)])
    assert [1, 2] == kv.count([("a", 60), ("b", 60)], ("a", "gone", "absent"))
    assert [b"1", b"2", None] == kv.many("a", "b", "gone")
    assert [] == kv.count([], ("a",))
    assert kv.get("a") is None
    assert [] == kv.count([])


def test_all_is_claimed_or_nothing(kv: KeyValue) -> None:
    """Values are stored and counters counted where every key is free; else, or always where SQL keeps them, nothing."""
    wanted, counters = [("a", b"1", 60), ("b", b"2", 60)], [("n", 60), ("m", 60), ("n", 60)]
    claimed = kv.claim(wanted, counters)
    if isinstance(kv, SqlKeyValue):
        assert claimed is None
        assert [None] * 4 == kv.many("a", "b", "n", "m")
        return
    assert [1, 1, 2] == claimed
    assert [b"1", b"2", b"2", b"1"] == kv.many("a", "b", "n", "m")
    kv.delete("a")
    assert kv.claim(wanted, counters) is None
    assert [None, b"2", b"2", b"1"] == kv.many("a", "b", "n", "m")


def test_what_is_claimed_expires(kv: KeyValue, clock: Clock) -> None:
    """Each value and each counter has the life that it was given, in their order."""
    if kv.claim([("a", b"", 60), ("b", b"", 1)], [("n", 1), ("m", 60)]) is None:
        assert isinstance(kv, SqlKeyValue)
        return
    assert [1] == kv.count([("k", 1)], ("absent", "gone"))
    clock.forward(1)
    if isinstance(kv, RedisKeyValue):
        time.sleep(1.1)
    assert [b"", None, None, b"1", None] == kv.many("a", "b", "n", "m", "k")


def test_of_twenty_claims_one_is_granted(kv: KeyValue) -> None:
    """It is atomic; one that is not granted counts nothing."""
    claims = at_once(20, lambda number: kv.claim([("turn", b"%d" % number, 60), ("slot", b"", 60)], [("n", 60)]))
    granted = [claim for claim in claims if claim is not None]
    assert granted == ([] if isinstance(kv, SqlKeyValue) else [[1]])
    assert kv.get("n") == (None if isinstance(kv, SqlKeyValue) else b"1")
