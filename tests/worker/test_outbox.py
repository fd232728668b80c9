"""Delivery of the outbox."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from idp.services.audit import AuditLog
from idp.services.notifications import MAIL, Notifications
from idp.store.db import Store
from idp.store.outbox import OUTBOX, Task, Undelivered
from idp.store.tables import AuditRow
from idp.worker.outbox import OutboxDelivery, back_off
from tests.support.stores import Clock, sqlite_store


class Killed(BaseException):
    """Stands for the end of the process: nothing after it runs."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    made = sqlite_store(tmp_path)
    yield made
    made.engine.dispose()


@pytest.fixture
def clock() -> Clock:
    """A clock at a fixed time."""
    return Clock(1000)


def _queue(store: Store, clock: Clock, key: str = "key") -> None:
    notify = Notifications(clock, lambda: f"id-{key}")
    with store.begin() as unit:
        notify(unit.session, account_id="account", template="linked", values={"a": "b"}, key=key)


def test_what_is_queued_is_handed_over_once(store: Store, clock: Clock) -> None:
    """The handler gets the payload and the key; nothing is left."""
    _queue(store, clock)
    _queue(store, clock)
    handed: list[Task] = []
    delivery = OutboxDelivery(store, {MAIL: handed.append}, clock, AuditLog(store, clock))
    assert [delivery.run_once(), delivery.run_once()] == [1, 0]
    assert [(task.key, task.payload) for task in handed] == [
        ("key", {"account_id": "account", "template": "linked", "values": {"a": "b"}})
    ]


KEPT = {"account_id": "account", "template": "linked"}


@pytest.mark.parametrize(("said", "left"), [(None, KEPT), (True, KEPT), (False, {})])
def test_what_left_keeps_whose_it_was_and_which(
    store: Store, clock: Clock, said: bool | None, left: dict[str, str]
) -> None:
    """Nothing of what it said; and of a message that was dropped nothing at all, for it was not sent."""
    _queue(store, clock)
    OutboxDelivery(store, {MAIL: lambda _task: said}, clock, AuditLog(store, clock)).run_once()
    with store.reading() as unit:
        assert [left] == list(unit.session.scalars(select(OUTBOX.c.payload)))


def test_a_message_of_a_unit_that_rolled_back_is_never_sent(store: Store, clock: Clock) -> None:
    """No change, no message (D11)."""
    notify = Notifications(clock, lambda: "id")
    with store.begin() as unit:
        notify(unit.session, account_id="a", template="linked", values={}, key="key")
        unit.session.rollback()
    assert OutboxDelivery(store, {}, clock, AuditLog(store, clock)).run_once() == 0


def test_a_crash_between_sending_and_marking_sends_again_under_the_same_key(store: Store, clock: Clock) -> None:
    """At least once: the lease runs out, and the other side can tell the repetition by its key."""
    _queue(store, clock)
    sent: list[str] = []

    def send_and_die(task: Task) -> None:
        sent.append(task.key)
        raise Killed

    with pytest.raises(Killed):
        OutboxDelivery(store, {MAIL: send_and_die}, clock, AuditLog(store, clock)).run_once()
    survivor = OutboxDelivery(store, {MAIL: lambda task: sent.append(task.key)}, clock, AuditLog(store, clock))
    assert survivor.run_once() == 0
    clock.now += 120
    assert survivor.run_once() == 1
    assert sent == ["key", "key"]


def test_a_failure_is_tried_again_later_and_lets_the_others_pass(store: Store, clock: Clock) -> None:
    """One bad task does not stop the queue; its waits grow."""
    for key in ("bad", "good"):
        _queue(store, clock, key)
    handed: list[str] = []

    def handle(task: Task) -> None:
        if task.key == "bad" and task.attempts < 3:
            raise OSError
        handed.append(task.key)

    delivery = OutboxDelivery(store, {MAIL: handle}, clock, AuditLog(store, clock))
    assert delivery.run_once() == 1
    for wait in (30, 60):
        clock.now += wait - 1
        assert delivery.run_once() == 0
        clock.now += 1
        delivery.run_once()
    assert handed == ["good", "bad"]


