"""A plain code exchange and a plain refresh, each in one exchange with PostgreSQL, its commit included.

What a transaction reads first and decides by is the condition of the one statement that writes: where the client, the
account and the grant stand, it writes; where anything is otherwise, nothing is written, and who asked goes the long way
(`idp.services.tokens`), which says what is the matter. Three exchanges of a code's redemption become one, two of a
refresh too, and waiting for PostgreSQL costs more than what it does (`docs/performance.md`).
"""

from typing import Any, Final

from sqlalchemy import ColumnElement, String, Text, bindparam, cast, exists, func, insert, select, update
from sqlalchemy.dialects import postgresql

from idp.protocol.grant import AuthorizationGrant
from idp.store.accounts import ACCOUNTS
from idp.store.grants import GRANTS, StoredGrant, read_grant, values_of
from idp.store.prepared import Prepared
from idp.store.session import Session
from idp.store.spent import SPENT
from idp.store.tokens import CLIENTS, REFRESH, RefreshToken, refresh_values_of, with_roots

_NOTHING: Final = ("{}", "[]")
"""How an empty mapping and an empty list are written in a JSON column."""


def _given(table: Any, but: tuple[str, ...] = (), prefix: str = "") -> dict[str, ColumnElement[Any]]:
    """Return a parameter of its type for each column of a table but for some.

    One of text without its length: to be cast to that would cut what is too long off, where the column refuses it.
    """
    return {
        column.name: cast(
            bindparam(f"{prefix}{column.name}", type_=column.type),
            Text() if isinstance(column.type, String) else column.type,
        )
        for column in table.columns
        if column.name not in but
    }


def _redeeming(*, refreshing: bool) -> Prepared:
    """Return the statement that inserts a grant, and its first refresh token, where client and account stand."""
    granted_at = bindparam("granted_epoch", type_=GRANTS.c.account_epoch.type)
    standing = (
        select(ACCOUNTS.c.epoch)
        .join(CLIENTS, CLIENTS.c.client_id == bindparam("client_id", type_=CLIENTS.c.client_id.type))
        .where(
            ACCOUNTS.c.id == bindparam("account_id", type_=ACCOUNTS.c.id.type),
            ACCOUNTS.c.status == "active",
            CLIENTS.c.enabled,
            ACCOUNTS.c.epoch == func.coalesce(cast(granted_at, GRANTS.c.account_epoch.type), ACCOUNTS.c.epoch),
        )
        .cte("standing")
    )
    given = _given(GRANTS, ("account_epoch",))
    rows = select(*given.values(), standing.c.epoch).select_from(standing)
    made = (
        postgresql.insert(GRANTS)
        .from_select([*given, "account_epoch"], rows)
        .on_conflict_do_nothing(index_elements=["code_digest"])
        .returning(GRANTS.c.id)
        .cte("made")
    )
    found = select(made.c.id)
    if refreshing:
        first = _given(REFRESH, prefix="refresh_")
        found = found.add_cte(
            insert(REFRESH).from_select([*first], select(*first.values()).select_from(made)).cte("first")
        )
    return Prepared(found, writes=True)


def _withdrawing() -> Prepared:
    """Return the statement that revokes a grant, and its tokens, where the end of its session is marked."""
    now = bindparam("now", type_=GRANTS.c.revoked_at.type)
    marked = exists().where(SPENT.c.purpose == bindparam("what"), SPENT.c.digest == bindparam("mark"))
    dead = (
        update(GRANTS)
        .where(GRANTS.c.id == bindparam("grant"), marked)
        .values(revoked_at=now, revoked_reason="signed_out")
        .returning(GRANTS.c.id)
        .cte("dead")
    )
    tokens = update(REFRESH).where(REFRESH.c.grant_id.in_(select(dead.c.id))).values(revoked_at=now)
    return Prepared(select(dead.c.id).add_cte(tokens.cte("tokens")), writes=True)


