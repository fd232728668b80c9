"""Who may wait for a password hash, and how long: bounded by time while a storm is young, by threads when it lasts.

A hash takes some milliseconds of a processor, and whoever waits for one holds a thread. Half of a process' threads may
always wait. When more come, all but its last may (`idp.wire.room` keeps that one), so that a burst is served rather
than sent away. But for a moment only, `MOMENT`: then whoever comes is told at once, and the other threads are everybody
else's again. The next moment begins after a rest as long as one: since nobody waited any more, half of the threads were
enough. So storms that let up for an instant are one that lasts.
"""

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

MOMENT: Final = 1.0
"""Seconds for which sign-ins may hold more than half of the threads, and that whoever comes then may expect to wait.

A probe may have to wait for it in the server's queue: less than any probe of `deploy/` has patience for.
"""
_LATELY: Final = 1 / 8
"""What the last piece of work counts in what one is expected to take."""


class Full(Exception):
    """No turn came in time, or none would; there was nothing done."""


class Turns:
    """Turns at something dear, in the order in which they are waited for. Thread-safe.

    Args:
        at_once: how many have their turn at a time.
        threads: those of the process.
        wait: seconds that one waits for a turn at most.
        timer: a monotonic clock in seconds.
    """

    def __init__(self, at_once: int, threads: int, wait: float, timer: Callable[[], float] = time.perf_counter) -> None:
        self._at_once: Final = at_once
        self._always: Final = max(at_once, threads // 2)
        self._most: Final = max(at_once, threads - 1)
        self._wait: Final = wait
        self._timer: Final = timer
        self._lock: Final = threading.Lock()
        self._free = at_once
        """Turns that nobody has; none while anybody waits."""
        self._waiting: Final = deque[threading.Event]()
        self._inside = 0
        self._crowded_since = -math.inf
        self._calm_since = -math.inf
        """When nobody waited any more; infinity from when half of the threads were not enough until then."""
        self._takes = 0.0
        """Seconds that one turn takes, as far as is known."""

    @contextmanager
    def turn(self) -> Iterator[float]:
        """Have a turn while the block runs; it is given how many seconds it waited.

        Raises:
            Full: no turn came in time, or too many wait already.
        """
        came = self._timer()
        patience = self._enters(came)
        if patience <= 0:
            raise Full
        try:
            if not self._gets(patience):
                raise Full
            began = self._timer()
            try:
                yield began - came
            finally:
                took = self._timer() - began
                self._takes += (took - self._takes) * (_LATELY if self._takes else 1)
                self._passes_on()
        finally:
            self._leaves()

    def _enters(self, now: float) -> float:
        """Take a place; return the seconds for which it is one, none where there was none."""
        with self._lock:
            patience = self._wait
            if self._inside >= self._always:
                patience = min(patience, self._moment(now))
            if patience > 0:
                self._inside += 1
            return patience

    def _moment(self, now: float) -> float:
        """Return the seconds for which one more may hold a thread beyond those that always may."""
        if now - self._calm_since >= MOMENT:
            self._crowded_since = now
        self._calm_since = math.inf
        left = self._crowded_since + MOMENT - now
        expected = self._inside * self._takes / self._at_once
        return left if self._inside < self._most and expected < left else 0.0

    def _gets(self, patience: float) -> bool:
        """Wait so many seconds for a turn, behind those who wait already; whether it came."""
        with self._lock:
            if self._free:
                self._free -= 1
                return True
            called = threading.Event()
            self._waiting.append(called)
        if called.wait(patience):
            return True
        with self._lock:
            if called.is_set():  # in this instant
                return True
            self._waiting.remove(called)
            return False

    def _passes_on(self) -> None:
        """Give a turn to whoever waits longest; a newcomer finds none before."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._free += 1

    def _leaves(self) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside <= self._at_once:
                self._calm_since = min(self._calm_since, self._timer())
