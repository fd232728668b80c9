"""The last thread of a process stays free for probes and refusals."""

import threading
import time
from collections.abc import Iterable
from typing import Any

import pytest

from idp.protocol.errors import Unavailable
from idp.wire.room import FULL, Room, refuse_when_full

THREADS = 4


class Inner:
    """An application whose requests wait until they are let go."""

    def __init__(self) -> None:
        self.entered = threading.Semaphore(0)
        self.leave = threading.Semaphore(0)

    def __call__(self, environ: dict[str, Any], _start: object) -> Iterable[bytes]:
        """Wait, but where the request was refused or is a probe."""
        if FULL in environ:
            return [b"full"]
        if environ["PATH_INFO"] == "/healthz":
            return [b"alive"]
        self.entered.release()
        assert self.leave.acquire(timeout=60)
        return [b"done"]


def ask(room: Room, path: str = "/token") -> list[bytes]:
    """Send one request."""
    return list(room({"PATH_INFO": path}, lambda *_: lambda _: None))


def test_the_last_thread_is_not_taken_by_what_waits() -> None:
    """With all others waiting one is refused, a probe is not, and afterwards there is room again."""
    inner = Inner()
    room = Room(inner, THREADS)
    answers: list[bytes] = []
    waiting = [threading.Thread(target=lambda: answers.extend(ask(room))) for _ in range(THREADS - 1)]
    for thread in waiting:
        thread.start()
        assert inner.entered.acquire(timeout=60)
    assert [b"full"] == ask(room)
    assert [b"alive"] == ask(room, "/healthz")
    for _ in waiting:
        inner.leave.release()
    for thread in waiting:
        thread.join()
    assert [b"done"] * (THREADS - 1) == answers
    inner.leave.release()
    assert [b"done"] == ask(room)


def test_who_waits_a_moment_gets_in_when_another_leaves() -> None:
    """A full house in which work flows refuses nobody."""
    inner = Inner()
    room = Room(inner, 3)
    answers: list[bytes] = []
    waiting = [threading.Thread(target=lambda: answers.extend(ask(room))) for _ in range(2)]
    for thread in waiting:
        thread.start()
        assert inner.entered.acquire(timeout=60)
    room._moved += 3600  # somebody has just left, however long the machine takes
    third = threading.Thread(target=lambda: answers.extend(ask(room)))
    third.start()
    while not room._waiting:
        time.sleep(0.001)
    room._leave()
    assert inner.entered.acquire(timeout=60)
    for _ in range(3):
        inner.leave.release()
    for thread in (*waiting, third):
        thread.join()
    assert [b"done"] * 3 == answers


def test_a_burst_after_a_rest_is_no_standstill() -> None:
    """Nothing had ended for long because nothing was there."""
    now = [0.0]
    room = Room(lambda _environ, _start: [b"done"], 3, lambda: now[0])
    now[0] = 1000.0
    assert room._enter()
    assert 1000.0 == room._moved


def test_the_refusal_says_when_to_come_back() -> None:
    """503 with `Retry-After`, by the way that every such answer takes."""
    refuse_when_full({})
    with pytest.raises(Unavailable) as refused:
        refuse_when_full({FULL: True})
    assert 2 == refused.value.retry_after
