"""Deadlines that one thread of the process watches: a thread for each call would cost more than the call's own work."""

import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from heapq import heappop, heappush

log = logging.getLogger("idp.deadlines")


@dataclass(slots=True, eq=False)
class Deadline:
    """What is to be done at a time of the monotonic clock, unless it is cancelled before."""

    when: float
    work: Callable[[], None] | None

    def cancel(self) -> None:
        """Do nothing when the time comes; what has begun already goes on."""
        self.work = None

    def __lt__(self, other: "Deadline") -> bool:
        """Whether this one comes first."""
        return self.when < other.when


class Deadlines:
    """The deadlines of this process; what is divided from it begins without any. Thread-safe."""

    _thread: threading.Thread | None

    def __init__(self) -> None:
        self._begin()
        os.register_at_fork(after_in_child=self._begin)

    def after(self, seconds: float, work: Callable[[], None]) -> Deadline:
        """Do something in so many seconds: something short, since the others wait for it, that raises nothing."""
        deadline = Deadline(time.monotonic() + seconds, work)
        with self._changed:
            heappush(self._waiting, deadline)
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="idp-deadlines", daemon=True)
                self._thread.start()
            elif self._waiting[0] is deadline:
                self._changed.notify()
        return deadline

    def _begin(self) -> None:
        self._changed = threading.Condition()
        self._waiting: list[Deadline] = []
        self._thread = None

    def _watch(self) -> None:
        while True:
            work = self._next().work
            if work is None:
                continue
            try:
                work()
            except Exception:  # the others are kept; without this thread, none would be any more
                log.warning("a deadline was not kept", exc_info=True)

    def _next(self) -> Deadline:
        """Return the next deadline when its time has come."""
        with self._changed:
            while True:
                while self._waiting and self._waiting[0].work is None:
                    heappop(self._waiting)
                left = self._waiting[0].when - time.monotonic() if self._waiting else None
                if left is not None and left <= 0:
                    return heappop(self._waiting)
                self._changed.wait(left)