def _renewing() -> Prepared:
    """Return the statement that prolongs a refresh token that may be used, and reads its grant.

    What the token leads to is found by keys, before anything is asked of it: where PostgreSQL knows little of its
    tables, it would begin with whichever condition it believes few rows to meet, and read an application's every grant.
    """
    now = bindparam("now", type_=REFRESH.c.expires_at.type)
    found = (
        select(
            *GRANTS.columns,
            ACCOUNTS.c.status,
            ACCOUNTS.c.epoch,
            CLIENTS.c.enabled,
        )
        .select_from(with_roots(REFRESH.join(GRANTS, GRANTS.c.id == REFRESH.c.grant_id)))
        .where(REFRESH.c.digest == bindparam("wanted"))
        .cte("found")
        .prefix_with("MATERIALIZED")
    )
    statement = (
        update(REFRESH)
        .where(
            REFRESH.c.digest == bindparam("wanted"),
            REFRESH.c.client_id == bindparam("client"),
            REFRESH.c.spent_at.is_(None),
            REFRESH.c.revoked_at.is_(None),
            REFRESH.c.expires_at > now,
            REFRESH.c.idle_expires_at > now,
            found.c.client_id == bindparam("client"),
            found.c.revoked_at.is_(None),
            found.c.expires_at > now,
            found.c.dpop_jkt.is_(None),
            cast(found.c.resources, Text) == _NOTHING[1],
            cast(found.c.claims, Text) == _NOTHING[0],
            found.c.status == "active",
            found.c.epoch == found.c.account_epoch,
            found.c.enabled,
        )
        .values(idle_expires_at=func.least(bindparam("idle_until"), REFRESH.c.expires_at))
        .returning(*(found.c[column.name] for column in GRANTS.columns))
    )
    return Prepared(statement)


_REDEEMING: Final = {refreshing: _redeeming(refreshing=refreshing) for refreshing in (False, True)}
_WITHDRAWING: Final = _withdrawing()
_RENEWING: Final = _renewing()


class PlainTokens:
    """The plain cases, in one unit of work, which is over with either; only where `Store.in_one_exchange`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def redeem(
        self,
        code_digest: str,
        grant: AuthorizationGrant,
        refresh: RefreshToken | None,
        *,
        grant_id: str,
        expires_at: int,
        signed_until: int,
        now: int,
        ended: tuple[str, str],
    ) -> tuple[bool, bool]:
        """Redeem a code and keep what it yields: of any number of callers exactly one gets through.

        Args:
            code_digest: SHA-256 of the code, hex.
            grant: what the code stands for.
            refresh: the first refresh token, where it yields one.
            grant_id: id of the new row.
            expires_at: when no token of it can live any more.
            signed_until: when the signed access token is over; 0 where there is none.
            now: Unix seconds.
            ended: purpose and digest by which the end of the grant's session is marked (`Spent`).

        Returns:
            Whether it was redeemed now, all of it, and not a row was written otherwise; and whether that mark was
            seen, looked for after the insert, which waits for a sign-out under way: then all that was written is
            revoked, in the same transaction, and the code is spent.
        """
        values = values_of(code_digest, grant, grant_id, 0, expires_at, now)
        del values["account_epoch"]
        values |= {"signed_until": signed_until, "granted_epoch": grant.account_epoch}
        if refresh is not None:
            values |= {f"refresh_{name}": value for name, value in refresh_values_of(refresh).items()}
        statement = _REDEEMING[refresh is not None]
        mark = {"grant": grant_id, "what": ended[0], "mark": ended[1], "now": now}
        made, marked = statement.last(self._session, values, _WITHDRAWING, **mark)
        return made is not None, marked is not None

    def renew(self, digest: str, client_id: str, idle_until: int, now: int) -> StoredGrant | None:
        """Prolong the idle life of a refresh token that its client keeps, and return its grant.

        Returns:
            None, and nothing is written, where the token may not be used now, or its grant is bound to a key, to
            resources, or has claims that were asked for by name.
        """
        values = {"wanted": digest, "client": client_id, "idle_until": idle_until, "now": now}
        row, _ = _RENEWING.last(self._session, values)
        return None if row is None else read_grant(row)
