"""The visitors' sessions, kept on the server: the browser holds a random identifier and nothing else.

In memory, which is enough for one process. An application on several machines puts the same values in a shared store.
"""

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from examples.espace_personnel.oidc import Ended, Pending, SignIn

IDLE: Final = 1800
"""Seconds without use after which a session ends."""
MOST_SESSIONS: Final = 10_000
MOST_PENDING: Final = 8
"""Sign-ins one visitor may have under way, one a tab; the oldest gives way."""


@dataclass(slots=True)
class Session:
    """One visitor. `csrf` stands in our forms; `sign_in` and `profile` are set once a member has signed in."""

    identifier: str
    csrf: str
    seen_at: int
    pending: dict[str, Pending] = field(default_factory=dict)
    sign_in: SignIn | None = None
    profile: dict[str, Any] = field(default_factory=dict)
    logout_state: str = ""
    notice: str = ""

    def remember(self, pending: Pending) -> None:
        """Keep a sign-in under way, found again by its `state`."""
        while len(self.pending) >= MOST_PENDING:
            self.pending.pop(next(iter(self.pending)), None)
        self.pending[pending.state] = pending

    def take_notice(self) -> str:
        """Return the message to show once, and forget it."""
        notice, self.notice = self.notice, ""
        return notice


class SessionStore:
    """Opens, finds and ends sessions. Safe to share between threads."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._sessions: dict[str, Session] = {}
        self._lock = threading.Lock()

    def find(self, identifier: str | None) -> Session | None:
        """Return the live session of a cookie value, or None."""
        with self._lock:
            session = self._sessions.get(identifier or "")
            if session is None:
                return None
            if self._clock() - session.seen_at > IDLE:
                del self._sessions[session.identifier]
                return None
            session.seen_at = self._clock()
            return session

    def open(self) -> Session:
        """Start a session with a new random identifier, making room where needed."""
        session = Session(secrets.token_urlsafe(32), secrets.token_urlsafe(32), self._clock())
        with self._lock:
            while len(self._sessions) >= MOST_SESSIONS:
                self._sessions.pop(next(iter(self._sessions)))
            self._sessions[session.identifier] = session
        return session

    def end(self, session: Session | None) -> None:
        """End a session; ending it twice does no harm."""
        if session is not None:
            with self._lock:
                self._sessions.pop(session.identifier, None)

    def end_all(self, ended: Ended) -> int:
        """End the sessions that the provider says are over; return how many there were.

        Their member is gone at once, but a sign-in under way goes on: where somebody else signs in, this word of the
        first one's end may come before the browser does.
        """
        with self._lock:
            over = [session for session in self._sessions.values() if _is_over(session.sign_in, ended)]
            for session in over:
                # Another object, so that a request which has the old one in hand brings nothing of it back.
                self._sessions[session.identifier] = replace(session, sign_in=None, profile={})
        return len(over)


def _is_over(sign_in: SignIn | None, ended: Ended) -> bool:
    if sign_in is None:
        return False
    if ended.sid is not None:
        return bool(sign_in.claims.get("sid") == ended.sid)
    return bool(sign_in.claims["sub"] == ended.sub)
