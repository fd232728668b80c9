"""The console's own sessions: a record in the key-value store, found by the digest of a random cookie.

The provider's session says that somebody signed in; this one says that the console let them in. Shorter than the
provider's, ended with it, and believed only together with the administrator's row, which is read at every request: who
is shut out, or has other roles, is so at once.
"""

import hashlib
import json
import secrets
from dataclasses import asdict, replace
from typing import Final

from idp.clock import Clock
from idp.protocol.opaque import digest
from idp.records import dataclass
from idp.services.codes import ENDED_SESSION
from idp.store.administrators import Administrator
from idp.store.db import Store, once
from idp.upstream_ports import KeyValue

IDLE: Final = 900
"""Seconds without a request after which the console asks again who is there.

No longer than the provider remembers that one of its sessions ended (`idp.services.sign_out.LONGEST_CODE`): a console
session that is older than that memory has been idle for too long anyway.
"""
ABSOLUTE: Final = 8 * 3600
"""Seconds after which it asks again whatever happens: a working day."""
_TOUCH_EVERY: Final = 60


@dataclass(frozen=True, slots=True)
class ConsoleSession:
    """A browser that the console let in. Times are Unix seconds; `sid` is the provider's session behind it."""

    handle: str
    account_id: str
    epoch: int
    sid: str
    auth_time: int
    started_at: int
    seen_at: int


class Outlived(Exception):
    """The provider's session behind one of the console's is over."""


class ConsoleSessions:
    """Opens, reads and ends the console's sessions.

    Args:
        kv: where the records are.
        store: the administrators, and which of the provider's sessions ended.
        clock: Unix seconds.
    """

    def __init__(self, kv: KeyValue, store: Store, clock: Clock) -> None:
        self._kv = kv
        self._store = store
        self._clock = clock

    def start(self, administrator: Administrator, sid: str, auth_time: int) -> str:
        """Open a session and return its cookie value. Raises `KeyValueUnavailable`."""
        cookie, now = secrets.token_urlsafe(32), self._clock()
        handle = hashlib.sha256(cookie.encode()).hexdigest()
        session = ConsoleSession(handle, administrator.account_id, administrator.epoch, sid, auth_time, now, now)
        self._write(session)
        return cookie

    def get(self, cookie: str | None) -> tuple[ConsoleSession, Administrator] | None:
        """Return the live session of a cookie with the administrator as the database has them now, or None.

        Raises:
            Outlived: it would count still, and what it stood on is over; said once, for it ends with that.
            KeyValueUnavailable, Unavailable: nobody can say.
        """
        session = self._read(cookie)
        if session is None:
            return None
        with self._store.reading() as unit:
            administrator = unit.administrators.get(session.account_id)
            ended = unit.spent.known(ENDED_SESSION, digest(session.sid))
        current = administrator is not None and administrator.enabled and administrator.epoch == session.epoch
        if administrator is None or not current or ended:
            self.end(session)
            if administrator is None or not current:
                return None
            raise Outlived
        now = self._clock()
        if now - session.seen_at >= _TOUCH_EVERY:
            session = replace(session, seen_at=now)
            self._kv.replace(*self._record(session))
        return session, administrator

    def leave(self, session: ConsoleSession) -> None:
        """End a session whose administrator leaves, also one that a store which is not up to date brings back (D2).

        Raises:
            Unavailable: the database did not take it.
        """

        def work() -> None:
            with self._store.begin() as unit:
                unit.spent.mark(ENDED_SESSION, digest(session.sid), self._clock() + IDLE)

        once(work)
        self.end(session)

    def end(self, session: ConsoleSession) -> None:
        """End a session; ending one that is gone is no error."""
        self._kv.delete(f"console:{session.handle}")

    def _read(self, cookie: str | None) -> ConsoleSession | None:
        if not cookie or len(cookie) > 128:
            return None
        handle = hashlib.sha256(cookie.encode("utf-8", "surrogatepass")).hexdigest()
        raw = self._kv.get(f"console:{handle}")
        if raw is None:
            return None
        session, now = ConsoleSession(handle=handle, **json.loads(raw)), self._clock()
        return session if now - session.seen_at < IDLE and now - session.started_at < ABSOLUTE else None

    def _write(self, session: ConsoleSession) -> None:
        self._kv.set(*self._record(session))

    def _record(self, session: ConsoleSession) -> tuple[str, bytes, int]:
        members = {name: value for name, value in asdict(session).items() if name != "handle"}
        ttl = max(1, min(IDLE, session.started_at + ABSOLUTE - self._clock()))
        return f"console:{session.handle}", json.dumps(members).encode(), ttl
