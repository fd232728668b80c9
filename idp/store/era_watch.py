"""Watches over the two stores of what may vanish: looks which is used, and moves from one to the other (R-12).

Every node asks the database which it is (`idp.store.eras`), so that all use the same one whatever each of them sees of
Redis. What was read is believed for a lease of a few seconds, and read again once a second. Between two stores lies a
step in which neither is used, longer than a lease: when the next one begins, nobody works with the one before any
more. So a sign-out that one node acknowledges cannot meet a session that another still finds in the store before.

Redis is left when it has not done a write and a read for a while, and taken back when it has done so on every node that
looks, for longer; for twice as long each time it was lost again within the hour.
"""

import logging
import secrets
import threading
import time
from collections.abc import Callable
from typing import Final

from idp.clock import Clock
from idp.protocol.errors import Unavailable
from idp.records import dataclass
from idp.store.db import Store
from idp.store.eras import DATABASE, FIRST, REDIS, Era
from idp.upstream_ports import KeyValueUnavailable

log = logging.getLogger("idp.stand_in")

LOOK: Final = 1.0
"""Seconds after which the step is read again."""
LEASE: Final = 3.0
"""Seconds for which it is believed, counted from before it was read."""
BETWEEN: Final = LEASE + 0.5
"""Seconds for which neither store is used, counted from after the step was read."""
PACE: Final = 1.0
"""Seconds between two looks at Redis by one process."""
_UNSEEN: Final = 10.0
"""Seconds without a look after which nothing is known of how long Redis has been as it is."""
_DOUBTS: Final = 3
"""Seconds between two notes that Redis cannot be used."""
_WAIT: Final = 2.0
"""Seconds that a request waits for another that reads the step."""
_HOUR: Final = 3600
_MOST_DOUBLINGS: Final = 4


@dataclass(frozen=True, slots=True)
class _Held:
    """A step, when its reading began, and when this process first saw it; by the timer."""

    era: Era
    read_at: float
    seen_at: float


class EraWatch:
    """The step as this process knows it. Thread-safe.

    Args:
        store: where the steps are.
        clock: Unix seconds.
        works: tries whether Redis writes and reads.
        after: seconds without that after which the database stands in.
        calm: seconds with it after which Redis is used again.
        timer: a monotonic clock in seconds.
        aside: runs what may wait for Redis, so that no request does.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        works: Callable[[], bool],
        *,
        after: float,
        calm: float,
        timer: Callable[[], float] = time.monotonic,
        aside: Callable[[Callable[[], None]], None] | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._works = works
        self._after = after
        self._calm = calm
        self._timer = timer
        self._aside = aside or _in_a_thread
        self._held = _Held(FIRST, float("-inf"), float("-inf"))
        self._reading = threading.Lock()
        self._tending = threading.Lock()
        self._suspected = False
        self._next = float("-inf")
        self._looked_at = float("-inf")
        self._worked = True
        self._since = float("-inf")

    @property
    def last(self) -> Era:
        """The step that was read last, however long ago."""
        return self._held.era

    def era(self) -> Era:
        """Return the step that is now. Mostly no read at all; one statement when a second has passed.

        Raises:
            KeyValueUnavailable: the database does not say.
        """
        held = self._held
        if self._timer() - held.read_at >= LOOK:
            held = self._look(held)
        if self._suspected or held.era.place != REDIS:
            self._tend(held)
        return held.era

    def suspect(self) -> None:
        """Tell that a call of Redis had no answer, or a refusal."""
        self._suspected = True

    def _look(self, held: _Held) -> _Held:
        good = self._timer() - held.read_at < LEASE
        if self._reading.acquire(timeout=0 if good else _WAIT):
            try:
                if self._timer() - self._held.read_at >= LOOK:
                    self._read()
            except Unavailable as error:
                log.warning("whether Redis is used cannot be read: %s", error.reason)
            finally:
                self._reading.release()
        held = self._held
        if self._timer() - held.read_at >= LEASE:
            raise KeyValueUnavailable("whether Redis is used is not known")
        return held

    def _read(self) -> None:
        began, before = self._timer(), self._held
        with self._store.reading() as unit:
            era = unit.eras.current()
        if era.mark == before.era.mark:
            self._held = _Held(era, began, before.seen_at)
            return
        self._suspected, self._looked_at = False, float("-inf")
        self._held = _Held(era, began, self._timer())
        if era.place == DATABASE:
            log.error("Redis is gone: the database stands in, step %d", era.step)
        else:
            log.warning("what may vanish is kept anew: %s, step %d", era.place, era.step)

    def _tend(self, held: _Held) -> None:
        if self._timer() < self._next or not self._tending.acquire(blocking=False):
            return
        self._next = self._timer() + PACE

        def work() -> None:
            try:
                self._consider(held)
            except Unavailable as error:
                log.warning("the store of what may vanish is not changed: %s", error.reason)
            finally:
                self._tending.release()

        try:
            self._aside(work)
        except RuntimeError:  # no thread can be started: the next second sees
            self._tending.release()

    def _consider(self, held: _Held) -> None:
        era = held.era
        if era.place not in {REDIS, DATABASE}:
            if self._timer() - held.seen_at >= BETWEEN:
                self._begin(era.step + 1)
            return
        works, lasted = self._look_at_redis()
        if era.place == REDIS:
            self._suspected = not works
            if not works and lasted >= self._after:
                self._begin(era.step + 1)
        elif not works:
            self._doubt(era)
        elif lasted >= self._calm and self._long_enough() <= min(lasted, self._clock() - era.doubted_at):
            self._begin(era.step + 1)

    def _look_at_redis(self) -> tuple[bool, float]:
        """Return whether Redis works, and for how many seconds that is known to be so."""
        began = self._timer()
        works = self._works()
        if works != self._worked or began - self._looked_at >= _UNSEEN:
            self._worked, self._since = works, began
        self._looked_at = self._timer()
        return works, self._looked_at - self._since

    def _doubt(self, era: Era) -> None:
        now = self._clock()
        if now - era.doubted_at >= _DOUBTS:
            log.warning("Redis does not work for this node, the database goes on standing in")
            with self._store.begin() as unit:
                unit.eras.doubt(era.step, now)

    def _long_enough(self) -> float:
        """Return the seconds of calm that it takes this time."""
        with self._store.reading() as unit:
            lost = unit.eras.stood_in(self._clock() - _HOUR)
        return self._calm * (1 << min(max(0, lost - 1), _MOST_DOUBLINGS))

    def _begin(self, step: int) -> None:
        with self._store.begin() as unit:
            unit.eras.begin(step, secrets.token_hex(6), self._clock())
        with self._reading:
            self._read()


def _in_a_thread(work: Callable[[], None]) -> None:
    threading.Thread(target=work, name="idp-stand-in", daemon=True).start()
