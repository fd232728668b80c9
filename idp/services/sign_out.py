"""Ending a session (N-081): what it issued, with what tells its applications; then itself; then the upstream's."""

import json
import re
import secrets
from collections.abc import Callable, Sequence
from typing import Final

from idp.clock import Clock
from idp.protocol.logout_party import Party
from idp.protocol.opaque import digest
from idp.records import dataclass
from idp.services.codes import ENDED_SESSION
from idp.services.sessions import LONGEST_COOKIE, Session, Sessions, handle_of
from idp.store.db import Store, Unit, once
from idp.store.sign_ins import StoredSignIn
from idp.upstream import Upstream
from idp.upstream_ports import Audit, KeyValue

RETURN_LIFETIME = 1800
"""Seconds within which a person may come back from the upstream's logout and still be sent on."""

_RETURN_ID: Final = re.compile(r"[A-Za-z0-9_-]{20,128}")

LONGEST_CODE: Final = 900
"""Seconds after which no code of an ended session can still be redeemed: more than the settings allow a code."""


PATIENCE: Final = 0.8
"""Seconds that a person who signs out waits for the applications' answers; the outbox goes on without them."""

FIRST_ATTEMPT: Final = 30
"""Seconds for which the tasks are the request's own (`idp.worker.at_once`)."""

REMOTE: Final = "remote"
"""Why a session ended that the member ended from another one."""

AtOnce = Callable[[Sequence[str], float], None]
"""Makes the first attempt of tasks, waiting so many seconds at most."""


@dataclass(frozen=True, slots=True)
class Return:
    """A way back from the upstream's logout; `then` is None for our own page."""

    then: str | None


