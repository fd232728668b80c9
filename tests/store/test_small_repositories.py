"""Consents, one-time values, keys, audit and outbox, on both databases."""

from dataclasses import replace

import pytest

from idp.store.audit import AuditEvent
from idp.store.consents import Consent
from idp.store.db import Store, once
from keys.ring import SealedKey
from tests.support.records import with_account
from tests.support.threads import at_once

CONSENT = Consent("account", "espace", frozenset({"openid", "email"}), 1000, {"userinfo": {}})
KEY = SealedKey("kid", "ES256", "sig", 1, b"sealed", 1, 2, 3, 4)


def test_a_consent_is_in_force_until_it_is_withdrawn(store: Store) -> None:
    """Withdrawn, it is no longer returned; given again, it is."""
    with_account(store)
    with store.begin() as unit:
        assert unit.consents.get("account", "espace") is None
        unit.consents.put(CONSENT)
        assert unit.consents.get("account", "espace") == CONSENT
        assert unit.consents.list("account") == [CONSENT]
        assert [unit.consents.withdraw("account", "espace", 1100) for _ in range(2)] == [True, False]
        assert unit.consents.get("account", "espace") is None
        again = replace(CONSENT, scope=frozenset({"openid"}), granted_at=1200)
        unit.consents.put(again)
        assert unit.consents.list("account") == [again]


def test_of_fifty_claims_of_one_value_one_wins(store: Store) -> None:
    """A `jti` is used once, whatever the concurrency; another purpose is another value."""

    def claim(_number: int) -> bool:
        def work() -> bool:
            with store.begin() as unit:
                return unit.spent.claim("dpop", "digest", 2000)

        return once(work, attempts=10)

    assert sum(at_once(50, claim)) == 1
    with store.begin() as unit:
        assert unit.spent.claim("assertion", "digest", 3000)
        assert [unit.spent.purge(1999), unit.spent.purge(2500)] == [0, 1]


def test_twenty_first_starts_make_one_key_of_a_generation(store: Store) -> None:
    """Of nodes that each made a key, one stores it (R-08)."""

    def insert(number: int) -> bool:
        def work() -> bool:
            with store.begin() as unit:
                return unit.keys.insert(replace(KEY, kid=f"kid{number}"))

        return once(work, attempts=10)

    assert sum(at_once(20, insert)) == 1


def test_keys_change_their_times_and_their_seal(store: Store) -> None:
    """Times are set by kid; a re-wrap applies only to the seal that was read."""
    with store.begin() as unit:
        assert unit.keys.insert(KEY)
        assert unit.keys.update_times("kid", active_from=5, retire_at=6, drop_at=7)
        assert not unit.keys.replace_sealed("kid", b"stale", b"new")
        assert unit.keys.replace_sealed("kid", b"sealed", b"new")
        assert unit.keys.all() == [replace(KEY, sealed=b"new", active_from=5, retire_at=6, drop_at=7)]
        assert [unit.keys.delete("kid"), unit.keys.delete("kid")] == [True, False]


def test_events_are_read_newest_first_and_purged_by_age(store: Store) -> None:
    """An account's history is in order, and what is too old goes."""
    events = [AuditEvent(time=time, event="sign_in", account_id="account", details={"n": time}) for time in (1, 2, 3)]
    with store.begin() as unit:
        for event in events:
            unit.audit.add(event)
        assert unit.audit.of_account("account") == events[::-1]
        assert unit.audit.purge(3) == 2


def test_work_is_queued_once_by_key(store: Store) -> None:
    """A repeated request does not send a second message."""
    with store.begin() as unit:
        assert unit.outbox.add("mail", "key", {"a": 1}, task_id="one", now=10)
        assert not unit.outbox.add("mail", "key", {"a": 2}, task_id="two", now=11)
        assert [task.payload for task in unit.outbox.due(11)] == [{"a": 1}]


def test_leased_work_is_due_again_when_its_lease_runs_out(store: Store) -> None:
    """A worker that died in the middle loses nothing."""
    with store.begin() as unit:
        unit.outbox.add("mail", "key", {}, task_id="one", now=10)
    attempts = []
    for now in (10, 129, 130):
        with store.begin() as unit:
            attempts.append([task.attempts for task in unit.outbox.due(now, lease=120)])
    assert attempts == [[1], [], [2]]


def test_ten_workers_share_the_work_without_doing_any_twice(store: Store) -> None:
    """Each task is leased to one worker."""
    with store.begin() as unit:
        for number in range(20):
            unit.outbox.add("mail", f"key{number}", {}, task_id=f"task{number}", now=10)

    def lease(_number: int) -> list[str]:
        def work() -> list[str]:
            with store.begin() as unit:
                return [task.id for task in unit.outbox.due(10, limit=5)]

        return once(work, attempts=10)

    leased = [task for tasks in at_once(10, lease) for task in tasks]
    assert len(set(leased)) == len(leased)


def test_done_and_abandoned_work_is_not_due_and_forgets_its_payload(store: Store) -> None:
    """What was delivered names nobody any more, and is purged later."""
    with store.begin() as unit:
        for name in ("sent", "failed", "hopeless"):
            unit.outbox.add("mail", name, {"to": "someone"}, task_id=name, now=10)
        unit.outbox.done("sent", 11)
        unit.outbox.failed("failed", "SMTPServerDisconnected", not_before=50)
        unit.outbox.abandon("hopeless", "gone", 11)
        assert not unit.outbox.any_due(49)
        assert unit.outbox.waiting() == 1
        assert [task.id for task in unit.outbox.due(50)] == ["failed"]
        assert unit.outbox.purge(12) == 2


def test_a_reading_unit_refuses_to_write(store: Store) -> None:
    """A write that would be lost without a word is an error, on both databases."""
    with pytest.raises(Exception, match=r"must not write|read-only"), store.reading() as unit:
        unit.spent.claim("dpop", "digest", 1)
