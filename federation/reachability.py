"""Whether an upstream can be reached at all, known before a person is sent there.

A browser sent to a host that does not answer shows its own error page, from which there is no way on. So the button
asks first; one thread asks, at most every few seconds, and the others believe its last answer.
"""

import threading
from collections.abc import Callable

from federation.upstream_errors import UpstreamDown

EVERY = 20
"""Seconds for which an answer is believed."""


class Reachability:
    """Remembers whether the last touch succeeded. Thread-safe.

    ``touch`` asks for something small and raises UpstreamDown when nothing answered; ``clock`` gives Unix seconds.
    """

    def __init__(self, touch: Callable[[], None], clock: Callable[[], int], every: int = EVERY) -> None:
        self._touch, self._clock, self._every = touch, clock, every
        self._lock = threading.Lock()
        self._asked_at: int | None = None
        self._reached = True

    def __call__(self) -> bool:
        """Return whether the upstream answered when it was last asked; asks when that is too long ago."""
        now, asked_at = self._clock(), self._asked_at
        if asked_at is not None and 0 <= now - asked_at < self._every:
            return self._reached
        if not self._lock.acquire(blocking=False):
            return self._reached
        try:
            if self._asked_at == asked_at:
                self._reached = self._answers()
                self._asked_at = self._clock()
        finally:
            self._lock.release()
        return self._reached

    def _answers(self) -> bool:
        try:
            self._touch()
        except UpstreamDown:
            return False
        return True
