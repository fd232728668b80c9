"""What is pending between two requests of one browser."""

import threading

import pytest

from federation.transactions import PendingLink, PendingLinks, Repeated, Trip, Trips
from tests.support.ports import ANGELA, MemoryHouse

PENDING = PendingLink("proof", "https://issuer.test", "sub-1", "i1", 100, ANGELA, "eyJ.token", ("a", "b"))


@pytest.fixture
def trips(house: MemoryHouse) -> Trips:
    """Trips to FranceConnect."""
    return Trips(house.kv, house.ports.random, "franceconnect")


@pytest.fixture
def links(house: MemoryHouse) -> PendingLinks:
    """Pending links from FranceConnect."""
    return PendingLinks(house.kv, house.seal, house.ports.random, "franceconnect")


def test_single_use(trips: Trips) -> None:
    """A trip is spent once; after that its state says where it led."""
    started = trips.begin("b", "login", "i1")
    assert Trip("login", "i1", started.nonce) == trips.finish("b", started.state)
    assert Repeated("i1", None) == trips.finish("b", started.state)
    trips.remember("b", started.state, "i1", "/continuer/i1")
    assert Repeated("i1", "/continuer/i1") == trips.finish("b", started.state)


def test_fresh_values(trips: Trips) -> None:
    """State and nonce are new for each attempt, 64 hexadecimal characters, and differ (N-060)."""
    started = [trips.begin("b", "login", "i1") for _ in range(3)]
    values = {value for one in started for value in (one.state, one.nonce)}
    assert 6 == len(values)
    assert {64} == {len(value) for value in values}


def test_bound_to_browser_and_provider(house: MemoryHouse, trips: Trips) -> None:
    """A state of another browser or another upstream finds nothing and spoils nothing."""
    started = trips.begin("b", "login", "i1")
    assert None is trips.finish("c", started.state)
    assert None is Trips(house.kv, house.ports.random, "other").finish("b", started.state)
    assert isinstance(trips.finish("b", started.state), Trip)


def test_no_ambiguous_keys(trips: Trips) -> None:
    """A browser and a state that join to the same text as another pair are another pair."""
    started = trips.begin("ab", "login", "i1")
    assert None is trips.finish("a", "b" + started.state)


def test_expiry(house: MemoryHouse, trips: Trips) -> None:
    """A trip ends after thirty minutes, its trace after five."""
    late, early = trips.begin("b", "login", "i1"), trips.begin("b", "login", "i1")
    trips.finish("b", early.state)
    house.clock.forward(301)
    assert None is trips.finish("b", early.state)
    house.clock.forward(1500)
    assert None is trips.finish("b", late.state)


def test_one_of_many_gets_it(trips: Trips) -> None:
    """Of eight callbacks at once one gets the trip, the others learn that it is under way."""
    started = trips.begin("b", "login", "i1")
    found: list[object] = []
    ready = threading.Barrier(8)

    def run() -> None:
        ready.wait()
        found.append(trips.finish("b", started.state))

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [1, 7] == [sum(isinstance(one, kind) for one in found) for kind in (Trip, Repeated)]


def test_the_store_knows_no_state(house: MemoryHouse, trips: Trips) -> None:
    """The state itself is not in the store: a copy of the store finishes nobody's trip."""
    assert trips.begin("browser", "login", "i1").state.encode() not in house.kv.dump()


def test_pending_link(house: MemoryHouse, links: PendingLinks) -> None:
    """A pending link is looked at any number of times, spent once, and sealed in the store."""
    handle = links.park("b", PENDING)
    assert [PENDING, PENDING] == [links.look("b", "proof", handle) for _ in range(2)]
    assert b"DUBOIS" not in house.kv.dump()
    assert [PENDING, None] == [links.spend("b", "proof", handle) for _ in range(2)]


def test_pending_link_is_bound(links: PendingLinks) -> None:
    """A pending link opens in its browser and for its step only."""
    handle = links.park("b", PENDING)
    assert [None, None] == [links.look("c", "proof", handle), links.spend("b", "choice", handle)]


def test_swapped_record(house: MemoryHouse, links: PendingLinks) -> None:
    """A record copied to another key of the store does not open there."""
    one, two = links.park("b", PENDING), links.park("c", PENDING)
    keys = [links._key("proof", "b", one), links._key("proof", "c", two)]
    house.kv.set(keys[1], house.kv.get(keys[0]) or b"", 100)
    assert None is links.look("c", "proof", two)


def test_attempts_are_told_without_reading_a_counter(links: PendingLinks) -> None:
    """A counter goes on under another name where the store is another one for a while (decision note 0022)."""
    handle = links.park("b", PENDING)
    assert [True, True, False] == [links.attempt("b", handle, 2) for _ in range(3)]
    assert links.tried_out("b", handle)
    assert not links.tried_out("c", handle)
