"""Exchanges with PostgreSQL that last too long: their connections are cut, so that their threads are free again.

A statement has a deadline that PostgreSQL itself keeps. Where the server is frozen while its machine still answers, by
a stalled disk say, that deadline is frozen with it, and no packet is missing that the kernel would notice.
"""

import logging
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final, Protocol
from weakref import WeakSet

log = logging.getLogger("idp.store")

KEPT: Final = "idp_libpq"
"""Where a connection of the pool keeps, in its `info`, what is watched of it."""
_EVERY: Final = 1.0
"""Seconds between two looks."""


class Watched(Protocol):
    """A connection: since when an answer is awaited, `time.monotonic()`, 0 when none is; and its socket."""

    asked_at: float

    @property
    def descriptor(self) -> int:
        """The file descriptor of its socket, which exists while an answer is awaited."""
        ...


class Watch:
    """Looks at connections from a thread of its own, once there is one.

    Args:
        patience: seconds after which an answer is not waited for any longer; more than the server's own deadline.
        every: seconds between two looks.
    """

    def __init__(self, patience: float, every: float = _EVERY) -> None:
        self.patience = patience
        self._every = every
        self._watched: WeakSet[Watched] = WeakSet()
        self._lock = threading.Lock()
        self._process = 0

    def add(self, connection: Watched) -> None:
        """Look after a connection as long as it is held by anybody else."""
        with self._lock:
            self._watched.add(connection)
            if self._process != os.getpid():  # threads do not survive a fork
                self._process = os.getpid()
                threading.Thread(target=self._run, name="idp-frozen", daemon=True).start()

    def look(self) -> int:
        """Cut the connections that wait for too long; return how many."""
        with self._lock:
            since = [(one, one.asked_at) for one in self._watched]
        limit = time.monotonic() - self.patience
        return sum(_cut(one, asked_at) for one, asked_at in since if 0.0 < asked_at < limit)

    def _run(self) -> None:
        while True:
            time.sleep(self._every)
            try:
                self.look()
            except Exception:  # another look comes; without one, nobody is watched any more
                log.warning("connections were not looked after", exc_info=True)


@contextmanager
def awaited(connection: Watched | None) -> Iterator[None]:
    """Have it known, while the block runs, that an answer is awaited on a connection, if it is a watched one."""
    if connection is None:
        yield
        return
    connection.asked_at = time.monotonic()
    try:
        yield
    finally:
        connection.asked_at = 0.0


def _cut(connection: Watched, asked_at: float) -> bool:
    """Shut the socket of a connection down if the same answer is awaited still."""
    with suppress(OSError), socket.socket(fileno=os.dup(connection.descriptor)) as copy:
        # Looked at after the copy was made: it is this connection's, and not one that took over its number.
        if connection.asked_at == asked_at:
            log.error("PostgreSQL does not answer: a connection is cut", extra={"event": "database_frozen"})
            copy.shutdown(socket.SHUT_RDWR)
            return True
    return False
