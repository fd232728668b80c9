"""Access tokens: opaque for our own endpoints, `at+jwt` for a named resource (RFC 9068, decision D5).

Both kinds are rows found by the digest of the whole token, so that introspection and revocation know them alike and
one read answers with the grant and the account that keep a token alive. A resource server that verifies an `at+jwt`
by itself learns of a revocation when the token expires, ten minutes later at most by default.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from idp.protocol.client import Client
from idp.protocol.grant import AuthorizationGrant
from idp.protocol.opaque import digest, looks_like_token, new_value
from idp.store.accounts import Account
from idp.store.audit import AuditEvent
from idp.store.db import Store, once
from idp.store.grants import StoredGrant
from idp.store.tokens import AccessToken, FoundRefresh
from keys import jws
from keys.purposes import Purpose
from keys.ring import KeyRing

_SHORT: Final = "ES256"
_EVERYBODY_S: Final = "RS256"
"""RFC 9068 section 2.1; the settings cannot leave it out."""


@dataclass(frozen=True, slots=True)
class LiveToken:
    """A token that may be used now, with what it stands for; `grant` and `account` are None for client credentials.

    `refresh` tells a refresh token, which introspection shows to its own client and no endpoint accepts.
    """

    client: Client
    scope: tuple[str, ...]
    audience: tuple[str, ...]
    dpop_jkt: str | None
    issued_at: int
    expires_at: int
    grant: AuthorizationGrant | None
    account: Account | None
    refresh: bool = False


class AccessTokens:
    """Mints, finds and revokes access tokens.

    Args:
        ring: our keys, for `at+jwt`.
        issuer: our `iss`.
        lifetime: seconds.
    """

    def __init__(
        self,
        store: Store,
        ring: KeyRing,
        issuer: str,
        lifetime: int,
    ) -> None:
        self._store = store
        self._ring = ring
        self._issuer = issuer
        self.lifetime = lifetime

    def mint(
        self,
        client: Client,
        *,
        scope: Sequence[str],
        resource: str | None,
        dpop_jkt: str | None,
        grant: AuthorizationGrant | None,
        grant_id: str | None,
        now: int,
    ) -> tuple[str, AccessToken]:
        """Return a new token and the row to store; nothing is written.

        A token without a grant names the client as its subject (RFC 9068 section 2.2), never a member (N-037).
        """
        expires_at = now + self.lifetime
        if resource is None:
            value = new_value()
        else:
            claims: dict[str, object] = {
                "iss": self._issuer,
                "sub": client.client_id if grant is None else grant.subject,
                "aud": resource,
                "exp": expires_at,
                "iat": now,
                "jti": new_value(),
                "client_id": client.client_id,
                "scope": " ".join(scope),
            }
            if grant is not None:
                claims |= {
                    "auth_time": grant.auth_time,
                    "acr": grant.acr,
                    "amr": list(grant.amr),
                    "sid": grant.sid,
                }
            if dpop_jkt is not None:
                claims["cnf"] = {"jkt": dpop_jkt}
            value = jws.sign(self._ring, Purpose.ACCESS_TOKEN, claims, algorithm=self._algorithm(now), now=now)
        row = AccessToken(
            digest=digest(value),
            grant_id=grant_id,
            client_id=client.client_id,
            scope=tuple(scope),
            audience=() if resource is None else (resource,),
            dpop_jkt=dpop_jkt,
            issued_at=now,
            expires_at=expires_at,
        )
        return value, row

    def find(self, value: str, now: int) -> LiveToken | None:
        """Return an access token that may be used now, else None. One unit; may raise `Unavailable`.

        Alive means: itself, its grant, the account's status and epoch, and its client still enabled (N-054, V-43).
        """
        if not looks_like_token(value):
            return None
        with self._store.reading() as unit:
            found = unit.tokens.find_access(digest(value))
            if found is None or not found.live(now):
                return None
            client = unit.clients.get(found.token.client_id)
        if client is None or not client.enabled:
            return None
        token = found.token
        return LiveToken(
            client=client,
            scope=token.scope,
            audience=token.audience,
            dpop_jkt=token.dpop_jkt,
            issued_at=token.issued_at,
            expires_at=token.expires_at,
            grant=None if found.grant is None else found.grant.grant,
            account=found.account,
        )

    def find_refresh(self, value: str, client: Client, now: int) -> LiveToken | None:
        """Return a refresh token of this client that may be used now, else None; for introspection."""
        if not looks_like_token(value):
            return None
        with self._store.reading() as unit:
            found = unit.tokens.find_refresh(digest(value))
            if found is None or found.token.client_id != client.client_id or not found.live(now):
                return None
            present = unit.clients.get(client.client_id)
        if present is None or not present.enabled:
            # The caller may have been authenticated from a cache that is some seconds old (V-43).
            return None
        return LiveToken(
            client=client,
            scope=found.grant.grant.scope,
            audience=(),
            dpop_jkt=found.grant.grant.dpop_jkt if client.public else None,
            issued_at=found.token.issued_at,
            expires_at=min(found.token.idle_expires_at, found.token.expires_at),
            grant=found.grant.grant,
            account=found.account,
            refresh=True,
        )

    def revoke(self, value: str, client: Client, now: int) -> bool:
        """Revoke a token of this client with everything of its grant; committed before it returns (N-055).

        One authorization stands or falls as a whole: its access and refresh tokens die together (V-42). Unknown
        tokens and other clients' change nothing.

        Returns:
            Whether a token of this client was found.
        """
        if not looks_like_token(value):
            return False

        def work() -> bool:
            with self._store.begin() as unit:
                name = digest(value)
                found = unit.tokens.find_access(name) or unit.tokens.find_refresh(name)
                if found is None or found.token.client_id != client.client_id:
                    return False
                if found.grant is None:
                    unit.tokens.revoke_access(name, now)
                elif unit.grants.revoke(found.grant.id, "revoked_by_client", now):
                    unit.audit.add(_revoked(found.grant, client, now, found))
                return True

        return once(work)

    def _algorithm(self, now: int) -> str:
        """Return the short signature where the house makes it, else the one that every resource server verifies."""
        return _SHORT if _SHORT in self._ring.signing_algorithms(now) else _EVERYBODY_S


def _revoked(grant: StoredGrant, client: Client, now: int, found: object) -> AuditEvent:
    return AuditEvent(
        time=now,
        event="grant_revoked",
        account_id=grant.grant.account_id,
        client_id=client.client_id,
        details={"by": "refresh_token" if isinstance(found, FoundRefresh) else "access_token"},
    )
