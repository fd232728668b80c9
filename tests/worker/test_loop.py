"""The worker's turns, and its purges."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.protocol.errors import Unavailable
from idp.store.db import Store
from idp.worker.loop import Chore, Worker
from idp.worker.purge import Purge
from tests.support.stores import sqlite_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    made = sqlite_store(tmp_path)
    yield made
    made.engine.dispose()


def test_a_chore_runs_at_its_times_whatever_happens_to_it() -> None:
    """A fault is logged, the next chore and the next time still come."""
    ran: list[str] = []
    times = iter([1000, 1029, 1030, 1060])

    def fail() -> None:
        ran.append("fail")
        raise OSError

    def put_off() -> int:
        raise Unavailable("store")

    worker = Worker(
        put_off, [Chore("fail", 60, fail), Chore("tick", 30, lambda: ran.append("tick"))], lambda: next(times)
    )
    assert [worker.turn() for _ in range(4)] == [5, 5, 5, 5]
    assert ran == ["fail", "tick", "tick", "fail", "tick"]


def test_the_worker_rests_only_when_nothing_was_due() -> None:
    """A full queue is worked off without a pause."""
    left = [10, 3, 0]
    worker = Worker(lambda: left.pop(0), [], lambda: 0)
    assert [worker.turn() for _ in range(3)] == [0, 0, 1]


def test_a_chore_that_left_some_goes_on_after_a_breath() -> None:
    """It does not wait for its next time, and the deliveries come in between."""
    left, turns = [2, 1, 0, 7], []
    chore = Chore("purge", 300, lambda: turns.append(left.pop(0)), lambda: turns[-1] > 0)
    worker = Worker(lambda: 0, [chore], lambda: 0)
    rests = [worker.turn() for _ in range(4)]
    assert ([2, 1, 0], True, [1, 1]) == (turns, 0 < rests[0] == rests[1] < 1, rests[2:])


def test_a_thread_starts_and_stops() -> None:
    """It works beside the server, and ends when told."""
    worked = threading.Event()

    def deliver() -> int:
        worked.set()
        return 0

    worker = Worker(deliver, [], lambda: 0)
    worker.start()
    assert worked.wait(10)
    worker.stop()
    assert "idp-worker" not in {thread.name for thread in threading.enumerate()}


def test_what_is_over_goes_and_the_rest_stays(store: Store) -> None:
    """Every table is purged, in batches, and the extra purges with them."""
    with store.begin() as unit:
        for number in range(600):
            unit.spent.claim("jti", f"{number}", 10 if number < 550 else 100)
    batches = [500, 20]
    purge = Purge(store, lambda: 50, 30, {"key_values": lambda _limit: batches.pop(0)})
    gone = purge.run()
    assert not purge.unfinished()
    assert gone == {"tokens": 0, "grants": 0, "spent": 550, "outbox": 0} | {
        "letters": 0,
        "provisionals": 0,
        "email_proofs": 0,
        "client_days": 0,
        "key_readers": 0,
        "proposals": 0,
        "proposals_wiped": 0,
        "sign_ins": 0,
        "key_values": 520,
    }


def test_a_run_takes_a_bounded_part(store: Store) -> None:
    """However much is over, a run ends soon and says that there is more."""
    purge = Purge(store, lambda: 50, 30, {"key_values": lambda limit: limit})
    assert (2000, True) == (purge.run()["key_values"], purge.unfinished())
