"""Pushed requests in the store: one write, one exchange to use them, nobody else's, and over when their time is."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from idp.protocol.messages import Parameters
from idp.protocol.opaque import digest, looks_opaque
from idp.services.pushed_requests import PREFIX, Pushed, PushedRequests
from idp.upstream_ports import KeyValueUnavailable
from tests.support.ports import MemoryKeyValue
from tests.support.stores import Clock

ASKED = Parameters((("client_id", "espace"), ("resource", "https://a.example"), ("resource", "https://b.example")))


@pytest.fixture
def kv() -> MemoryKeyValue:
    """A key-value store."""
    return MemoryKeyValue(Clock())


@pytest.fixture
def clock() -> Clock:
    """The clock of the service alone: the store would keep what is too old."""
    return Clock()


@pytest.fixture
def requests(kv: MemoryKeyValue, clock: Clock) -> PushedRequests:
    """Pushed requests that may be used for a minute."""
    return PushedRequests(kv, clock, 60)


def test_it_comes_back_once(requests: PushedRequests) -> None:
    """Parameters as they were, one that repeats too; read as often as one likes, and taken once."""
    uri = requests.keep("espace", ASKED)
    assert looks_opaque(uri.removeprefix(PREFIX))
    for find in (requests.peek, requests.peek, requests.take):
        found = find("espace", uri)
        assert found is not None
        assert (ASKED, find == requests.take) == (found.parameters, found.taken)
    assert (None, None) == (requests.peek("espace", uri), requests.take("espace", uri))


def test_of_many_at_once_one_gets_it(requests: PushedRequests) -> None:
    """Section 7.3: a request that is replayed meanwhile is not there."""
    uri = requests.keep("espace", ASKED)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: requests.take("espace", uri), range(8)))
    assert 1 == sum(one is not None for one in found)


def test_another_client_neither_finds_nor_spends_it(requests: PushedRequests) -> None:
    """Section 2.2: bound to the client that pushed it."""
    uri = requests.keep("espace", ASKED)
    assert (None, None) == (requests.peek("other", uri), requests.take("other", uri))
    assert requests.take("espace", uri) is not None


@pytest.mark.parametrize(("age", "found"), [(-61, False), (-60, True), (59, True), (60, False)])
def test_its_time_is_in_the_record(requests: PushedRequests, clock: Clock, age: int, *, found: bool) -> None:
    """A store that keeps it too long changes nothing, nor does another node's clock that is a little ahead."""
    uri = requests.keep("espace", ASKED)
    clock.forward(age)
    assert found is (requests.peek("espace", uri) is not None)


def test_what_is_given_back_keeps_its_age(requests: PushedRequests, clock: Clock) -> None:
    """It is there again until its minute is over, and never longer."""
    uri = requests.keep("espace", ASKED)
    clock.forward(50)
    taken = requests.take("espace", uri)
    assert taken is not None
    requests.keep_again(taken)
    clock.forward(9)
    again = requests.take("espace", uri)
    assert again is not None
    assert taken.pushed_at == again.pushed_at
    clock.forward(1)
    requests.keep_again(again)
    clock.forward(-1)
    assert requests.peek("espace", uri) is None


def test_what_is_spent_is_gone(requests: PushedRequests) -> None:
    """Whoever ends a sign-in knows it by its key alone."""
    uri = requests.keep("espace", ASKED)
    found = requests.peek("espace", uri)
    assert found is not None
    requests.spend(found.key)
    assert requests.peek("espace", uri) is None


def test_what_was_answered_is_not_given_back(requests: PushedRequests) -> None:
    """Two tabs: one was parked before the other took it; its answer stands, whatever becomes of the other."""
    uri = requests.keep("espace", ASKED)
    parked, taken = requests.peek("espace", uri), requests.take("espace", uri)
    assert parked is not None
    assert taken is not None
    requests.spend(parked.key)
    requests.keep_again(taken)
    assert requests.peek("espace", uri) is None


def test_the_store_holds_no_request_uri(requests: PushedRequests, kv: MemoryKeyValue) -> None:
    """N-028: whoever reads its keys can open nothing."""
    value = requests.keep("espace", ASKED).removeprefix(PREFIX)
    key = f"pushed:{digest(value + 'espace')}"
    raw = kv.get(key)
    assert raw is not None
    assert value.encode() not in raw


@pytest.mark.parametrize("value", ["", "x", "x" * 44, "x" * 42 + "=", "x" * 42 + "é", "x" * 42 + "\n"])
def test_nonsense_never_reaches_the_store(requests: PushedRequests, kv: MemoryKeyValue, value: str) -> None:
    """RFC 6819 section 4.4.1.12: only what we could have made is looked for, also where the store is gone."""
    kv.down = True
    for uri in (PREFIX + value, "x" * 43, PREFIX.upper() + "x" * 43):
        assert (None, None) == (requests.peek("espace", uri), requests.take("espace", uri))
    with pytest.raises(KeyValueUnavailable):
        requests.peek("espace", PREFIX + "x" * 43)


@pytest.mark.parametrize(
    "record",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        b'{"pushed_at":1}',
        b'{"pushed_at":"x","parameters":[]}',
        b'{"pushed_at":1,"parameters":[["a"]]}',
        b'{"pushed_at":1,"parameters":7}',
        json.dumps({"pushed_at": None, "parameters": []}).encode(),
        b"[" * 100_000,
    ],
)
def test_a_record_that_is_none_of_ours_counts_as_absent(
    requests: PushedRequests, kv: MemoryKeyValue, record: bytes
) -> None:
    """R-17: nothing is believed because it was there."""
    uri = requests.keep("espace", ASKED)
    kv.set(f"pushed:{digest(uri.removeprefix(PREFIX) + 'espace')}", record, 60)
    found: Pushed | None = requests.peek("espace", uri)
    assert found is None
