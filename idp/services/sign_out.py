"""Ending a session: here first, then the tokens tied to it, then the way to the upstream (N-081)."""

import json
import re
import secrets
from dataclasses import dataclass
from typing import Final

from idp.clock import Clock
from idp.protocol.opaque import digest
from idp.services.codes import ENDED_SESSION
from idp.services.sessions import Session, Sessions
from idp.store.db import Store, once
from idp.upstream import Audit, KeyValue, Upstream

RETURN_LIFETIME = 1800
"""Seconds within which a person may come back from the upstream's logout and still be sent on."""

_RETURN_ID: Final = re.compile(r"[A-Za-z0-9_-]{20,128}")

LONGEST_CODE: Final = 900
"""Seconds after which no code of an ended session can still be redeemed: more than the settings allow a code."""


@dataclass(frozen=True, slots=True)
class SignOut:
    """Ends sessions and remembers where a person goes once the upstream has ended its own."""

    store: Store
    sessions: Sessions
    kv: KeyValue
    upstreams: dict[str, Upstream]
    audit: Audit
    clock: Clock

    def end(self, session: Session) -> None:
        """Revoke what was issued in the session, codes too, then end it; both are done before anybody is redirected.

        Tokens first: when one of the two stores does not answer, the person is still signed in and can try again.
        """

        def revoke() -> None:
            now = self.clock()
            with self.store.begin() as unit:
                # A redemption under way holds the account's row by its foreign key: one of the two sees the other.
                unit.accounts.lock(session.account_id)
                unit.spent.claim(ENDED_SESSION, digest(session.sid), now + LONGEST_CODE)
                unit.grants.revoke_for_session(session.sid, "logout", now)

        once(revoke)
        self.sessions.end(session)
        self.audit("sign_out", account_id=session.account_id, provider=session.provider)

    def upstream_url(self, session: Session, then: str | None) -> str | None:
        """Return where the browser must go so that the upstream session ends too, or None.

        Args:
            then: where to send the person when the upstream sends the browser back; None for our own page.
        """
        upstream = self.upstreams.get(session.provider)
        handle = self.sessions.upstream_handle(session)
        if upstream is None or handle is None:
            return None
        return_id = secrets.token_urlsafe(32)
        url = upstream.logout_url(handle, return_id)
        if url is not None:
            record = json.dumps({"then": then}).encode()
            self.kv.set(f"logout-return:{return_id}", record, RETURN_LIFETIME)
        return url

    def upstream_origin(self, session: Session) -> str | None:
        """Return the address of the upstream's logout, for a page whose form leads there; None for no upstream."""
        upstream = self.upstreams.get(session.provider)
        handle = self.sessions.upstream_handle(session)
        return upstream.logout_url(handle, "") if upstream is not None and handle is not None else None

    def resolve_return(self, return_id: str | None) -> str | None:
        """Return where a person back from the upstream goes on to, once; None for our own page."""
        if return_id is None or not _RETURN_ID.fullmatch(return_id):
            return None
        raw = self.kv.take(f"logout-return:{return_id}")
        if raw is None:
            return None
        then = json.loads(raw).get("then")
        return then if isinstance(then, str) else None
