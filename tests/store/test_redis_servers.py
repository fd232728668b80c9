"""Several Redis servers as one: sentinels that name a primary, and a cluster."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from idp.store.kv_redis import RedisKeyValue
from idp.store.redis_servers import Address, connect_redis, read
from idp.upstream_ports import KeyValueUnavailable
from tests.support import processes, redis_servers
from tests.support.redis_servers import Server
from tests.support.servers import directory

TRIES = 60.0
"""Seconds in which servers must have found their new order."""


@pytest.fixture(scope="module")
def cluster() -> Iterator[tuple[str, list[Server]]]:
    """A cluster of three."""
    folder: Path = directory() / "redis-cluster"
    folder.mkdir()
    with redis_servers.cluster(folder) as found:
        yield found


@pytest.fixture
def watched() -> Iterator[tuple[str, Server]]:
    """A primary and its replica, watched by a sentinel."""
    folder: Path = directory() / "redis-sentinel"
    folder.mkdir()
    with redis_servers.watched(folder, "carpimko") as found:
        yield found


def every_verb(kv: RedisKeyValue) -> None:
    """Keep what the port promises, with keys that lie on every node."""
    keys = [f"key:{number}" for number in range(24)]
    for key in keys:
        assert kv.get(key) is None
        assert kv.add(key, b"one", 600)
        assert not kv.add(key, b"two", 600)
        assert kv.replace(key, b"\x00\xff", 600)
    assert {b"\x00\xff"} == {kv.get(key) for key in keys}
    assert b"\x00\xff" == kv.take(keys[0])
    assert kv.take(keys[0]) is None
    assert [b"\x00\xff", None] == [kv.take(keys[1], (key, b"left", 600)) for key in keys[2:4]]
    assert [None, b"left", b"\x00\xff"] == kv.many(*keys[1:4])
    kv.delete(*keys, "absent")
    assert {None} == {kv.get(key) for key in keys}
    assert not kv.replace(keys[1], b"three", 600)
    assert [1, 1, 2] == [kv.increment(name, 600) for name in ("count:a", "count:b", "count:a")]
    kv.set("count:a", b"5", 600)
    assert 6 == kv.increment("count:a", 600)
    assert [7, 1, 8] == kv.count([("count:a", 600), ("count:b", 600), ("count:a", 600)], ("count:b", "absent"))
    kv.delete("count:a", "count:b")


def patiently(work: Callable[[], object]) -> int:
    """Do something until the servers answer again; return how often they did not."""
    deadline, failed = time.monotonic() + TRIES, 0
    while True:
        try:
            work()
        except KeyValueUnavailable:
            assert time.monotonic() < deadline
            failed += 1
            time.sleep(0.05)
        else:
            return failed


def patiently_or_never(kv: RedisKeyValue, key: str) -> bool:
    """Whether three calls in a row say that a key's node is not there."""
    for _ in range(3):
        try:
            assert b"1" == kv.get(key)
        except KeyValueUnavailable:
            continue
        return False
    return True


def test_a_cluster_keeps_every_promise(cluster: tuple[str, list[Server]]) -> None:
    """Keys are spread over three nodes, those of one verb too; the script runs where its key is."""
    url, nodes = cluster
    kv = RedisKeyValue(connect_redis(url, timeout=5))
    every_verb(kv)
    for number in range(60):
        kv.set(f"spread:{number}", b"1", 600)
    sizes = [int(node.ask("DBSIZE").strip().lstrip(":")) for node in nodes]
    assert (60, True) == (sum(sizes), all(sizes))
    # A node that was emptied knows the script no more.
    for node in nodes:
        node.ask("SCRIPT", "FLUSH")
    assert 1 == kv.increment("count:after", 600)
    # What lies on a node that is gone is not there; the rest is.
    nodes[0].program.kill()
    keys = [f"spread:{number}" for number in range(60)]
    lost = sum(patiently_or_never(kv, key) for key in keys)
    assert sizes[0] == lost
    kv.close()


def test_a_cluster_that_is_not_there_yet_costs_no_start() -> None:
    """Nothing is asked before the first call, which says that there is nothing; so does the next."""
    kv = RedisKeyValue(connect_redis(f"redis+cluster://127.0.0.1:{processes.free_port()}", timeout=0.3))
    for _ in range(2):
        with pytest.raises(KeyValueUnavailable):
            kv.get("key")


def test_a_new_primary_is_found_when_the_old_one_dies(watched: tuple[str, Server]) -> None:
    """What was replicated is there, all verbs work, and no call waits longer than its deadlines meanwhile."""
    url, primary = watched
    kv = RedisKeyValue(connect_redis(url, timeout=5))
    every_verb(kv)
    kv.set("kept", b"value", 600)
    assert ":1" in primary.ask("WAIT", 1, 10_000)
    primary.program.kill()
    assert patiently(lambda: kv.set("new", b"value", 600)) > 0
    assert (b"value", b"value") == (kv.get("kept"), kv.get("new"))
    every_verb(kv)
    kv.close()


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("redis://host:6379/0", None),
        ("unix:///run/redis.sock", None),
        (
            "redis+sentinel://a,b:26380,[::1]:5/main/2",
            Address("sentinel", False, (("a", 26379), ("b", 26380), ("::1", 5)), "main", 2, None),
        ),
        ("rediss+sentinel://idp@a/main", Address("sentinel", True, (("a", 26379),), "main", 0, "idp")),
        ("redis+cluster://a,b:7000", Address("cluster", False, (("a", 6379), ("b", 7000)), "", 0, None)),
    ],
)
def test_addresses(url: str, found: Address | None) -> None:
    """One server, those that sentinels name, a cluster."""
    assert found == read(url)


@pytest.mark.parametrize(
    "url",
    [
        "host:6379",
        "http://host",
        "redis+sentinel://a:26379",
        "redis+sentinel://a/main/x",
        "redis+sentinel://a,/main",
        "redis+sentinel://:secret@a/main",
        "redis+cluster://a/0",
        "redis+cluster://a:port",
        "redis+cluster://a?ssl=no",
        "redis+ring://a",
    ],
)
def test_addresses_that_are_none(url: str) -> None:
    """Refused before anything is connected, and a password never belongs into an address."""
    with pytest.raises(ValueError, match=r"must|[Pp]ort"):
        connect_redis(url)
