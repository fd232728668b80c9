"""Parked authorization requests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.protocol.messages import Parameters
from idp.services.interactions import Interactions
from idp.store.kv import SqlKeyValue
from tests.support.stores import Clock, sqlite_store

SENT = Parameters((("client_id", "a"), ("resource", "x"), ("resource", "y")))


@pytest.fixture
def clock() -> Clock:
    """The time of the test."""
    return Clock()


@pytest.fixture
def interactions(tmp_path: Path, clock: Clock) -> Iterator[Interactions]:
    """Interactions over a real store."""
    store = sqlite_store(tmp_path)
    yield Interactions(SqlKeyValue(store, clock), clock, lifetime=86400)
    store.engine.dispose()


def test_parked_request_comes_back_whole(interactions: Interactions) -> None:
    """The parameters come back in order, multiplicity kept."""
    parked = interactions.park(SENT, "browser-1")
    assert parked == interactions.get(parked.id, "browser-1")
    assert SENT == parked.parameters


def test_it_belongs_to_one_browser(interactions: Interactions) -> None:
    """Another browser, or none, gets nothing (V-44, V-68)."""
    parked = interactions.park(SENT, "browser-1")
    assert interactions.get(parked.id, "browser-2") is None
    assert interactions.get(parked.id, None) is None
    assert interactions.get(parked.id[:-1], "browser-1") is None


def test_it_outlives_an_idle_hour_but_not_its_life(interactions: Interactions, clock: Clock) -> None:
    """A slow reader finds the page usable; a forgotten one is gone after its lifetime (V-69)."""
    parked = interactions.park(SENT, "browser-1")
    clock.forward(3600 * 5)
    assert interactions.get(parked.id, "browser-1") is not None
    clock.forward(3600 * 19)
    assert interactions.get(parked.id, "browser-1") is None


def test_consent_is_noted(interactions: Interactions) -> None:
    """The answer to the consent page is kept with the request, and whose it was."""
    parked = interactions.park(SENT, "browser-1")
    interactions.consented(parked, "browser-1", "account-1")
    found = interactions.get(parked.id, "browser-1")
    assert found is not None
    assert "account-1" == found.consented_by
    assert not found.plain


def test_what_is_kept_beside_is_read_with_it(tmp_path: Path, clock: Clock) -> None:
    """The same answers as asked one by one, whichever of the two is there."""
    kv = SqlKeyValue(sqlite_store(tmp_path), clock)
    interactions = Interactions(kv, clock, lifetime=86400)
    parked = interactions.park(SENT, "browser-1")
    kv.set("session:a", b"kept", 60)
    assert (parked, b"kept") == interactions.beside(parked.id, "browser-1", "session:a")
    assert (parked, None) == interactions.beside(parked.id, "browser-1", "session:b")
    assert (None, b"kept") == interactions.beside(parked.id, "browser-2", "session:a")
    assert (None, None) == interactions.beside("no id", "browser-1", "session:a")