@dataclass(frozen=True, slots=True)
class SignOut:
    """Ends sessions and remembers where a person goes once the upstream has ended its own.

    Applications are told in two ways: where the person is in the browser that signs out, at once; otherwise by the
    worker, within a second or two. `anew_at` returns when the store of the sessions last began anew (Unix seconds, 0
    for never).
    """

    store: Store
    sessions: Sessions
    kv: KeyValue
    upstreams: dict[str, Upstream]
    audit: Audit
    clock: Clock
    at_once: AtOnce
    anew_at: Callable[[], int] = lambda: 0

    def end(self, session: Session, reason: str = "logout") -> Sequence[Party]:
        """Revoke what was issued in the session, codes too, then end it; both are done before anybody is redirected.

        Tokens first: when one of the two stores does not answer, the person is still signed in and can try again.

        Args:
            session: any browser's.
            reason: for the history; `logout` when the person in this very browser asked for it.

        Returns:
            The applications that were used in the session.
        """
        prompt = reason == "logout"

        def revoke(unit: Unit, now: int) -> Sequence[Party]:
            unit.spent.claim(ENDED_SESSION, digest(session.sid), now + LONGEST_CODE)
            parties = unit.logouts.of_session(
                session.sid,
                session.account_id,
                now,
                also=session.clients,
                lease=FIRST_ATTEMPT if prompt else 0,
            )
            unit.grants.revoke_for_session(session.sid, reason, now)
            unit.sign_ins.end_session(session.account_id, session.sid, reason, now)
            if reason == REMOTE:
                # Whoever sits there may be a stranger, who asked for a link that would move the account's address.
                unit.email_proofs.cancel(session.account_id, now)
            return parties

        parties = self._written(session, revoke)
        self.sessions.end(session)
        self.audit("sign_out", account_id=session.account_id, provider=session.provider, reason=reason)
        if prompt:
            self._tell(parties)
        return parties

    def renewing(self, cookie: str | None) -> Session | None:
        """Return the session of a cookie value that is dead but goes on under another, to end it there; or None.

        It is so from the moment a password is changed until its record has the new name. Raises `Unavailable`.
        """
        session = self.sessions.get(cookie)
        if session is None:
            return None
        with self.store.reading() as unit:
            opened = unit.sign_ins.not_ended(session.account_id, session.started_at)
        return session if any(one.sid == session.sid for one in opened) else None

    def lost(self, cookie: str | None) -> Session | None:
        """Return the session of a cookie value that went when its store began anew, to end what it issued; or None.

        It is what the database knows: without the applications that got no more than an ID token, and without the
        upstream's session. Raises `Unavailable`.
        """
        anew_at = self.anew_at()
        if not anew_at or not cookie or len(cookie) > LONGEST_COOKIE:
            return None
        with self.store.reading() as unit:
            opened = unit.sign_ins.by_handle(handle_of(cookie))
        return None if opened is None or opened.started_at > anew_at else as_opened(opened)

    def leave(self, session: Session, client_id: str) -> Sequence[Party]:
        """Sign out of one application: revoke what it was issued in the session, and tell it. The session goes on.

        Returns:
            That application, or nothing where the session does not know it.
        """

        def revoke(unit: Unit, now: int) -> Sequence[Party]:
            parties = unit.logouts.of_session(
                session.sid,
                session.account_id,
                now,
                also=session.clients,
                only=client_id,
                lease=FIRST_ATTEMPT,
            )
            unit.grants.revoke_in_session(session.sid, client_id, "service_left", now)
            return parties

        parties = self._written(session, revoke)
        self.sessions.left(session, client_id)
        self.audit("service_left", account_id=session.account_id, client_id=client_id)
        self._tell(parties)
        return parties

    def _written(self, session: Session, revoke: Callable[[Unit, int], Sequence[Party]]) -> Sequence[Party]:
        def work() -> Sequence[Party]:
            with self.store.begin() as unit:
                # A redemption under way holds the account's row by its foreign key: one of the two sees the other.
                unit.accounts.lock(session.account_id)
                return revoke(unit, self.clock())

        return once(work)

    def _tell(self, parties: Sequence[Party]) -> None:
        self.at_once([party.task_id for party in parties if party.task_id], PATIENCE)

    def upstream_url(self, session: Session, then: str | None) -> str | None:
        """Return where the browser must go so that the upstream session ends too, or None.

        Args:
            then: where to send the person when the upstream sends the browser back; None for our own page.
        """
        upstream = self.upstreams.get(session.upstream_name)
        handle = self.sessions.upstream_handle(session)
        if upstream is None or handle is None:
            return None
        return_id = secrets.token_urlsafe(32)
        url = upstream.logout_url(handle, return_id)
        if url is not None:
            record = json.dumps({"then": then}).encode()
            self.kv.set(f"logout-return:{return_id}", record, RETURN_LIFETIME)
        return url

    def has_upstream(self, session: Session) -> bool:
        """Whether a session at an upstream stands behind this one."""
        return session.upstream_name in self.upstreams and self.sessions.upstream_handle(session) is not None

    def upstream_origin(self, session: Session) -> str | None:
        """Return the address of the upstream's logout, for a page whose form leads there; None for no upstream."""
        upstream = self.upstreams.get(session.upstream_name)
        handle = self.sessions.upstream_handle(session)
        return upstream.logout_url(handle, "") if upstream is not None and handle is not None else None

    def resolve_return(self, return_id: str | None) -> Return | None:
        """Return where a person back from the upstream goes on to, once; None for a way back that we did not give."""
        if return_id is None or not _RETURN_ID.fullmatch(return_id):
            return None
        raw = self.kv.take(f"logout-return:{return_id}")
        if raw is None:
            return None
        then = json.loads(raw).get("then")
        return Return(then if isinstance(then, str) else None)


def as_opened(opened: StoredSignIn) -> Session:
    """Return a session as it was when it was opened."""
    return Session(
        handle=opened.handle,
        sid=opened.sid,
        account_id=opened.account_id,
        epoch=0,
        auth_time=opened.started_at,
        acr=opened.acr,
        amr=opened.amr,
        provider=opened.provider,
        started_at=opened.started_at,
        seen_at=opened.started_at,
    )
