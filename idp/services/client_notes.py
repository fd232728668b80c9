"""Notes of what applications do and what they are refused: gathered in memory, written a few at a time.

A request notes in memory and returns. The worker beside the server writes what its process noted every two seconds;
where it works elsewhere, a request does every ten seconds at most, in transactions that do not wait for the disk.
So strangers who send refused requests by the thousand cost a counter, and a good request costs no statement.

A turn writes every refusal, and of what was done the oldest notes, a tenth of them where many wait: with thousands of
applications at once, writing what each did since the last turn would cost a tenth of the machine, and what waits is
counted on meanwhile. What was not written yet is lost with the process: these are hints, no proof.
"""

import logging
from collections.abc import Collection, Sequence
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
SOON: Final = 3
"""The same where something was left; longer than a worker beside the server rests, so that only one of them writes."""
MAX_REFUSALS: Final = 2000
"""Different refusals that wait to be written; others are not taken, which the log says."""
MAX_DONE: Final = 20_000
"""The same of what was done: a few a day of each application that is at work."""
_GRANTS: Final = {
    Kind.REDEEMED: "authorization_code",
    Kind.REFRESHED: "refresh_token",
    Kind.OWN_TOKEN: "client_credentials",
}
_REFUSALS: Final = frozenset(FAULTS) - {Kind.NOT_TOLD}
"""Refusals of a request of the application's own, which has a reference; what it would not take has none."""
_FAULTS: Final = frozenset(FAULTS)
AT_ONCE: Final = 200
"""Notes that are written in one transaction, by two exchanges."""
TURNS: Final = 10
"""Turns within which what was done is written, however much waits."""
KEPT: Final = 90 * DAY
"""Seconds for which a day is kept."""


_Name = tuple[str, int, Kind, str]
_Waiting = dict[_Name, Noted]


class ClientNotes:
    """Takes notes. Thread-safe; a dictionary write a note."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._lock = Lock()
        self._writing = Lock()
        self._written_at = clock()
        self._refused: _Waiting = {}
        self._done: _Waiting = {}
        self._not_taken = 0

    def __call__(self, client_id: str, kind: Kind, aspect: str = "", *, sent: str = "", registered: str = "") -> None:
        """Note something that a registered application did or was refused; `sent` and `registered` fit to be shown."""
        if kind in _GRANTS:
            TOKENS.add(_GRANTS[kind])
        now = self._clock()
        name = (client_id, now // DAY, kind, aspect)
        of = reference() if kind in _REFUSALS else ""
        with self._lock:
            waiting, most = (self._refused, MAX_REFUSALS) if kind in _FAULTS else (self._done, MAX_DONE)
            held = waiting.get(name)
            if held is not None:
                held.count += 1
                held.last_at, held.reference = now, of
                if sent or registered:
                    held.sent, held.registered = sent[:256], registered[:256]
            elif len(waiting) < most:
                waiting[name] = Noted(
                    client_id, now // DAY, kind.value, aspect[:128], 1, now, now, sent[:256], registered[:256], of
                )
            else:
                self._not_taken += 1
        if not 0 <= now - self._written_at < EVERY:
            self._write_if_due()

    def write(self, of: Collection[str] | None = None) -> None:
        """Write all that was noted of some clients, by id, for who shows them: None for all.

        May raise `Unavailable`; what was not tried then waits on.
        """
        some = []
        with self._lock:
            for waiting in (self._refused, self._done):
                names = [name for name in waiting if of is None or name[0] in of]
                some += [(name, waiting.pop(name)) for name in names]
        self._write(some)

    def write_some(self) -> None:
        """Write what a turn may, where nobody else is at it. May raise `Unavailable`, as `write` does."""
        if not self._writing.acquire(blocking=False):
            return
        try:
            with self._lock:
                oldest = list(islice(self._done, max(AT_ONCE, len(self._done) // TURNS)))
                some = [*self._refused.items(), *((name, self._done.pop(name)) for name in oldest)]
                self._refused = {}
                not_taken, self._not_taken = self._not_taken, 0
                self._written_at = self._clock() - (EVERY - SOON if self._done else 0)
            if not_taken:
                log.warning("%d notes of what applications did were not taken: too many different ones wait", not_taken)
            self._write(some)
        finally:
            self._writing.release()

    def _write(self, some: list[tuple[_Name, Noted]]) -> None:
        while some:
            now, some = some[:AT_ONCE], some[AT_ONCE:]
            try:
                self._add([one for _, one in now])
            except Exception:
                self._wait_on(some)
                raise

    def _wait_on(self, some: Sequence[tuple[_Name, Noted]]) -> None:
        """Have notes wait that were not tried, with what was noted of the same meanwhile."""
        with self._lock:
            for name, one in some:
                waiting = self._refused if name[2] in _FAULTS else self._done
                later = waiting.setdefault(name, one)
                if later is not one:
                    later.count += one.count
                    later.first_at = one.first_at
                    if not (later.sent or later.registered):
                        later.sent, later.registered = one.sent, one.registered

    def _add(self, some: Sequence[Noted]) -> None:
        """Add some in one order, so that two processes never wait for each other in a circle."""
        if not some:
            return
        with self._store.fleeting() as unit:
            known = unit.clients.known({one.client_id for one in some})
            unit.client_days.add(sorted((one for one in some if one.client_id in known), key=_place))

    def _write_if_due(self) -> None:
        try:
            self.write_some()
        except Exception:  # whatever a database does, nobody's sign-in hangs on this
            log.warning("what applications did was not written", exc_info=True)


def _place(one: Noted) -> tuple[str, int, str, str]:
    return (one.client_id, one.day, one.kind, one.aspect)
