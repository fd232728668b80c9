"""Notes gathered in memory: no statement while they wait, bounded, lost rather than in the way."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.protocol.client_notes import Kind
from idp.services.client_notes import AT_ONCE, EVERY, MAX_NOTES, SOON, ClientNotes
from idp.store.client_days import Noted
from idp.store.db import Store
from idp.under_way import answering
from tests.support.back_channel import CLIENT
from tests.support.faults import broken_database
from tests.support.statements import counted
from tests.support.stores import Clock, sqlite_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store with one client."""
    made = sqlite_store(tmp_path)
    with made.begin() as unit:
        unit.clients.upsert(CLIENT, 0)
    yield made
    made.engine.dispose()


def kept(store: Store) -> list[Noted]:
    """Return what is written."""
    with store.reading() as unit:
        return list(unit.client_days.of(CLIENT.client_id, 0))


def test_ten_seconds_apart(store: Store) -> None:
    """A thousand refusals cost no statement; ten seconds later one request writes them as one row."""
    clock = Clock()
    notes = ClientNotes(store, clock)
    with counted(store.engine) as statements:
        for number in range(1000):
            notes(CLIENT.client_id, Kind.REDIRECT_URI, "path", sent=f"https://x/{number}", registered="https://x/cb")
        assert [] == statements
    clock.forward(EVERY)
    notes(CLIENT.client_id, Kind.REDIRECT_URI, "path")
    (row,) = kept(store)
    assert (1001, "https://x/999", clock() - EVERY, clock()) == (row.count, row.sent, row.first_at, row.last_at)


def test_the_last_refusal_has_its_reference(store: Store) -> None:
    """By the request that its thread was answering; steps, and what an application would not take, have none."""
    notes = ClientNotes(store, Clock())
    for number in range(3):
        answering(f"{number:016x}")
        notes(CLIENT.client_id, Kind.TOKEN, "code is not valid")
        notes(CLIENT.client_id, Kind.ANSWERED)
        notes(CLIENT.client_id, Kind.NOT_TOLD, "status_500")
    answering("")
    notes.write()
    found = {one.kind: one.reference for one in kept(store)}
    assert {"token": f"{2:016x}", "answered": "", "not_told": ""} == found


def test_a_client_that_is_gone_meanwhile(store: Store) -> None:
    """What is noted of a client that is not there is not written; that of the others is."""
    notes = ClientNotes(store, Clock())
    notes("gone", Kind.ANSWERED)
    notes(CLIENT.client_id, Kind.ANSWERED)
    notes.write()
    assert ["answered"] == [one.kind for one in kept(store)]


def test_bounded(store: Store) -> None:
    """So many different notes wait at most, and what is kept of each is short."""
    notes = ClientNotes(store, Clock())
    for number in range(MAX_NOTES + 5):
        notes(CLIENT.client_id, Kind.TOKEN, str(number), sent="s" * 999, registered="r" * 999)
    notes.write()
    with store.reading() as unit:
        rows = unit.client_days.of(CLIENT.client_id, 0, limit=MAX_NOTES + 5)
    assert (MAX_NOTES, {256}) == (len(rows), {len(one.sent) for one in rows} | {len(one.registered) for one in rows})


def test_turns_are_short(store: Store) -> None:
    """One turn writes so many, the oldest first; the next comes soon, and what waits is counted on."""
    clock = Clock()
    notes = ClientNotes(store, clock)
    for number in range(AT_ONCE + 1):
        notes(CLIENT.client_id, Kind.TOKEN, str(number))
    clock.forward(EVERY)
    notes(CLIENT.client_id, Kind.TOKEN, str(AT_ONCE))
    assert {str(number) for number in range(AT_ONCE)} == {one.aspect for one in kept(store)}
    clock.forward(SOON)
    notes(CLIENT.client_id, Kind.TOKEN, str(AT_ONCE))
    assert [3] == [one.count for one in kept(store) if one.aspect == str(AT_ONCE)]
    assert not notes.write_some()


def test_a_store_that_is_gone(store: Store) -> None:
    """Nobody's sign-in hangs on a note."""
    clock = Clock()
    notes = ClientNotes(store, clock)
    clock.forward(EVERY)
    with broken_database(store.engine):
        notes(CLIENT.client_id, Kind.ANSWERED)
    notes(CLIENT.client_id, Kind.REDEEMED)
    notes.write()
    assert ["redeemed"] == [one.kind for one in kept(store)]
