"""Notes gathered in memory: no statement while they wait, bounded, lost rather than in the way."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from idp.protocol.client_notes import Kind
from idp.protocol.errors import Unavailable
from idp.services.client_notes import AT_ONCE, EVERY, MAX_DONE, MAX_REFUSALS, SOON, TURNS, ClientNotes
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


def test_of_some_alone(store: Store) -> None:
    """Who shows an application has its notes written, refusals and steps, and no other's: these wait for their turn."""
    notes = ClientNotes(store, Clock())
    other = replace(CLIENT, client_id="autre-appli")
    with store.begin() as unit:
        unit.clients.upsert(other, 0)
    for kind in (Kind.TOKEN, Kind.ANSWERED):
        notes(CLIENT.client_id, kind)
        notes(other.client_id, kind)
    notes.write({CLIENT.client_id})
    with store.reading() as unit:
        assert [] == unit.client_days.of(other.client_id, 0)
    assert {"token", "answered"} == {one.kind for one in kept(store)}
    notes.write_some()
    with store.reading() as unit:
        assert {"token", "answered"} == {one.kind for one in unit.client_days.of(other.client_id, 0)}


def test_bounded(store: Store) -> None:
    """So many different notes wait at most, and what is kept of each is short."""
    notes = ClientNotes(store, Clock())
    for number in range(MAX_REFUSALS + 5):
        notes(CLIENT.client_id, Kind.TOKEN, str(number), sent="s" * 999, registered="r" * 999)
    notes.write()
    with store.reading() as unit:
        rows = unit.client_days.of(CLIENT.client_id, 0, limit=MAX_REFUSALS + 5)
    assert (MAX_REFUSALS, {256}) == (len(rows), {len(one.sent) for one in rows} | {len(one.registered) for one in rows})


def at_work(notes: ClientNotes, count: int) -> None:
    """Note as many different steps, and as many refusals as a transaction holds and one."""
    for number in range(count):
        notes(CLIENT.client_id, Kind.ANSWERED, str(number))
    for number in range(AT_ONCE + 1):
        notes(CLIENT.client_id, Kind.TOKEN, str(number))


def written(store: Store, kind: Kind) -> set[str]:
    """Return the aspects of what is written of one kind."""
    with store.reading() as unit:
        return {one.aspect for one in unit.client_days.of(CLIENT.client_id, 0, limit=2 * MAX_DONE) if one.kind == kind}


def test_turns_are_short(store: Store) -> None:
    """A turn writes every refusal and the oldest of what was done; the next comes soon, what waits is counted on."""
    clock = Clock()
    notes = ClientNotes(store, clock)
    at_work(notes, AT_ONCE + 1)
    clock.forward(EVERY)
    notes(CLIENT.client_id, Kind.ANSWERED, str(AT_ONCE))
    assert AT_ONCE + 1 == len(written(store, Kind.TOKEN))
    assert {str(number) for number in range(AT_ONCE)} == written(store, Kind.ANSWERED)
    clock.forward(SOON)
    notes(CLIENT.client_id, Kind.ANSWERED, str(AT_ONCE))
    with store.reading() as unit:
        assert [3] == [
            one.count
            for one in unit.client_days.of(CLIENT.client_id, 0, limit=1000)
            if (one.kind, one.aspect) == (Kind.ANSWERED, str(AT_ONCE))
        ]


def test_however_much_waits_ten_turns_write_it(store: Store) -> None:
    """With thousands of applications at work a turn takes a tenth of what waits, so that nothing waits for long."""
    notes, count = ClientNotes(store, Clock()), 2 * TURNS * AT_ONCE
    at_work(notes, count)
    notes.write_some()
    assert {str(number) for number in range(count // TURNS)} == written(store, Kind.ANSWERED)


def test_more_than_may_wait(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    """What is done by too many pushes out no refusal; what was not taken is told once, with how much it was."""
    notes = ClientNotes(store, Clock())
    for number in range(MAX_DONE + 7):
        notes(CLIENT.client_id, Kind.ANSWERED, str(number))
    notes(CLIENT.client_id, Kind.TOKEN, "code is not valid")
    notes.write_some()
    notes.write()
    assert {"code is not valid"} == written(store, Kind.TOKEN)
    assert MAX_DONE == len(written(store, Kind.ANSWERED))
    assert ["7 notes of what applications did were not taken: too many different ones wait"] == caplog.messages


def test_what_was_not_tried_waits_on(store: Store) -> None:
    """A store that is gone takes one transaction's notes; the others wait, with what was noted meanwhile."""
    notes = ClientNotes(store, Clock())
    at_work(notes, AT_ONCE)
    with broken_database(store.engine), pytest.raises(Unavailable):
        notes.write()
    notes(CLIENT.client_id, Kind.ANSWERED, "0")
    notes.write()
    assert {str(AT_ONCE)} == written(store, Kind.TOKEN)
    assert AT_ONCE == len(written(store, Kind.ANSWERED))
    with store.reading() as unit:
        counts = [
            one.count for one in unit.client_days.of(CLIENT.client_id, 0) if (one.kind, one.aspect) == ("answered", "0")
        ]
    assert [2] == counts


def test_a_near_miss_that_was_not_tried_stays(store: Store) -> None:
    """Noted again without one meanwhile, it keeps the last two sides that there were."""
    notes = ClientNotes(store, Clock())
    at_work(notes, 0)
    notes(CLIENT.client_id, Kind.REDIRECT_URI, "path", sent="https://x/a", registered="https://x/cb")
    with broken_database(store.engine), pytest.raises(Unavailable):
        notes.write()
    notes(CLIENT.client_id, Kind.REDIRECT_URI, "path")
    notes.write()
    (row,) = [one for one in kept(store) if one.kind == Kind.REDIRECT_URI]
    assert (2, "https://x/a", "https://x/cb") == (row.count, row.sent, row.registered)


def test_an_older_note_that_comes_later(store: Store) -> None:
    """Two processes write in any order: the latest time, near miss and reference stay, and the earliest first time."""
    clock = Clock()
    slow, quick = ClientNotes(store, clock), ClientNotes(store, clock)
    answering("aaaa")
    slow(CLIENT.client_id, Kind.REDIRECT_URI, "path", sent="https://x/old", registered="https://x/cb")
    clock.forward(5)
    answering("bbbb")
    quick(CLIENT.client_id, Kind.REDIRECT_URI, "path", sent="https://x/new", registered="https://x/cb")
    quick.write()
    slow.write()
    (row,) = kept(store)
    assert (2, clock() - 5, clock(), "https://x/new", "bbbb") == (
        row.count,
        row.first_at,
        row.last_at,
        row.sent,
        row.reference,
    )


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
