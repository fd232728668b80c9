"""Access and refresh tokens, by digest; read together with the grant and the account that keep them alive."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    Select,
    String,
    Update,
    bindparam,
    cast,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from idp.store.accounts import ACCOUNTS, Account, read_account
from idp.store.grants import GRANTS, StoredGrant, read_grant
from idp.store.prepared import Prepared
from idp.store.rows import changed, purge, table
from idp.store.session import Session
from idp.store.tables import AccessTokenRow, RefreshTokenRow

ACCESS: Final = table(AccessTokenRow)
REFRESH: Final = table(RefreshTokenRow)


@dataclass(frozen=True, slots=True)
class AccessToken:
    """One opaque access token. `grant_id` is None for client credentials."""

    digest: str
    grant_id: str | None
    client_id: str
    scope: tuple[str, ...]
    audience: tuple[str, ...]
    dpop_jkt: str | None
    issued_at: int
    expires_at: int
    revoked_at: int | None = None


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """One refresh token. It dies unused at `idle_expires_at`, in any case at `expires_at`.

    `replaces` is the digest of the token whose place it took, None for the first of a family.
    """

    digest: str
    grant_id: str
    client_id: str
    issued_at: int
    idle_expires_at: int
    expires_at: int
    spent_at: int | None = None
    revoked_at: int | None = None
    replaces: str | None = None


def _roots_alive(grant: StoredGrant | None, account: Account | None, now: int) -> bool:
    return (
        grant is not None
        and account is not None
        and grant.revoked_at is None
        and now < grant.expires_at
        and account.status == "active"
        and account.epoch == grant.account_epoch
    )


@dataclass(frozen=True, slots=True)
class FoundAccess:
    """An access token with what keeps it alive; both None for client credentials."""

    token: AccessToken
    grant: StoredGrant | None
    account: Account | None

    def live(self, now: int) -> bool:
        """Whether the token may be used: itself, its grant, the account's status and epoch."""
        if self.token.revoked_at is not None or now >= self.token.expires_at:
            return False
        return self.token.grant_id is None or _roots_alive(self.grant, self.account, now)


@dataclass(frozen=True, slots=True)
class FoundRefresh:
    """A refresh token with the grant and account that keep it alive."""

    token: RefreshToken
    grant: StoredGrant
    account: Account

    def live(self, now: int) -> bool:
        """Whether the token may be used now; a spent one may not, and its use is a reuse (RFC 9700 4.14.2)."""
        return self.token.spent_at is None and self.in_force(now)

    def in_force(self, now: int) -> bool:
        """Whether nothing but its use has ended the token: time, revocation, its grant, the account."""
        in_time = now < self.token.expires_at and now < self.token.idle_expires_at
        return self.token.revoked_at is None and in_time and _roots_alive(self.grant, self.account, now)


def _read_access(values: Sequence[Any]) -> AccessToken:
    digest, grant_id, client_id, scope, audience, *rest = values
    return AccessToken(digest, grant_id, client_id, tuple(scope.split()), tuple(audience), *rest)


def _roots(values: Sequence[Any]) -> tuple[StoredGrant | None, Account | None]:
    split = len(GRANTS.columns)
    grant, account = values[:split], values[split:]
    return (
        None if grant[0] is None else read_grant(grant),
        None if account[0] is None else read_account(account),
    )


def _joined(tokens: Any, *, granted: bool = False) -> Select[Any]:
    """Select the token of a digest with its grant and account; `granted` for kinds that always have both."""
    chain = tokens.join(GRANTS, GRANTS.c.id == tokens.c.grant_id, isouter=not granted).join(
        ACCOUNTS, ACCOUNTS.c.id == GRANTS.c.account_id, isouter=not granted
    )
    columns = (*tokens.columns, *GRANTS.columns, *ACCOUNTS.columns)
    return select(*columns).select_from(chain).where(tokens.c.digest == bindparam("wanted"))


def _using(column: str) -> Update:
    """Set a column of a refresh token that may be used now."""
    now: BindParameter[int] = bindparam("now")
    dead_grant = exists().where(
        GRANTS.c.id == REFRESH.c.grant_id,
        or_(GRANTS.c.revoked_at.is_not(None), GRANTS.c.expires_at <= now),
    )
    usable = (
        (REFRESH.c.digest == bindparam("wanted"))
        & REFRESH.c.spent_at.is_(None)
        & REFRESH.c.revoked_at.is_(None)
        & (REFRESH.c.expires_at > now)
        & (REFRESH.c.idle_expires_at > now)
        & ~dead_grant
    )
    return update(REFRESH).where(usable).values({column: bindparam("value")})


_INSERT_ACCESS: Final = Prepared(insert(ACCESS))
_INSERT_REFRESH: Final = Prepared(insert(REFRESH))
_FIND_ACCESS: Final = Prepared(_joined(ACCESS))
_FIND_REFRESH: Final = Prepared(_joined(REFRESH, granted=True))
_HOLD_REFRESH: Final = Prepared(_joined(REFRESH, granted=True).with_for_update(of=GRANTS, key_share=True))
_SPEND_REFRESH: Final = Prepared(_using("spent_at"))
_TOUCH_REFRESH: Final = Prepared(_using("idle_expires_at"))


