"""Notes of what applications do and what they are refused: gathered in memory, written a few at a time.

A request notes in memory and returns. The worker beside the server writes what its process noted every two seconds;
where it works elsewhere, a request does every ten seconds at most, in one transaction that does not wait for the disk.
A turn writes no more than `AT_ONCE`, the oldest first: with thousands of applications at once, writing what each did
since the last turn would cost a tenth of the machine, and what waits is counted on meanwhile. So strangers who send
refused requests by the thousand cost a counter, and a good request costs no statement. What was not written yet is
lost with the process: these are hints, no proof.
"""

import logging
from collections.abc import Sequence
from itertools import islice
from threading import Lock
from typing import Final

from idp.clock import Clock
from idp.metrics.points import TOKENS
from idp.protocol.client_notes import FAULTS, Kind
from idp.store.client_days import DAY, Noted
from idp.store.db import Store
from idp.under_way import reference

log = logging.getLogger("idp.clients")

EVERY: Final = 10
"""Seconds between two writes of one process by its requests."""
SOON: Final = 2
"""The same where something was left."""
MAX_NOTES: Final = 10_000
"""Different notes that wait to be written; others are not taken."""
_GRANTS: Final = {
    Kind.REDEEMED: "authorization_code",
    Kind.REFRESHED: "refresh_token",
    Kind.OWN_TOKEN: "client_credentials",
}
_REFUSALS: Final = frozenset(FAULTS) - {Kind.NOT_TOLD}
"""Refusals of a request of the application's own, which has a reference; what it would not take has none."""
AT_ONCE: Final = 200
"""Notes that are written in one turn and transaction, by two exchanges."""
KEPT: Final = 90 * DAY
"""Seconds for which a day is kept."""


class ClientNotes:
    """Takes notes. Thread-safe; a dictionary write a note."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._lock = Lock()
        self._writing = Lock()
        self._written_at = clock()
        self._waiting: dict[tuple[str, int, Kind, str], Noted] = {}

    def __call__(self, client_id: str, kind: Kind, aspect: str = "", *, sent: str = "", registered: str = "") -> None:
        """Note something that a registered application did or was refused; `sent` and `registered` fit to be shown."""
        if kind in _GRANTS:
            TOKENS.add(_GRANTS[kind])
        now = self._clock()
        name = (client_id, now // DAY, kind, aspect)
        of = reference() if kind in _REFUSALS else ""
        with self._lock:
            held = self._waiting.get(name)
            if held is None and len(self._waiting) < MAX_NOTES:
                fresh = Noted(
                    client_id, now // DAY, kind.value, aspect[:128], 1, now, now, sent[:256], registered[:256], of
                )
                self._waiting[name] = fresh
            elif held is not None:
                held.count += 1
                held.last_at, held.reference = now, of
                if sent or registered:
                    held.sent, held.registered = sent[:256], registered[:256]
        if not 0 <= now - self._written_at < EVERY:
            self._write_if_due(now)

    def write(self) -> None:
        """Write all that was noted, for who shows it. Lost where the store does not answer: may raise `Unavailable`."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        notes = iter(waiting.values())
        while some := list(islice(notes, AT_ONCE)):
            self._add(some)

    def write_some(self) -> bool:
        """Write the oldest notes, as many as a turn may; return whether some are left.

        They are lost where the store does not answer, which may raise `Unavailable`.
        """
        with self._lock:
            some = [self._waiting.pop(name) for name in list(islice(self._waiting, AT_ONCE))]
            left = bool(self._waiting)
        self._add(some)
        return left

    def _add(self, some: Sequence[Noted]) -> None:
        """Add some in one order, so that two processes never wait for each other in a circle."""
        if not some:
            return
        with self._store.fleeting() as unit:
            known = unit.clients.known({one.client_id for one in some})
            unit.client_days.add(sorted((one for one in some if one.client_id in known), key=_place))

    def _write_if_due(self, now: int) -> None:
        if not self._writing.acquire(blocking=False):
            return
        try:
            self._written_at = now
            if self.write_some():
                self._written_at = now - EVERY + SOON
        except Exception:  # whatever a database does, nobody's sign-in hangs on this
            log.warning("what applications did was not written", exc_info=True)
        finally:
            self._writing.release()


def _place(one: Noted) -> tuple[str, int, str, str]:
    return (one.client_id, one.day, one.kind, one.aspect)
