"""Single sign-on sessions: server-side records in the key-value store, found by a random cookie.

Promises: a new identifier at every authentication, the old record removed first (N-120, V-49); idle and absolute
limits enforced when a session is read, whatever the store's own expiry does (N-121); the record is JSON (N-139); the
cookie's value is stored only as a digest. What happens when the store loses a record: the member signs in again; when
it loses the end of one: nothing, since a session also has to be on record in the database (`idp.services.standing`).
"""

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from typing import Final

from idp.clock import Clock
from idp.records import dataclass
from idp.upstream import LoginOutcome
from idp.upstream_ports import KeyValue, KeyValueUnavailable, Seal
from keys.entropy import token_urlsafe

TOUCH_EVERY = 60
"""Seconds between two writes that only say a session is in use."""

FOLLOWED_FOR: Final = 60
"""Seconds for which it is known under which handle a session goes on: while the new cookie is on its way."""

LONGEST_COOKIE: Final = 128
"""Characters of a value that may be a session's cookie."""

_STEPS: Final = 5
"""A session that went on more often than this within `FOLLOWED_FOR` is followed no further."""

_TRIES: Final = 20
"""More requests of one browser than this do not change its session at once."""


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in browser. `handle` is the digest that finds the record; `sid` is public (ID tokens, logout).

    `interaction` is the sign-in page that opened it, so that a forced re-authentication is recognised as done.
    `upstream` is the sealed handle of the upstream's session (base64url), empty after a password.
    """

    handle: str
    sid: str
    account_id: str
    epoch: int
    auth_time: int
    acr: str
    amr: tuple[str, ...]
    provider: str
    started_at: int
    seen_at: int
    interaction: str = ""
    upstream: str = ""
    clients: tuple[str, ...] = ()
    upstream_provider: str = ""

    @property
    def upstream_name(self) -> str:
        """Whose session `upstream` is: that of the last sign-in, unless it was linked from the account."""
        return self.upstream_provider or self.provider


_MEMBERS: Final = tuple(field.name for field in fields(Session) if field.name != "handle")
"""What is kept of a session: texts, numbers and lists of texts, which JSON has as they are."""


class Sessions:
    """Opens, reads and ends sessions.

    Args:
        idle: seconds without use after which a session ends.
        absolute: seconds after which it ends whatever its use.
    """

    def __init__(self, kv: KeyValue, seal: Seal, clock: Clock, *, idle: int, absolute: int) -> None:
        self._kv = kv
        self._seal = seal
        self._clock = clock
        self._idle = idle
        self._absolute = absolute

    def get(self, cookie: str | None) -> Session | None:
        """Return the live session of a cookie value, or None. Reads the store once; raises `KeyValueUnavailable`."""
        if not cookie or len(cookie) > LONGEST_COOKIE:
            return None
        return self.find(handle_of(cookie))

    @staticmethod
    def key(cookie: str | None) -> str | None:
        """Return the key under which the session of a cookie value is kept, for who reads it with something else."""
        return None if not cookie or len(cookie) > LONGEST_COOKIE else f"session:{handle_of(cookie)}"

    def find(self, handle: str) -> Session | None:
        """Return the live session with this handle, or None; for a member who looks after other browsers' sessions."""
        return self.read(f"session:{handle}", self._kv.get(f"session:{handle}"))

    def read(self, key: str, raw: bytes | None) -> Session | None:
        """Return the live session that is kept under a key, or None; `raw` is what lay there."""
        handle = key.removeprefix("session:")
        session = _decode(handle, raw) if raw is not None else None
        if session is None:
            return None
        now = self._clock()
        if now - session.seen_at >= self._idle or now - session.started_at >= self._absolute:
            self._kv.delete(f"session:{handle}")
            return None
        return session

    def start(
        self,
        outcome: LoginOutcome,
        *,
        epoch: int,
        interaction: str,
        previous: Session | None,
    ) -> tuple[str, Session]:
        """Open a session after a sign-in and return its cookie value and record; the previous one is dead first.

        The same member re-authenticating keeps `sid` and the list of applications, so that one logout still
        reaches them all; another member gets nothing of the previous one (V-45).
        """
        same = previous is not None and previous.account_id == outcome.account_id
        now = self._clock()
        cookie = new_cookie()
        if previous is not None:
            self._kv.take(f"session:{previous.handle}", _follows(previous.handle, cookie) if same else None)
        own = self._sealed(outcome)
        kept = previous if same and not own else None
        session = Session(
            handle=handle_of(cookie),
            sid=previous.sid if same and previous else token_urlsafe(24),
            account_id=outcome.account_id,
            epoch=epoch,
            auth_time=outcome.auth_time,
            acr=outcome.acr,
            amr=outcome.amr,
            provider=outcome.provider,
            started_at=now,
            seen_at=now,
            interaction=interaction,
            upstream=kept.upstream if kept else own,
            clients=previous.clients if same and previous else (),
            upstream_provider=kept.upstream_name if kept and kept.upstream else outcome.provider if own else "",
        )
        self._kv.set(*self._record(session))
        return cookie, session

    def renew(self, session: Session, cookie: str, epoch: int) -> Session | None:
        """Give a session another cookie value and the account's new epoch; the old value is dead first (N-120).

        For a member who has just changed the password: the only session that outlives the change. Returns None when
        it has ended since it was read: its record is there until a sign-out, or this, takes it.
        """
        raw = self._kv.take(f"session:{session.handle}", _follows(session.handle, cookie))
        found = None if raw is None else _decode(session.handle, raw)
        if found is None:
            return None
        renewed = replace(found, handle=handle_of(cookie), epoch=epoch, seen_at=self._clock())
        self._kv.set(*self._record(renewed))
        return renewed

    def following(self, cookie: str | None) -> Sequence[str]:
        """Return the handles under which the session of a cookie value went on a moment ago, one after another."""
        if not cookie or len(cookie) > LONGEST_COOKIE:
            return ()
        handles = [handle_of(cookie)]
        for _ in range(_STEPS):
            raw = self._kv.get(f"session-follows:{handles[-1]}")
            if raw is None:
                break
            handles.append(raw.decode())
        return handles[1:]

    def used(self, session: Session, client_id: str | None = None) -> Session | None:
        """Note the use of a session, and the application that used it; writes only when something changed.

        Returns None when the session has ended since it was read: noting its use never brings it back.
        """
        now = self._clock()
        joins = client_id is not None and client_id not in session.clients
        if not joins and now - session.seen_at < TOUCH_EVERY:
            return session

        def touched(found: Session) -> Session:
            new = client_id is not None and client_id not in found.clients
            clients = (*found.clients, client_id) if new and client_id else found.clients
            return replace(found, seen_at=max(now, found.seen_at), clients=clients)

        return self._changed(session, touched)

    def left(self, session: Session, client_id: str) -> None:
        """Note that an application is not used in a session any more; one that has ended stays ended."""

        def without(found: Session) -> Session:
            return replace(found, clients=tuple(known for known in found.clients if known != client_id))

        self._changed(session, without)

    def hold(self, session: Session, provider: str, upstream_session: str) -> None:
        """Keep an upstream's session with this one, so that signing out here ends it too.

        The upstream did not open the session: `provider` stays what it was. A session that has ended stays ended.
        """
        sealed = urlsafe_b64encode(self._seal.seal(upstream_session.encode(), b"upstream-session")).decode()
        self._changed(session, lambda found: replace(found, upstream=sealed, upstream_provider=provider))

    def end(self, session: Session) -> None:
        """End a session; ending one that is gone is no error."""
        self._kv.delete(f"session:{session.handle}")

    def upstream_handle(self, session: Session) -> str | None:
        """Return the upstream's session handle, or None when there is none or it cannot be unsealed."""
        if not session.upstream:
            return None
        try:
            return self._seal.unseal(urlsafe_b64decode(session.upstream), b"upstream-session").decode()
        except ValueError:
            return None

    def _changed(self, session: Session, change: Callable[[Session], Session]) -> Session | None:
        """Change a session's record, and what others wrote since it was read stays; None when it has ended.

        Raises:
            KeyValueUnavailable: others write all the time.
        """
        was = self._record(session)[1]
        for _ in range(_TRIES):
            changed = change(session)
            key, record, ttl = self._record(changed)
            if self._kv.replace(key, record, ttl, was):
                return changed
            raw = self._kv.get(key)
            found = None if raw is None else _decode(session.handle, raw)
            if raw is None or found is None:
                return None
            session, was = found, raw
        raise KeyValueUnavailable("a session that others write all the time")

    def _sealed(self, outcome: LoginOutcome) -> str:
        if outcome.upstream_session is None:
            return ""
        sealed = self._seal.seal(outcome.upstream_session.encode(), b"upstream-session")
        return urlsafe_b64encode(sealed).decode()

    def _record(self, session: Session) -> tuple[str, bytes, int]:
        """Return the key, the value and the life in seconds of a session's record."""
        members = {name: getattr(session, name) for name in _MEMBERS}
        ttl = max(1, min(self._idle, session.started_at + self._absolute - self._clock()))
        return f"session:{session.handle}", json.dumps(members).encode(), ttl


def new_cookie() -> str:
    """Return a value for a session's cookie: 256 random bits."""
    return token_urlsafe(32)


def handle_of(cookie: str) -> str:
    """Return under which handle the session of a cookie value is found."""
    return hashlib.sha256(cookie.encode()).hexdigest()


def _follows(handle: str, cookie: str) -> tuple[str, bytes, int]:
    """Return what the record of a session leaves, in whose cookie value it goes on: key, value and life."""
    return f"session-follows:{handle}", handle_of(cookie).encode(), FOLLOWED_FOR


def _decode(handle: str, raw: bytes) -> Session | None:
    """Read a record; anything unreadable is as good as absent (R-17)."""
    try:
        record = json.loads(raw)
        record["amr"] = tuple(record["amr"])
        record["clients"] = tuple(record["clients"])
        session = Session(handle=handle, **record)
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    numbers = (session.auth_time, session.epoch, session.started_at, session.seen_at)
    return session if all(type(number) is int for number in numbers) else None
