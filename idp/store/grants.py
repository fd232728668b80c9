"""Authorizations with tokens: the row that judges single use of a code, and the root of its tokens (decision D2)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, func, insert, select, update

from idp.protocol.grant import AuthorizationGrant
from idp.records import dataclass
from idp.store.errors import AlreadyRedeemed
from idp.store.rows import absent, changed, purge, table
from idp.store.session import Session
from idp.store.spent import KNOWN
from idp.store.tables import GrantRow, RefreshTokenRow

GRANTS: Final = table(GrantRow)
_NAMES: Final = tuple(column.name for column in GRANTS.columns)
_REFRESH: Final = table(RefreshTokenRow)


@dataclass(frozen=True, slots=True)
class StoredGrant:
    """An authorization with tokens. `account_epoch` is the account's when it was granted: an older one is dead.

    `redeemable_until` is set while it waits for its code.
    """

    id: str
    grant: AuthorizationGrant
    account_epoch: int
    created_at: int
    expires_at: int
    revoked_at: int | None = None
    revoked_reason: str | None = None
    redeemable_until: int | None = None


def read_grant(values: Sequence[Any]) -> StoredGrant:
    """Build a grant from the columns of `GRANTS`, in their order."""
    row: Mapping[str, Any] = dict(zip(_NAMES, values, strict=True))
    grant = AuthorizationGrant(
        client_id=row["client_id"],
        account_id=row["account_id"],
        subject=row["subject"],
        sid=row["sid"],
        scope=tuple(row["scope"].split()),
        redirect_uri=row["redirect_uri"],
        auth_time=row["auth_time"],
        acr=row["acr"],
        amr=tuple(row["amr"]),
        nonce=row["nonce"],
        code_challenge=row["code_challenge"],
        claims=row["claims"],
        resources=tuple(row["resources"]),
        dpop_jkt=row["dpop_jkt"],
    )
    return StoredGrant(
        id=row["id"],
        grant=grant,
        account_epoch=row["account_epoch"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
        revoked_reason=row["revoked_reason"],
        redeemable_until=row["redeemable_until"],
    )


def values_of(
    code_digest: str, grant: AuthorizationGrant, grant_id: str, account_epoch: int, expires_at: int, now: int
) -> dict[str, Any]:
    """Return the columns of a new row that waits for nothing."""
    return {
        "id": grant_id,
        "code_digest": code_digest,
        "account_id": grant.account_id,
        "account_epoch": account_epoch,
        "client_id": grant.client_id,
        "subject": grant.subject,
        "sid": grant.sid,
        "scope": " ".join(grant.scope),
        "claims": dict(grant.claims),
        "nonce": grant.nonce,
        "acr": grant.acr,
        "amr": list(grant.amr),
        "auth_time": grant.auth_time,
        "redirect_uri": grant.redirect_uri,
        "code_challenge": grant.code_challenge,
        "resources": list(grant.resources),
        "dpop_jkt": grant.dpop_jkt,
        "created_at": now,
        "expires_at": expires_at,
        "revoked_at": None,
        "revoked_reason": None,
        "redeemable_until": None,
        "signed_until": 0,
    }


class Grants:
    """The authorizations with tokens, in one unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def redeem(
        self,
        code_digest: str,
        grant: AuthorizationGrant,
        *,
        grant_id: str,
        account_epoch: int,
        expires_at: int,
        now: int,
        ended: tuple[str, str],
    ) -> tuple[str, bool]:
        """Redeem a code: of any number of callers, in any number of processes, exactly one gets through.

        The unique digest judges where the code has no row yet, one conditional UPDATE where `insert_early` made it.
        It must be in the unit that writes the tokens: if that fails, the code is unspent again.

        Args:
            code_digest: SHA-256 of the code, hex.
            grant: what the code stands for.
            grant_id: id of the new row.
            account_epoch: epoch of the account when the member signed in.
            expires_at: when no token of it can live any more; the row is kept until then to answer a reuse.
            now: Unix seconds.
            ended: purpose and digest by which the end of the grant's session is marked (`Spent`).

        Returns:
            The id of the code's row, `grant_id` or that of the row which was there; and whether that mark was seen,
            looked for after the insert.

        Raises:
            AlreadyRedeemed: the code was redeemed before, or its row is revoked or too old. The unit stays usable, so
                that a reuse can be punished.
        """
        values = values_of(code_digest, grant, grant_id, account_epoch, expires_at, now)
        inserting, marked = absent(self._session, GRANTS, values, "code_digest"), {"what": ended[0], "wanted": ended[1]}
        inserted, found = inserting.count_then(self._session, values, KNOWN, marked)
        if inserted == 1:
            return grant_id, found is not None
        waiting = (
            (GRANTS.c.code_digest == code_digest) & (GRANTS.c.redeemable_until > now) & GRANTS.c.revoked_at.is_(None)
        )
        taken = {"redeemable_until": None, "expires_at": expires_at, "dpop_jkt": grant.dpop_jkt}
        early = self._session.execute(update(GRANTS).where(waiting).values(**taken).returning(GRANTS.c.id)).scalar()
        if early is None:
            raise AlreadyRedeemed(code_digest)
        return str(early), KNOWN.first(self._session, **marked) is not None

    def insert_early(
        self,
        code_digest: str | None,
        grant: AuthorizationGrant,
        *,
        grant_id: str,
        account_epoch: int,
        redeemable_until: int,
        expires_at: int,
        now: int,
    ) -> None:
        """Write the grant of an access token that goes through the browser, before its code is redeemed, if ever.

        Args:
            code_digest: SHA-256 of the code, hex; None where the answer has no code.
            grant: what the member granted.
            grant_id: id of the new row.
            account_epoch: epoch of the account when the member signed in.
            redeemable_until: Unix seconds from which the code is too old; without a code it means nothing.
            expires_at: when neither the code nor the token can live any more.
            now: Unix seconds.
        """
        # No SHA-256 has a colon: nobody can present a code of that digest.
        values = values_of(code_digest or f"none:{grant_id}", grant, grant_id, account_epoch, expires_at, now)
        values["redeemable_until"] = None if code_digest is None else redeemable_until
        self._session.execute(insert(GRANTS).values(**values))

    def signed(self, grant_id: str, until: int) -> None:
        """Note that an access token was signed, which others believe until then without asking us."""
        later = (GRANTS.c.id == grant_id) & (GRANTS.c.signed_until < until)
        self._session.execute(update(GRANTS).where(later).values(signed_until=until))

    def signed_alive(self, now: int) -> int:
        """Return how many authorizations have a signed access token that could be used now."""
        living = GRANTS.c.revoked_at.is_(None) & (GRANTS.c.signed_until > now)
        return self._session.execute(select(func.count()).select_from(GRANTS).where(living)).scalar_one()

    def by_code_digest(self, code_digest: str) -> StoredGrant | None:
        """Return the grant a code became; missing when it was never redeemed or long ago."""
        return self._one(GRANTS.c.code_digest == code_digest)

    def by_id(self, grant_id: str) -> StoredGrant | None:
        """Return one grant, revoked or not; may be missing."""
        return self._one(GRANTS.c.id == grant_id)

    def revoke(self, grant_id: str, reason: str, now: int) -> bool:
        """Revoke a grant and every token of it; idempotent. Return whether it was alive."""
        return self._revoke(GRANTS.c.id == grant_id, reason, now) == 1

    def revoke_for_account(self, account_id: str, reason: str, now: int) -> int:
        """Revoke every grant of an account; return how many were alive."""
        return self._revoke(GRANTS.c.account_id == account_id, reason, now)

    def revoke_all_but(self, account_id: str, sid: str, reason: str, now: int) -> int:
        """Revoke every grant of an account but those of one session; return how many were alive."""
        return self._revoke((GRANTS.c.account_id == account_id) & (GRANTS.c.sid != sid), reason, now)

    def revoke_for_session(self, sid: str, reason: str, now: int) -> int:
        """Revoke every grant of a session; return how many were alive."""
        return self._revoke(GRANTS.c.sid == sid, reason, now)

    def revoke_in_session(self, sid: str, client_id: str, reason: str, now: int) -> int:
        """Revoke the grants of one client in a session; return how many were alive."""
        return self._revoke((GRANTS.c.sid == sid) & (GRANTS.c.client_id == client_id), reason, now)

    def revoke_for(self, account_id: str, client_id: str, reason: str, now: int) -> int:
        """Revoke every grant an account gave to a client; return how many were alive."""
        condition = (GRANTS.c.account_id == account_id) & (GRANTS.c.client_id == client_id)
        return self._revoke(condition, reason, now)

    def revoke_for_client(self, client_id: str, reason: str, now: int) -> int:
        """Revoke every grant that members gave to a client; return how many were alive."""
        return self._revoke(GRANTS.c.client_id == client_id, reason, now)

    def purge(self, now: int, limit: int = 500) -> int:
        """Delete at most `limit` expired grants with their tokens; return how many."""
        return purge(self._session, GRANTS.c.expires_at, GRANTS.c.expires_at <= now, limit)

    def _revoke(self, condition: ColumnElement[bool], reason: str, now: int) -> int:
        # The grant first: a token inserted beside us is dead too, because every reader joins its grant.
        statement = update(GRANTS).where(condition, GRANTS.c.revoked_at.is_(None))
        count = changed(self._session, statement.values(revoked_at=now, revoked_reason=reason))
        dying = _REFRESH.c.grant_id.in_(select(GRANTS.c.id).where(condition)) & _REFRESH.c.revoked_at.is_(None)
        self._session.execute(update(_REFRESH).where(dying).values(revoked_at=now))
        return count

    def _one(self, condition: ColumnElement[bool]) -> StoredGrant | None:
        row = self._session.execute(select(GRANTS).where(condition)).one_or_none()
        return None if row is None else read_grant(row)
