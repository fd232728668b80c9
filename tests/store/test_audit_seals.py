"""Seals over the security events, on both databases."""

from dataclasses import replace

from idp.store.audit import AuditEvent
from idp.store.audit_seals import Seal
from idp.store.db import Store

SEAL = Seal(1, 1, 2, 20, 30, "d" * 64, "0" * 64, "m" * 64, b"digests")


def test_one_seal_a_number(store: Store) -> None:
    """Of two that seal at once one does; the newest is found, and all in order."""
    with store.begin() as unit:
        assert unit.audit_seals.latest() is None
        assert unit.audit_seals.add(SEAL)
        assert not unit.audit_seals.add(replace(SEAL, mac="x" * 64))
        second = replace(SEAL, number=2, first_id=3, last_id=4)
        assert unit.audit_seals.add(second)
    with store.reading() as unit:
        assert second == unit.audit_seals.latest()
        assert [SEAL, second] == list(unit.audit_seals.after(0, 10))
        assert [second] == list(unit.audit_seals.after(1, 10))


def test_old_seals_lose_their_events_and_stay(store: Store) -> None:
    """Only whole seals older than the time are wiped; the chain keeps them."""
    with store.begin() as unit:
        for time in (10, 20, 30):
            unit.audit.add(AuditEvent(time=time, event="e"))
        first, second, third = (event["id"] for event in unit.audit_seals.events(0, 10))
        unit.audit_seals.add(replace(SEAL, first_id=first, last_id=second))
        unit.audit_seals.add(replace(SEAL, number=2, first_id=third, last_id=third, last_time=30))
        assert (3, 10) == unit.audit_seals.waiting(0)
        assert 0 == unit.audit_seals.wipe(20, 100)
        assert 2 == unit.audit_seals.wipe(21, 100)
        assert 0 == unit.audit_seals.wipe(21, 101)
    with store.reading() as unit:
        assert [third] == [event["id"] for event in unit.audit_seals.events(0, 10)]
        assert [] == list(unit.audit_seals.events(0, 10, last=second))
        assert (100, b"") == (unit.audit_seals.after(0, 1)[0].wiped_at, unit.audit_seals.after(0, 1)[0].digests)
