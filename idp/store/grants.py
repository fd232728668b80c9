"""Redeemed authorizations: the row that judges single use of a code, and the root of its tokens (decision D2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from idp.protocol.grant import AuthorizationGrant
from idp.store.errors import AlreadyRedeemed
from idp.store.rows import changed, insert_if_absent, purge, table
from idp.store.tables import AccessTokenRow, GrantRow, RefreshTokenRow

GRANTS: Final = table(GrantRow)
_NAMES: Final = tuple(column.name for column in GRANTS.columns)
_TOKENS: Final = (table(AccessTokenRow), table(RefreshTokenRow))


@dataclass(frozen=True, slots=True)
class StoredGrant:
    """A redeemed authorization. `account_epoch` is the account's when it was granted: an older one is dead."""

    id: str
    grant: AuthorizationGrant
    account_epoch: int
    created_at: int
    expires_at: int
    revoked_at: int | None = None
    revoked_reason: str | None = None


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
    )


class Grants:
    """The redeemed authorizations, in one unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def insert_redeemed(
        self,
        code_digest: str,
        grant: AuthorizationGrant,
        *,
        grant_id: str,
        account_epoch: int,
        expires_at: int,
        now: int,
    ) -> None:
        """Redeem a code: of any number of callers, in any number of processes, exactly one gets through.

        It must be in the unit that writes the tokens: if that fails, the code is unspent again.

        Args:
            code_digest: SHA-256 of the code, hex.
            grant: what the code stands for.
            grant_id: id of the new row.
            account_epoch: epoch of the account when the member signed in.
            expires_at: when no token of it can live any more; the row is kept until then to answer a reuse.
            now: Unix seconds.

        Raises:
            AlreadyRedeemed: the code was redeemed before. The unit stays usable, so that the reuse can be punished.
        """
        values = {
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
        }
        if not insert_if_absent(self._session, GRANTS, values, "code_digest"):
            raise AlreadyRedeemed(code_digest)

    def by_code_digest(self, code_digest: str) -> StoredGrant | None:
        """Return the grant a code became; missing when it was never redeemed or long ago."""
        return self._one(GRANTS.c.code_digest == code_digest)

    def by_id(self, grant_id: str) -> StoredGrant | None:
        """Return one grant, revoked or not; may be missing."""
        return self._one(GRANTS.c.id == grant_id)

    def live_of_session(self, sid: str, now: int) -> Sequence[StoredGrant]:
        """Return the grants of a session that are not revoked nor expired, for back-channel logout."""
        alive = (GRANTS.c.sid == sid) & GRANTS.c.revoked_at.is_(None) & (GRANTS.c.expires_at > now)
        return [read_grant(row) for row in self._session.execute(select(GRANTS).where(alive))]

    def revoke(self, grant_id: str, reason: str, now: int) -> bool:
        """Revoke a grant and every token of it; idempotent. Return whether it was alive."""
        return self._revoke(GRANTS.c.id == grant_id, reason, now) == 1

    def revoke_for_account(self, account_id: str, reason: str, now: int) -> int:
        """Revoke every grant of an account; return how many were alive."""
        return self._revoke(GRANTS.c.account_id == account_id, reason, now)

    def revoke_for_session(self, sid: str, reason: str, now: int) -> int:
        """Revoke every grant of a session; return how many were alive."""
        return self._revoke(GRANTS.c.sid == sid, reason, now)

    def revoke_for(self, account_id: str, client_id: str, reason: str, now: int) -> int:
        """Revoke every grant an account gave to a client; return how many were alive."""
        condition = (GRANTS.c.account_id == account_id) & (GRANTS.c.client_id == client_id)
        return self._revoke(condition, reason, now)

    def purge(self, now: int, limit: int = 500) -> int:
        """Delete at most `limit` expired grants with their tokens; return how many."""
        return purge(self._session, GRANTS, GRANTS.c.expires_at <= now, limit)

    def _revoke(self, condition: ColumnElement[bool], reason: str, now: int) -> int:
        # The grant first: a token inserted beside us is dead too, because every reader joins its grant.
        statement = update(GRANTS).where(condition, GRANTS.c.revoked_at.is_(None))
        count = changed(self._session, statement.values(revoked_at=now, revoked_reason=reason))
        of_these = select(GRANTS.c.id).where(condition)
        for tokens in _TOKENS:
            dying = tokens.c.grant_id.in_(of_these) & tokens.c.revoked_at.is_(None)
            self._session.execute(update(tokens).where(dying).values(revoked_at=now))
        return count

    def _one(self, condition: ColumnElement[bool]) -> StoredGrant | None:
        row = self._session.execute(select(GRANTS).where(condition)).one_or_none()
        return None if row is None else read_grant(row)
