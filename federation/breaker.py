"""A circuit breaker: stop offering an upstream that keeps failing, and try it again by itself.

One per process and upstream. It judges by the share of failures over a sliding window, opens for
a fixed time, then lets one attempt through (half open): a success closes it, a failure opens it
again. It only withholds new attempts; a person who comes back with a code is always served.
"""

import threading
from collections import deque
from collections.abc import Callable
from typing import Literal

from idp.records import dataclass

State = Literal["closed", "open", "half_open"]


@dataclass(frozen=True, slots=True)
class BreakerPolicy:
    """When to open: at least ``minimum`` calls in ``window`` seconds of which ``share`` failed.

    ``open_for`` is how long it stays open before a probe, and how long a probe may take.
    """

    window: int = 60
    minimum: int = 5
    share: float = 0.5
    open_for: int = 30


class CircuitBreaker:
    """Counts successes and failures; thread-safe; time comes from ``clock`` (Unix seconds)."""

    def __init__(self, clock: Callable[[], int], policy: BreakerPolicy | None = None) -> None:
        self._clock = clock
        self._policy = policy or BreakerPolicy()
        self._lock = threading.Lock()
        self._calls: deque[tuple[int, bool]] = deque(maxlen=1000)
        self._opened_at: int | None = None
        self._probe_at: int | None = None
        self._failing_since: int | None = None

    @property
    def state(self) -> State:
        """What the breaker is doing now."""
        with self._lock:
            return self._state(self._clock())

    def open_since(self) -> int | None:
        """Return since when nothing succeeded, Unix seconds, or None where the upstream may be offered.

        Asking changes nothing. Failed probes do not move it: it is when the trouble began.
        """
        with self._lock:
            return self._failing_since if self._state(self._clock()) == "open" else None

    def allow(self) -> bool:
        """Whether one attempt may start now. While half open one attempt passes at a time."""
        with self._lock:
            now = self._clock()
            state = self._state(now)
            if state == "half_open":
                if self._probe_at is not None and now - self._probe_at < self._policy.open_for:
                    return False
                self._probe_at = now
            return state != "open"

    def success(self) -> None:
        """Record that the upstream answered as it should; a probe that succeeds closes."""
        with self._lock:
            now = self._clock()
            if self._state(now) != "closed":
                self._opened_at = self._probe_at = None
                self._calls.clear()
            self._failing_since = None
            self._calls.append((now, True))

    def failure(self) -> None:
        """Record that a call to the upstream failed; never anything that a browser said about it."""
        with self._lock:
            now = self._clock()
            state = self._state(now)
            self._calls.append((now, False))
            if self._failing_since is None:
                self._failing_since = now
            if state == "half_open" or (state == "closed" and self._too_many(now)):
                self._opened_at, self._probe_at = now, None

    def _state(self, now: int) -> State:
        if self._opened_at is None:
            return "closed"
        return "open" if now - self._opened_at < self._policy.open_for else "half_open"

    def _too_many(self, now: int) -> bool:
        while self._calls and now - self._calls[0][0] >= self._policy.window:
            self._calls.popleft()
        failed = sum(1 for _, succeeded in self._calls if not succeeded)
        total = len(self._calls)
        return total >= self._policy.minimum and failed >= self._policy.share * total
