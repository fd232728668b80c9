"""What monitoring reads of the house: gauges of this process, and what the database knows, for `idp.metrics`."""

import logging
import platform
import resource
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import Any, Final

from idp import config
from idp.members.reset_requests import RESET
from idp.members.sealed_mail import SEALED_MAIL
from idp.metrics import points
from idp.metrics.ledger import Reading
from idp.metrics.node import Node
from idp.parts import Parts
from idp.protocol.errors import Unavailable
from idp.services.client_logos import LOGO
from idp.services.notifications import MAIL
from idp.store.kv_stand_in import StandIn
from idp.store.leases import leases_of
from idp.store.logouts import LOGOUT
from idp.upstream import Entrance
from keys.rotation import in_force

log = logging.getLogger("idp.metrics")

KINDS: Final = (MAIL, SEALED_MAIL, RESET, LOGO, LOGOUT)
"""What the outbox may hold."""
_FRESH: Final = 10.0
"""Seconds for which what was read from the database is good enough: readers may come as often as they like."""


def node_of(house: Parts, port: int | None, upstreams: Callable[[], Mapping[str, Entrance]]) -> Node | None:
    """Return this process' part in the figures, or None where the settings name no port for them.

    Args:
        house: the parts of the provider.
        port: where scrapes are answered; None for nowhere.
        upstreams: returns the upstreams by name.

    Raises:
        ConfigurationError: the file of the token cannot be read.
    """
    settings = house.settings.metrics
    if port is None:
        return None
    token = config.read_secret(settings.token_file) if settings.token_file is not None else None
    stored = Stored(house)
    return Node((settings.host, port), token, lambda: own(house, upstreams()), stored)


def own(house: Parts, upstreams: Mapping[str, Entrance]) -> Iterator[Reading]:
    """Yield the gauges of this process."""
    yield points.BUILD, (version("carpimko-idp"), platform.python_version()), 1
    yield points.PROCESSES, (), 1
    memory = _resident()
    yield points.MEMORY, (), memory
    yield points.MEMORY_MOST, (), memory
    pool: Any = house.engine.pool
    free = len(leases_of(house.engine))
    yield points.DATABASE_CONNECTIONS, ("used",), max(0, getattr(pool, "checkedout", int)() - free)
    yield points.DATABASE_CONNECTIONS, ("idle",), getattr(pool, "checkedin", int)() + free
    yield (
        points.DATABASE_CONNECTIONS_MOST,
        (),
        house.settings.database.pool_size + house.settings.database.pool_overflow,
    )
    if isinstance(house.kv, StandIn):
        yield points.REDIS_STANDS_IN, (), int(house.kv.stands_in)
    for name, upstream in upstreams.items():
        yield points.UPSTREAM_OPEN, (name,), int(upstream.failing_since() is not None)


def _resident() -> int:
    try:
        # Linux: pages that are resident now (proc(5)).
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()
    except OSError:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024


class Stored:
    """Reads what the database knows, every ten seconds at most; nothing where it does not answer."""

    def __init__(self, house: Parts, timer: Callable[[], float] = time.monotonic) -> None:
        self._house = house
        self._timer = timer
        self._lock = Lock()
        self._read_at = float("-inf")
        self._held: tuple[Reading, ...] = ()

    def __call__(self) -> tuple[Reading, ...]:
        """Return the readings."""
        with self._lock:
            if self._timer() - self._read_at >= _FRESH:
                self._read_at = self._timer()
                try:
                    self._held = tuple(self._read())
                except Unavailable as error:
                    log.warning("queues and keys were not read: %s", error.reason)
                    self._held = ()
            return self._held

    def _read(self) -> Iterator[Reading]:
        house, now = self._house, self._house.clock()
        with house.store.reading() as unit:
            obstacles, letters, keys = unit.outbox.obstacles(), unit.letters.waiting_since(), unit.keys.all()
        waiting: dict[str, tuple[int, int]] = {}
        for one in obstacles:
            count, oldest = waiting.get(one.kind, (0, one.oldest))
            waiting[one.kind] = (count + one.count, min(oldest, one.oldest))
        for kind in sorted({*KINDS, *waiting}):
            count, oldest = waiting.get(kind, (0, now))
            yield points.OUTBOX_WAITING, (kind,), count
            yield points.OUTBOX_OLDEST, (kind,), max(0, now - oldest)
        yield points.LETTERS_WAITING, (), len(letters)
        yield points.LETTERS_OLDEST, (), max(0, now - min(letters, default=now))
        for algorithm in dict.fromkeys(house.settings.keys.algorithms):
            key = in_force([one for one in keys if one.algorithm == algorithm], now)
            if key is not None:
                yield points.KEY_AGE, (algorithm,), now - key.active_from
                yield points.KEY_REMAINS, (algorithm,), key.retire_at - now
