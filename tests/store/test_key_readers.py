"""The rows of clients' addresses: noted, read from, bounded, forgotten."""

from dataclasses import replace

from sqlalchemy import delete

from idp.store.clients import CLIENTS
from idp.store.db import Store
from idp.store.key_readers import MAX_ADDRESSES, KeyReader
from tests.support.records import CLIENT

HERE, THERE = "192.0.2.1", "2001:db8::1"


def test_calls_and_reads_meet_at_the_address(store: Store) -> None:
    """A read is noted for every client that calls from there, and for nobody else."""
    with store.begin() as unit:
        for name in ("a", "b"):
            unit.clients.upsert(replace(CLIENT, client_id=name), 0)
        unit.key_readers.called("a", HERE, 100)
        unit.key_readers.called("b", HERE, 110)
        unit.key_readers.called("b", THERE, 120)
        unit.key_readers.called("nobody", THERE, 120)
        unit.key_readers.read(HERE, 50, 130)
        unit.key_readers.read("192.0.2.9", 50, 130)
    with store.reading() as unit:
        expected = [KeyReader("a", HERE, 100, 130, 50), KeyReader("b", HERE, 110, 130, 50), KeyReader("b", THERE, 120)]
        assert expected == unit.key_readers.all()
        assert {HERE, THERE} == unit.key_readers.addresses()


def test_the_later_note_stays(store: Store) -> None:
    """A process that writes late does not take a newer read away; a later call renews the moment."""
    with store.begin() as unit:
        unit.clients.upsert(replace(CLIENT, client_id="a"), 0)
        unit.key_readers.called("a", HERE, 100)
        unit.key_readers.read(HERE, 50, 130)
        unit.key_readers.read(HERE, 40, 120)
        unit.key_readers.called("a", HERE, 200)
        assert [KeyReader("a", HERE, 200, 130, 50)] == unit.key_readers.all()


def test_rows_are_bounded_and_forgotten(store: Store) -> None:
    """So many addresses of one client, a month without a call, and none once the client is gone."""
    with store.begin() as unit:
        for name in ("a", "b"):
            unit.clients.upsert(replace(CLIENT, client_id=name), 0)
        for number in range(MAX_ADDRESSES + 2):
            unit.key_readers.called("a", f"192.0.2.{number}", number)
        unit.key_readers.called("a", "192.0.2.1", 300)
        unit.key_readers.called("b", HERE, 500)
        noted = {reader.address: reader.called_at for reader in unit.key_readers.all() if reader.client_id == "a"}
        assert noted == {f"192.0.2.{number}": number for number in range(MAX_ADDRESSES)} | {"192.0.2.1": 300}
    with store.begin() as unit:
        assert 10 == unit.key_readers.purge(before=400, limit=10)
        unit.session.execute(delete(CLIENTS).where(CLIENTS.c.client_id == "a"))
        assert ["b"] == [reader.client_id for reader in unit.key_readers.all()]