class Tokens:
    """The tokens, in one unit of work. Only digests come in: the values are never stored (N-028)."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def signed_alive(self, now: int) -> int:
        """Return how many access tokens for a named resource, which are signed, could be used now."""
        living = ACCESS.c.revoked_at.is_(None) & (ACCESS.c.expires_at > now)
        query = select(func.count()).where(living & (cast(ACCESS.c.audience, String) != "[]"))
        return self._session.execute(query).scalar_one()

    def insert_access(self, token: AccessToken) -> None:
        """Store a new access token."""
        _INSERT_ACCESS.count(
            self._session,
            digest=token.digest,
            grant_id=token.grant_id,
            client_id=token.client_id,
            scope=" ".join(token.scope),
            audience=list(token.audience),
            dpop_jkt=token.dpop_jkt,
            issued_at=token.issued_at,
            expires_at=token.expires_at,
            revoked_at=token.revoked_at,
        )

    def find_access(self, digest: str) -> FoundAccess | None:
        """Return a token with its grant and account, in one statement; may be missing, may be dead: ask `live`."""
        row = _FIND_ACCESS.first(self._session, wanted=digest)
        if row is None:
            return None
        split = len(ACCESS.columns)
        return FoundAccess(_read_access(row[:split]), *_roots(row[split:]))

    def revoke_access(self, digest: str, now: int) -> bool:
        """Revoke one access token; idempotent. Return whether it was not revoked before."""
        where = (ACCESS.c.digest == digest) & ACCESS.c.revoked_at.is_(None)
        return changed(self._session, update(ACCESS).where(where).values(revoked_at=now)) == 1

    def revoke_own(self, client_id: str, now: int) -> int:
        """Revoke what a client was given for itself, without a grant; return how many tokens were alive."""
        where = (ACCESS.c.client_id == client_id) & ACCESS.c.grant_id.is_(None) & ACCESS.c.revoked_at.is_(None)
        return changed(self._session, update(ACCESS).where(where).values(revoked_at=now))

    def insert_refresh(self, token: RefreshToken) -> None:
        """Store a new refresh token."""
        _INSERT_REFRESH.count(
            self._session,
            digest=token.digest,
            grant_id=token.grant_id,
            client_id=token.client_id,
            issued_at=token.issued_at,
            idle_expires_at=token.idle_expires_at,
            expires_at=token.expires_at,
            spent_at=token.spent_at,
            revoked_at=token.revoked_at,
            replaces=token.replaces,
        )

    def find_refresh(self, digest: str, *, hold: bool = False) -> FoundRefresh | None:
        """Return a token with its grant and account, in one statement; may be missing, may be dead: ask `live`.

        `hold`: for who will spend it or end its family. Such units hold the grant before any of its tokens, as a
        revocation does, so that they queue where they would otherwise wait for each other in a circle.
        """
        row = (_HOLD_REFRESH if hold else _FIND_REFRESH).first(self._session, wanted=digest)
        if row is None:
            return None
        split = len(REFRESH.columns)
        grant, account = _roots(row[split:])
        if grant is None or account is None:
            return None
        return FoundRefresh(RefreshToken(*row[:split]), grant, account)

    def spend_refresh(self, digest: str, now: int) -> bool:
        """Spend a token by one conditional UPDATE: of any number of callers one gets True (N-028, D7).

        False too when the token is revoked, expired, or its grant is revoked.
        """
        return _SPEND_REFRESH.count(self._session, wanted=digest, now=now, value=now) == 1

    def touch_refresh(self, digest: str, idle_expires_at: int, now: int) -> bool:
        """Prolong the idle life of a token that its client keeps (D7); same conditions as `spend_refresh`."""
        return _TOUCH_REFRESH.count(self._session, wanted=digest, now=now, value=idle_expires_at) == 1

    def revoke_refresh(self, digest: str, now: int) -> bool:
        """Revoke one refresh token, not its family; return whether it was not revoked before."""
        where = (REFRESH.c.digest == digest) & REFRESH.c.revoked_at.is_(None)
        return changed(self._session, update(REFRESH).where(where).values(revoked_at=now)) == 1

    def replacements(self, digest: str) -> Sequence[RefreshToken]:
        """Return the tokens that took a token's place: one, or two where its replacement was asked for again."""
        return [
            RefreshToken(*row) for row in self._session.execute(select(REFRESH).where(REFRESH.c.replaces == digest))
        ]

    def live_refreshes(self, grant_id: str, now: int) -> Sequence[RefreshToken]:
        """Return the tokens of a family that are not spent, revoked nor expired: one at most."""
        alive = (
            (REFRESH.c.grant_id == grant_id)
            & REFRESH.c.spent_at.is_(None)
            & REFRESH.c.revoked_at.is_(None)
            & (REFRESH.c.expires_at > now)
            & (REFRESH.c.idle_expires_at > now)
        )
        return [RefreshToken(*row) for row in self._session.execute(select(REFRESH).where(alive))]

    def purge(self, now: int, limit: int = 500) -> int:
        """Delete at most `limit` expired access tokens, then as many refresh tokens; return how many went.

        A spent refresh token stays until its family expires: it is what tells a reuse.
        """
        gone = purge(self._session, ACCESS, ACCESS.c.expires_at <= now, limit)
        return gone + purge(self._session, REFRESH, REFRESH.c.expires_at <= now, limit)
