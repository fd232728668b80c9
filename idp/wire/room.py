"""The last free thread of a process: kept for short answers while the others wait for something that hangs.

A database whose locks are held, a Redis that says nothing: each request waits for its deadline, and with all threads
waiting a process could not even say that it lives (R-22). So the request that would take the last thread waits for
another to end, and is told to come back (503 with `Retry-After`) where none has ended for a second. Probes are always
let in. While work flows, some request ends within milliseconds and nobody notices.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Final
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from idp.protocol.errors import Unavailable

FULL: Final = "idp.full"
"""In `environ` of a request for which there is no room."""
PROBES: Final = ("/healthz", "/readyz")
_STUCK: Final = 1.0
"""Seconds without the end of any request, all threads but one at work, after which nobody waits for one."""
_COME_BACK: Final = 2


class Room:
    """Wraps a WSGI application. Thread-safe.

    Args:
        inner: what answers; it refuses a request marked `FULL`.
        threads: those of this process; with fewer than three there is none to keep free.
        timer: a monotonic clock in seconds.
    """

    def __init__(self, inner: WSGIApplication, threads: int, timer: Callable[[], float] = time.monotonic) -> None:
        self._inner = inner
        self._most = threads - 1
        self._timer = timer
        self._places: deque[None] = deque([None] * self._most)
        self._one_left = threading.Condition()
        self._waiting = 0
        self._moved = timer()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request, or have it refused."""
        if environ.get("PATH_INFO") in PROBES or self._most < 2:
            return self._inner(environ, start_response)
        if not self._enter():
            environ[FULL] = True
            return self._inner(environ, start_response)
        try:
            return self._inner(environ, start_response)
        finally:
            self._leave()

    def _enter(self) -> bool:
        """Take a place; no lock is needed for one that is free."""
        places = self._places
        if len(places) == self._most:
            self._moved = self._timer()  # nobody was there to end: a burst after a rest is no standstill
        try:
            places.pop()
        except IndexError:
            return self._wait()
        return True

    def _leave(self) -> None:
        self._moved = self._timer()
        self._places.append(None)
        # Who begins to wait after this look finds the place by itself.
        if self._waiting:
            with self._one_left:
                self._one_left.notify()

    def _wait(self) -> bool:
        with self._one_left:
            self._waiting += 1
            try:
                while True:
                    try:
                        self._places.pop()
                    except IndexError:
                        left = self._moved + _STUCK - self._timer()
                    else:
                        return True
                    if left <= 0:
                        return False
                    self._one_left.wait(left)
            finally:
                self._waiting -= 1


def refuse_when_full(environ: WSGIEnvironment) -> None:
    """Refuse a request that found no room.

    Raises:
        Unavailable: every thread but the last is waiting.
    """
    if FULL in environ:
        raise Unavailable("no thread is free", retry_after=_COME_BACK)