def test_a_task_that_fails_for_three_days_is_given_up(
    store: Store, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged as an error and no longer due."""
    _queue(store, clock)
    delivery = OutboxDelivery(store, {}, clock, AuditLog(store, clock))
    delivery.run_once()
    clock.now += 3 * 86400
    delivery.run_once()
    with store.reading() as unit:
        assert unit.outbox.waiting() == 0
        (lost,) = unit.outbox.given_up(0)
        (told,) = unit.session.execute(select(AuditRow.event, AuditRow.outcome, AuditRow.account_id)).all()
    assert ("no_handler", "account", 2) == (lost.cause, lost.account_id, lost.attempts)
    assert ("undelivered", "no_handler", "account") == tuple(told)
    assert "ERROR" in caplog.text


def test_whoever_failed_may_know_how_long_it_is_worth_trying(store: Store, clock: Clock) -> None:
    """A handler's word ends the task earlier; its cause is kept."""
    _queue(store, clock)

    def refuse(_task: Task) -> None:
        raise Undelivered("550", patience=3600)

    delivery = OutboxDelivery(store, {MAIL: refuse}, clock, AuditLog(store, clock))
    for passed in (0, 3599, 3600 + 120):
        clock.now = 1000 + passed
        with store.reading() as unit:
            assert [] == unit.outbox.given_up(0)
        delivery.run_once()
    with store.reading() as unit:
        assert ["550"] == [one.cause for one in unit.outbox.given_up(0)]


def test_what_comes_too_late_is_not_handed_over(store: Store, clock: Clock) -> None:
    """A provisional password that has expired on its way would only mislead."""
    with store.begin() as unit:
        unit.outbox.add(MAIL, "key", {"account_id": "account", "good_until": 1060}, task_id="id", now=1000)
    clock.now = 1060
    handed: list[Task] = []
    assert 0 == OutboxDelivery(store, {MAIL: handed.append}, clock, AuditLog(store, clock)).run_once()
    assert [] == handed
    with store.reading() as unit:
        assert ["too_late"] == [one.cause for one in unit.outbox.given_up(0)]


def test_a_slow_task_does_not_use_up_the_lease_of_the_next(store: Store, clock: Clock) -> None:
    """Each is leased when its turn comes: another worker, meanwhile, takes what nobody has begun and nothing else."""
    for key in ("a", "b", "c"):
        _queue(store, clock, key)
    handed: list[str] = []
    other = OutboxDelivery(store, {MAIL: lambda task: handed.append(task.key)}, clock, AuditLog(store, clock))

    def slowly(task: Task) -> None:
        handed.append(task.key)
        clock.now += 100
        other.run_once(1)

    OutboxDelivery(store, {MAIL: slowly}, clock, AuditLog(store, clock)).run_once()
    assert ["a", "b", "c"] == sorted(handed)


def test_a_failure_of_long_standing_is_an_error(store: Store, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    """The first ones are warnings; after a quarter of an hour somebody must look (R-33)."""
    _queue(store, clock)

    def fail(_task: Task) -> None:
        raise OSError

    delivery = OutboxDelivery(store, {MAIL: fail}, clock, AuditLog(store, clock))
    levels = []
    for clock.now in (1000, 1899, 1900 + 60):
        caplog.clear()
        delivery.run_once()
        levels.append([record.levelname for record in caplog.records if record.name == "idp.worker"])
    assert [["WARNING"], ["WARNING"], ["ERROR"]] == levels


@pytest.mark.parametrize(("attempts", "seconds"), [(0, 30), (1, 30), (2, 60), (8, 3600), (1000, 3600)])
def test_the_wait_doubles_to_an_hour(attempts: int, seconds: int) -> None:
    """Half a minute first, an hour at most."""
    assert seconds == back_off(attempts)
