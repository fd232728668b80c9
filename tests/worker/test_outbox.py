"""Delivery of the outbox."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.services.notifications import MAIL, Notifications
from idp.store.db import Store
from idp.store.outbox import Task
from idp.worker.outbox import OutboxDelivery, back_off
from tests.support.stores import sqlite_store


class Killed(BaseException):
    """Stands for the end of the process: nothing after it runs."""


class Clock:
    """A clock that a test moves."""

    now = 1000

    def __call__(self) -> int:
        """Return the present time."""
        return self.now


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    made = sqlite_store(tmp_path)
    yield made
    made.engine.dispose()


@pytest.fixture
def clock() -> Clock:
    """A clock at a fixed time."""
    return Clock()


def _queue(store: Store, clock: Clock, key: str = "key") -> None:
    notify = Notifications(clock, lambda: f"id-{key}")
    with store.begin() as unit:
        notify(unit.session, account_id="account", template="linked", values={"a": "b"}, key=key)


def test_what_is_queued_is_handed_over_once(store: Store, clock: Clock) -> None:
    """The handler gets the payload and the key; nothing is left."""
    _queue(store, clock)
    _queue(store, clock)
    handed: list[Task] = []
    delivery = OutboxDelivery(store, {MAIL: handed.append}, clock)
    assert [delivery.run_once(), delivery.run_once()] == [1, 0]
    assert [(task.key, task.payload) for task in handed] == [
        ("key", {"account_id": "account", "template": "linked", "values": {"a": "b"}})
    ]


def test_a_message_of_a_unit_that_rolled_back_is_never_sent(store: Store, clock: Clock) -> None:
    """No change, no message (D11)."""
    notify = Notifications(clock, lambda: "id")
    with store.begin() as unit:
        notify(unit.session, account_id="a", template="linked", values={}, key="key")
        unit.session.rollback()
    assert OutboxDelivery(store, {}, clock).run_once() == 0


def test_a_crash_between_sending_and_marking_sends_again_under_the_same_key(store: Store, clock: Clock) -> None:
    """At least once: the lease runs out, and the other side can tell the repetition by its key."""
    _queue(store, clock)
    sent: list[str] = []

    def send_and_die(task: Task) -> None:
        sent.append(task.key)
        raise Killed

    with pytest.raises(Killed):
        OutboxDelivery(store, {MAIL: send_and_die}, clock).run_once()
    survivor = OutboxDelivery(store, {MAIL: lambda task: sent.append(task.key)}, clock)
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

    delivery = OutboxDelivery(store, {MAIL: handle}, clock)
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
    delivery = OutboxDelivery(store, {}, clock)
    delivery.run_once()
    clock.now += 3 * 86400
    delivery.run_once()
    with store.reading() as unit:
        assert unit.outbox.waiting() == 0
    assert "ERROR" in caplog.text


@pytest.mark.parametrize(("attempts", "seconds"), [(0, 30), (1, 30), (2, 60), (8, 3600), (1000, 3600)])
def test_the_wait_doubles_to_an_hour(attempts: int, seconds: int) -> None:
    """Half a minute first, an hour at most."""
    assert seconds == back_off(attempts)
