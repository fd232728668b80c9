"""The switch of an upstream: an operator pauses it, every node withholds the button within seconds.

The pause is a row in SQL, for the key-value store may vanish (decision D3). A node reads the rows every few seconds
at most; while the database does not answer it goes on with what it read last.
"""

import threading
from collections.abc import Mapping
from typing import Final

from idp.clock import Clock
from idp.protocol.errors import Unavailable
from idp.services.audit import AuditLog
from idp.store.db import Store, once
from idp.upstream import Outage
from idp.upstream_desk import NO_FACTS

FRESH: Final = 5
"""Seconds for which what was read is believed."""


class UpstreamSwitch:
    """Pauses of every upstream. Thread-safe: one thread reads, the others use what there is."""

    def __init__(self, store: Store, audit: AuditLog, clock: Clock) -> None:
        self._store, self._audit, self._clock = store, audit, clock
        self._lock = threading.Lock()
        self._read_at: int | None = None
        self._pauses: Mapping[str, Outage] = {}

    def pause(
        self,
        provider: str,
        *,
        until: int | None = None,
        words: Mapping[str, str] | None = None,
        facts: Mapping[str, str] = NO_FACTS,
    ) -> None:
        """Withhold an upstream from now on.

        Args:
            provider: its name, such as `franceconnect`.
            until: when the pause ends by itself, Unix seconds; None: when it is resumed.
            words: what members are told instead of the house's sentence, by language.
            facts: what the audit keeps of whoever does it.

        Raises:
            Unavailable: the database does not answer; nothing was changed.
        """
        now = self._clock()

        def work() -> None:
            with self._store.begin() as unit:
                unit.upstream_pauses.put(provider, now, until, words or {})
                self._audit.within(unit, "federation.pause", provider=provider, until=until or 0, **facts)

        once(work)
        self._read_at = None

    def resume(self, provider: str, *, facts: Mapping[str, str] = NO_FACTS) -> bool:
        """Offer an upstream again; return whether it was paused.

        Raises:
            Unavailable: the database does not answer; nothing was changed.
        """

        def work() -> bool:
            with self._store.begin() as unit:
                ended = unit.upstream_pauses.delete(provider)
                if ended:
                    self._audit.within(unit, "federation.resume", provider=provider, **facts)
                return ended

        ended = once(work)
        self._read_at = None
        return ended

    def paused(self, provider: str) -> Outage | None:
        """Return the pause of an upstream that is in force now, or None; never fails."""
        now, read_at = self._clock(), self._read_at
        if (read_at is None or not 0 <= now - read_at < FRESH) and self._lock.acquire(blocking=read_at is None):
            try:
                self._read(now)
            finally:
                self._lock.release()
        pause = self._pauses.get(provider)
        return None if pause is None or (pause.until is not None and pause.until <= now) else pause

    def _read(self, now: int) -> None:
        try:
            with self._store.reading() as unit:
                self._pauses = unit.upstream_pauses.all()
        except Unavailable:
            # What was read last stands: a database that is down must not switch anything on or off.
            pass
        self._read_at = now
