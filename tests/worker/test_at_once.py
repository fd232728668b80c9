"""The first attempt, in the request that queued the work."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.store.db import Store
from idp.store.outbox import Task
from idp.worker.at_once import LEASE, AtOnce
from tests.support.stores import Clock, sqlite_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    made = sqlite_store(tmp_path)
    yield made
    made.engine.dispose()


def queue(store: Store, *ids: str) -> list[str]:
    """Queue leased tasks."""
    with store.begin() as unit:
        for one in ids:
            unit.outbox.add("logout", one, {}, task_id=one, now=1000, lease=LEASE)
    return list(ids)


def test_all_are_under_way_at_the_same_time(store: Store) -> None:
    """Each waits for the other two: one after the other none would end."""
    together = threading.Barrier(3, timeout=5)
    done: list[str] = []

    def deliver(task: Task) -> bool:
        together.wait()
        done.append(task.id)
        return True

    AtOnce(store, deliver, Clock(1000))(queue(store, "a", "b", "c"), 5)
    assert ["a", "b", "c"] == sorted(done)


def test_nobody_waits_longer_than_said(store: Store) -> None:
    """One that hangs goes on behind the back of whoever waited."""
    hanging, ended = threading.Event(), threading.Event()

    def deliver(_task: Task) -> bool:
        hanging.wait(60)
        ended.set()
        return True

    AtOnce(store, deliver, Clock(1000))(queue(store, "a"), 0.05)
    assert not ended.is_set()
    hanging.set()
    assert ended.wait(5)


def test_what_is_too_late_is_the_worker_s(store: Store) -> None:
    """A task that finds a free hand when half of its lease is over is left alone: two would hand it over."""
    handed: list[Task] = []

    def deliver(task: Task) -> bool:
        handed.append(task)
        return True

    AtOnce(store, deliver, Clock(1000 + LEASE // 2))(queue(store, "a"), 5)
    assert [] == handed
    with store.begin() as unit:
        assert [] == list(unit.outbox.due(1000 + LEASE - 1))
        assert ["a"] == [task.id for task in unit.outbox.due(1000 + LEASE)]


def test_nothing_to_do_asks_nothing(store: Store) -> None:
    """No task, no read."""
    store.engine.dispose()
    AtOnce(store, lambda _task: True, Clock(1000))([], 5)
