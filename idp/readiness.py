"""What `/readyz` says of each part of the house: asked side by side, each with a deadline, once a second at most.

A part that hangs is `late` and keeps one thread, whoever asks and however often. Nobody outside is called: mail is
judged by what waits in the outbox, upstreams by their circuit breakers.
"""

import logging
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final, cast

from sqlalchemy import Engine

from idp.endpoints.health import OK, Part
from idp.members.reset_requests import RESET
from idp.members.sealed_mail import SEALED_MAIL
from idp.parts import Parts
from idp.records import dataclass
from idp.services.notifications import MAIL
from idp.store import schema
from idp.store.db import Store
from idp.store.kv import SqlKeyValue
from idp.store.kv_stand_in import StandIn
from idp.upstream import Entrance
from idp.upstream_ports import KeyValue

if TYPE_CHECKING:
    from idp.store.kv_redis import RedisKeyValue

log = logging.getLogger("idp.health")

FRESH: Final = 1.0
"""Seconds for which an answer is good enough."""
OLDEST: Final = 15.0
"""Seconds after which an answer is not given again while another look is under way: more than probes lie apart."""
DEADLINE: Final = 2.0
"""Seconds after which a needed part that has not answered is `late`; less than balancers wait."""
DEADLINE_BESIDE: Final = 0.75
"""The same for what only degrades: a node that is fit must say so in good time."""
LATE: Final = "late"
DOWN: Final = "down"
_MAIL_RESTS: Final = 300
"""Seconds that mail may wait, as it does between two attempts, before something is wrong with its way."""
_MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Check:
    """Asks one part: returns its state in a word, `ok` where all is well; what it raises means `down`."""

    name: str
    needed: bool
    ask: Callable[[], str]


class Readiness:
    """Asks the parts. Thread-safe; one thread looks, and whoever comes meanwhile gets the answer before.

    That one is as old as the look before: four seconds at most where somebody probes each second. Only where it is
    older than `OLDEST` is a look under way waited for: else a burst of probes would hold every thread for as long as a
    part hangs.

    Args:
        checks: what to ask.
        deadline: seconds that a needed one may take.
        beside: seconds that another may take.
        timer: a monotonic clock.
    """

    def __init__(
        self,
        checks: Callable[[], tuple[Check, ...]],
        *,
        deadline: float = DEADLINE,
        beside: float = DEADLINE_BESIDE,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._checks = checks
        self._deadline = deadline
        self._beside = beside
        self._timer = timer
        self._lock = Lock()
        self._asked_at = float("-inf")
        self._held: tuple[Part, ...] = ()
        self._under_way: dict[str, Future[str]] = {}
        self._hands = ThreadPoolExecutor(16, "idp-readiness")

    def __call__(self) -> tuple[Part, ...]:
        """Return every part."""
        old = self._timer() - self._asked_at > OLDEST
        patience = 2 * self._deadline if old else 0
        if self._lock.acquire(timeout=patience if self._held else -1):
            try:
                if self._timer() - self._asked_at >= FRESH:
                    self._held = self._ask()
                    self._asked_at = self._timer()
            finally:
                self._lock.release()
        return self._held

    def _ask(self) -> tuple[Part, ...]:
        checks = self._checks()
        for check in checks:
            if check.name not in self._under_way:
                self._under_way[check.name] = self._hands.submit(_state, check)
        began = self._timer()
        wait([self._under_way[check.name] for check in checks if check.needed], self._deadline)
        rest = self._beside - (self._timer() - began)
        wait([self._under_way[check.name] for check in checks if not check.needed], max(0.0, rest))
        return tuple(Part(check.name, self._taken(check.name), check.needed) for check in checks)

    def _taken(self, name: str) -> str:
        future = self._under_way[name]
        if not future.done():
            return LATE
        del self._under_way[name]
        return future.result()


def _state(check: Check) -> str:
    try:
        return check.ask()
    except Exception as error:  # noqa: BLE001 - whatever a part does, the answer is that it is not there
        log.warning("%s is down: %s", check.name, type(error).__name__)
        return DOWN


def readiness_of(house: Parts, probing: Engine, upstreams: Callable[[], Mapping[str, Entrance]]) -> Readiness:
    """Return the readiness of a provider.

    Args:
        house: its parts.
        probing: an engine that nobody else uses.
        upstreams: returns those by which people sign in, by name.
    """

    def checks() -> tuple[Check, ...]:
        kv = house.kv
        redis = () if isinstance(kv, SqlKeyValue) else (Check("redis", False, lambda: _answers(kv)),)
        outside = tuple(Check(name, False, partial(_offered, one)) for name, one in upstreams().items())
        return (
            Check("database", True, lambda: schema.condition(probing)),
            Check("keys", True, lambda: OK if house.ring.signing_algorithms(house.clock()) else DOWN),
            Check("disk", True, lambda: _room(house)),
            *redis,
            Check("mail", False, lambda: _mail(house, Store(probing))),
            *outside,
        )

    return Readiness(checks)


def _answers(kv: KeyValue) -> str:
    if isinstance(kv, StandIn):
        return kv.condition()
    cast("RedisKeyValue", kv).ping()
    return OK


def _offered(upstream: Entrance) -> str:
    outage = upstream.outage()
    if outage is None:
        return OK
    return "paused" if outage.paused else DOWN


def _mail(house: Parts, store: Store) -> str:
    with store.reading() as unit:
        oldest = unit.outbox.oldest((MAIL, SEALED_MAIL, RESET))
    return OK if oldest is None or house.clock() - oldest <= _MAIL_RESTS else "waiting"


def _room(house: Parts) -> str:
    """Say whether there is room where this process writes: for a SQLite database, messages as files, uploads."""
    places = {Path(tempfile.gettempdir())}
    if house.engine.dialect.name == "sqlite":
        places.add(Path(str(house.engine.url.database)).parent)
    if house.settings.mail.transport == "file" and house.settings.mail.directory.exists():
        places.add(house.settings.mail.directory)
    least = house.settings.server.least_disk_mib * _MIB
    return OK if all(shutil.disk_usage(place).free >= least for place in places) else "full"
