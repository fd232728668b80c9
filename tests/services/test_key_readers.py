"""Calls and reads noted in memory, written once a minute, put together by address."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from idp.services.key_readers import CALL_EVERY, EVERY, MAX_NOTES, READS_KEPT, KeyReaders
from idp.store.db import Store
from idp.store.key_readers import KeyReader
from tests.support.back_channel import CLIENT, PUBLIC
from tests.support.faults import broken_database
from tests.support.statements import counted
from tests.support.stores import Clock, sqlite_store

HERE = "192.0.2.1"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store with a client that has credentials and one that has none."""
    made = sqlite_store(tmp_path)
    with made.begin() as unit:
        for client in (CLIENT, PUBLIC):
            unit.clients.upsert(client, 0)
    yield made
    made.engine.dispose()


def test_a_minute_apart(store: Store) -> None:
    """Within the minute nothing is written or read; then everything at once."""
    clock = Clock()
    readers = KeyReaders(store, clock)
    with counted(store.engine) as statements:
        readers.called(CLIENT, HERE)
        readers.read(HERE, 7)
        readers.write_if_due()
        assert [] == statements
    clock.forward(EVERY)
    readers.write_if_due()
    at = clock() - EVERY
    assert (KeyReader("espace", HERE, at, at, 7),) == readers.report()
    with counted(store.engine) as statements:
        clock.forward(EVERY)
        readers.write_if_due()
        assert [] == statements


@pytest.mark.parametrize("first", ["call", "read"])
def test_in_either_order_and_on_two_processes(store: Store, first: str) -> None:
    """An application may read before its first call or after it, and each may reach another process."""
    clock = Clock()
    one, other = KeyReaders(store, clock), KeyReaders(store, clock)
    if first == "read":
        other.read(HERE, 7)
        other.write()
    one.called(CLIENT, HERE)
    one.write()
    if first == "call":
        other.read(HERE, 7)
    other.write()
    assert (KeyReader("espace", HERE, clock(), clock(), 7),) == one.report()


def test_strangers_leave_nothing(store: Store) -> None:
    """Whoever calls without credentials, or only reads, is not kept; memory and work are bounded."""
    clock = Clock()
    readers = KeyReaders(store, clock)
    readers.called(PUBLIC, HERE)
    readers.called(CLIENT, "")
    readers.called(CLIENT, "x" * 65)
    readers.called(replace(CLIENT, client_id="deleted"), HERE)
    for number in range(3 * MAX_NOTES):
        readers.read(f"2001:db8::{number:x}", 7)
    readers.write()
    assert () == readers.report()
    with counted(store.engine) as statements:
        readers.write()
        assert 1 == len(statements), "a thousand strangers cost one statement"
    clock.forward(READS_KEPT + 1)
    readers.write()
    with counted(store.engine) as statements:
        readers.write()
        assert [] == statements


def test_calls_are_noted_once_an_hour(store: Store) -> None:
    """A busy client costs a look into a dictionary."""
    clock = Clock()
    readers = KeyReaders(store, clock)
    readers.called(CLIENT, HERE)
    readers.write()
    first = clock()
    clock.forward(CALL_EVERY - 1)
    readers.called(CLIENT, HERE)
    readers.write()
    assert [first] == [reader.called_at for reader in readers.report()]
    clock.forward(1)
    readers.called(CLIENT, HERE)
    readers.write()
    assert [clock()] == [reader.called_at for reader in readers.report()]


def test_a_lost_database_fails_no_request(store: Store) -> None:
    """What could not be written is told in the log, and kept for the next time."""
    clock = Clock()
    readers = KeyReaders(store, clock)
    readers.called(CLIENT, HERE)
    called = clock()
    clock.forward(EVERY)
    with broken_database(store.engine):
        readers.write_if_due()
    readers.read(HERE, 9)
    clock.forward(EVERY)
    readers.write_if_due()
    assert [called] == [reader.called_at for reader in readers.report()]
    assert [9] == [reader.newest_read for reader in readers.report()]


def test_many_calls_are_written_a_thousand_at_a_time(store: Store) -> None:
    """The others wait for the next time."""
    readers = KeyReaders(store, Clock())
    for number in range(MAX_NOTES):
        readers.called(replace(CLIENT, client_id="deleted"), f"192.0.2.{number}")
    readers.called(CLIENT, HERE)
    readers.write()
    assert () == readers.report()
    readers.write()
    assert [CLIENT.client_id] == [one.client_id for one in readers.report()]
