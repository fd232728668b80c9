"""Whom to tell that a session ended, and the outbox rows that tell them (OpenID Connect Back-Channel Logout 1.0).

The grants say which applications were let into a session; they are kept as long as a session may live. The rows are
written in the unit that ends the session, so that no logout is lost when the process dies (decision D11).
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Final

from sqlalchemy import ColumnElement, func, select

from idp.protocol.logout_party import Party
from idp.store.clients import Clients
from idp.store.grants import GRANTS
from idp.store.outbox import Outbox
from idp.store.session import Session

LOGOUT: Final = "logout"
"""The kind of the tasks: payload `client_id`, `sid`, `sub` (absent where unknown) and `account_id`."""


class Logouts:
    """The parties of sessions, in one unit of work. Call before the grants are revoked, under the account's lock."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of_session(
        self,
        sid: str,
        account_id: str,
        now: int,
        *,
        also: Iterable[str] = (),
        only: str | None = None,
        lease: int = 0,
    ) -> Sequence[Party]:
        """Queue what tells the applications of one session; return all of them, by id.

        Args:
            sid: the session.
            account_id: whose.
            now: Unix seconds.
            also: ids of applications that the session's own record names: one that got no more than an ID token from
                the authorization endpoint has no grant.
            only: the one application to tell, when the session goes on for the others.
            lease: seconds for which the caller keeps the tasks, to deliver them at once.
        """
        known = self._parties(GRANTS.c.sid == sid, now)
        for client_id in also:
            known.setdefault((sid, client_id), ("", "0"))
        wanted = {pair: mark for pair, mark in known.items() if only is None or pair[1] == only}
        return self._queue(wanted, account_id, now, lease, self._unrevocable(sid, now))

    def of_account(self, account_id: str, now: int, *, but: str = "") -> Sequence[Party]:
        """Queue what tells the applications of every session of an account, but for one session by its `sid`."""
        mine = (GRANTS.c.account_id == account_id) & (GRANTS.c.sid != but)
        return self._queue(self._parties(mine, now), account_id, now, 0, {})

    def _parties(self, condition: ColumnElement[bool], now: int) -> dict[tuple[str, str], tuple[str, str]]:
        """Return, by session and client, the subject told to the client and a mark that grows with each sign-in."""
        mark = func.max(GRANTS.c.created_at), func.count(), func.max(GRANTS.c.subject)
        query = (
            select(GRANTS.c.sid, GRANTS.c.client_id, *mark)
            .where(condition, GRANTS.c.expires_at > now)
            .group_by(GRANTS.c.sid, GRANTS.c.client_id)
        )
        rows = self._session.execute(query).all()
        return {(row[0], row[1]): (row[4], f"{row[2]}.{row[3]}") for row in rows}

    def _unrevocable(self, sid: str, now: int) -> dict[str, int]:
        """Return until when each client's latest token with an audience is believed by those who do not ask us."""
        query = (
            select(GRANTS.c.client_id, func.max(GRANTS.c.signed_until))
            .where(GRANTS.c.sid == sid, GRANTS.c.signed_until > now)
            .group_by(GRANTS.c.client_id)
        )
        return {row[0]: row[1] for row in self._session.execute(query)}

    def _queue(
        self,
        parties: Mapping[tuple[str, str], tuple[str, str]],
        account_id: str,
        now: int,
        lease: int,
        until: Mapping[str, int],
    ) -> Sequence[Party]:
        clients, outbox, found = Clients(self._session), Outbox(self._session), []
        registered = {client_id: clients.get(client_id) for client_id in sorted({pair[1] for pair in parties})}
        for (sid, client_id), (subject, mark) in sorted(parties.items()):
            client = registered[client_id]
            if client is None:
                continue
            task_id = ""
            if client.backchannel_logout_uri is not None:
                # Told once for each time it was let in: leaving one service and coming back makes it a new matter.
                task_id = sha256(f"{sid} {client_id} {mark}".encode()).hexdigest()[:32]
                payload = {"account_id": account_id, "client_id": client_id, "sid": sid}
                payload |= {"sub": subject} if subject else {}
                outbox.add(LOGOUT, f"{LOGOUT}:{task_id}", payload, task_id=task_id, now=now, lease=lease)
            found.append(Party(client, sid, task_id, until.get(client_id, 0)))
        return found
