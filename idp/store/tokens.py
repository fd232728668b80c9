"""Refresh tokens, by digest, and what keeps tokens of every kind alive: grant, account, client."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    Select,
    Update,
    bindparam,
    exists,
    insert,
    or_,
    select,
    update,
)

from idp.records import dataclass
from idp.store.accounts import ACCOUNTS, Account, read_account
from idp.store.grants import GRANTS, StoredGrant, read_grant
from idp.store.house_secrets import TOKENS_NUMBER
from idp.store.prepared import Prepared
from idp.store.rows import purge, table
from idp.store.session import Session
from idp.store.tables import ClientRow, RefreshTokenRow, SpentRow

REFRESH: Final = table(RefreshTokenRow)
CLIENTS: Final = table(ClientRow)
SPENT: Final = table(SpentRow)


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


def refresh_values_of(token: RefreshToken) -> dict[str, Any]:
    """Return the columns of a refresh token's row."""
    return {
        "digest": token.digest,
        "grant_id": token.grant_id,
        "client_id": token.client_id,
        "issued_at": token.issued_at,
        "idle_expires_at": token.idle_expires_at,
        "expires_at": token.expires_at,
        "spent_at": token.spent_at,
        "revoked_at": token.revoked_at,
        "replaces": token.replaces,
    }


def _roots_alive(grant: StoredGrant, account: Account, now: int) -> bool:
    return (
        grant.revoked_at is None
        and now < grant.expires_at
        and account.status == "active"
        and account.epoch == grant.account_epoch
    )


@dataclass(frozen=True, slots=True)
class Roots:
    """What keeps a member's access token alive: the grant, the account, and whether the client is enabled.

    `secret` is the number of the one that access tokens are sealed under now: those of another one are dead.
    """

    grant: StoredGrant
    account: Account
    enabled: bool
    secret: int

    def alive(self, now: int) -> bool:
        """Whether grant, account and client stand."""
        return self.enabled and _roots_alive(self.grant, self.account, now)


@dataclass(frozen=True, slots=True)
class FoundRefresh:
    """A refresh token with the grant and account that keep it alive, and whether its client is enabled."""

    token: RefreshToken
    grant: StoredGrant
    account: Account
    enabled: bool

    def live(self, now: int) -> bool:
        """Whether the token may be used now; a spent one may not, and its use is a reuse (RFC 9700 4.14.2)."""
        return self.token.spent_at is None and self.in_force(now)

    def in_force(self, now: int) -> bool:
        """Whether nothing but its use has ended the token: time, revocation, its grant, the account."""
        in_time = now < self.token.expires_at and now < self.token.idle_expires_at
        return self.token.revoked_at is None and in_time and _roots_alive(self.grant, self.account, now)


def _roots(values: Sequence[Any]) -> tuple[StoredGrant, Account, bool]:
    split, end = len(GRANTS.columns), len(_ROOTS_COLUMNS) - 1
    return read_grant(values[:split]), read_account(values[split:end]), bool(values[end])


_ROOTS_COLUMNS: Final = (*GRANTS.columns, *ACCOUNTS.columns, CLIENTS.c.enabled)


def with_roots(tokens: Any) -> Any:
    """Join a grant, or a table that names one, with its account and client."""
    return tokens.join(ACCOUNTS, ACCOUNTS.c.id == GRANTS.c.account_id).join(
        CLIENTS, CLIENTS.c.client_id == GRANTS.c.client_id
    )


def _refresh() -> Select[Any]:
    chain = with_roots(REFRESH.join(GRANTS, GRANTS.c.id == REFRESH.c.grant_id))
    return select(*REFRESH.columns, *_ROOTS_COLUMNS).select_from(chain).where(REFRESH.c.digest == bindparam("wanted"))


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


_ROOTS: Final = Prepared(
    select(*_ROOTS_COLUMNS, TOKENS_NUMBER).select_from(with_roots(GRANTS)).where(GRANTS.c.id == bindparam("wanted")),
    quick=True,
)
_OWN_ALIVE: Final = Prepared(
    select(TOKENS_NUMBER).where(
        CLIENTS.c.client_id == bindparam("wanted"),
        CLIENTS.c.enabled,
        CLIENTS.c.token_epoch == bindparam("epoch"),
        ~exists().where(SPENT.c.purpose == bindparam("what"), SPENT.c.digest == bindparam("digest")),
    ),
    quick=True,
)
_INSERT_REFRESH: Final = Prepared(insert(REFRESH))
_FIND_REFRESH: Final = Prepared(_refresh(), quick=True)
_HOLD_REFRESH: Final = Prepared(_refresh().with_for_update(of=GRANTS, key_share=True))
_SPEND_REFRESH: Final = Prepared(_using("spent_at"))
_TOUCH_REFRESH: Final = Prepared(_using("idle_expires_at"))


class Tokens:
    """The tokens, in one unit of work. Only digests come in: the values are never stored (N-028)."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def roots(self, grant_id: str) -> Roots | None:
        """Return what keeps the access tokens of a grant alive, in one statement; missing where one of it is gone."""
        row = _ROOTS.first(self._session, wanted=grant_id)
        return None if row is None else Roots(*_roots(row), int(row[-1]))

    def own_secret(self, client_id: str, epoch: int, purpose: str, digest: str) -> int | None:
        """Return what keeps a token alive that a client was given for itself, in one statement; None where it is dead.

        The client is enabled and of the same epoch (`Clients.end_own_tokens`), and the token's digest was not
        spent for `purpose`; then the number of the secret that such tokens are sealed under now.
        """
        row = _OWN_ALIVE.first(self._session, wanted=client_id, epoch=epoch, what=purpose, digest=digest)
        return None if row is None else int(row[0])

    def insert_refresh(self, token: RefreshToken) -> None:
        """Store a new refresh token, with the next statement or the commit."""
        _INSERT_REFRESH.later(self._session, **refresh_values_of(token))

    def find_refresh(self, digest: str, *, hold: bool = False) -> FoundRefresh | None:
        """Return a token with its grant and account, in one statement; may be missing, may be dead: ask `live`.

        `hold`: for who will spend it or end its family. Such units hold the grant before any of its tokens, as a
        revocation does, so that they queue where they would otherwise wait for each other in a circle.
        """
        row = (_HOLD_REFRESH if hold else _FIND_REFRESH).first(self._session, wanted=digest)
        if row is None:
            return None
        split = len(REFRESH.columns)
        return FoundRefresh(RefreshToken(*row[:split]), *_roots(row[split:]))

    def spend_refresh(self, digest: str, now: int) -> bool:
        """Spend a token by one conditional UPDATE: of any number of callers one gets True (N-028, D7).

        False too when the token is revoked, expired, or its grant is revoked.
        """
        return _SPEND_REFRESH.count(self._session, wanted=digest, now=now, value=now) == 1

    def keep_refresh(self, digest: str, idle_expires_at: int, now: int) -> None:
        """Prolong the idle life of a token that its client keeps (D7); same conditions as `spend_refresh`.

        With the next statement or the commit, which raises `Missed` where the conditions do not hold any more.
        """
        _TOUCH_REFRESH.later(self._session, must=1, wanted=digest, now=now, value=idle_expires_at)

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
        """Delete at most `limit` expired refresh tokens; return how many went.

        A spent refresh token stays until its family expires: it is what tells a reuse.
        """
        return purge(self._session, REFRESH.c.expires_at, REFRESH.c.expires_at <= now, limit)
