"""Access tokens: opaque for our own endpoints, `at+jwt` for a named resource (RFC 9068, decision D5).

Neither has a row. The opaque one is its sealed reference (`idp.services.token_references`), the signed one carries
that as its `jti`; so introspection and revocation know them alike, one read answers with the grant and the account
that keep a token alive, and nonsense is refused without one. A resource server that verifies an `at+jwt` by itself
learns of a revocation when the token expires, ten minutes later at most by default.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from idp.protocol.client import Client
from idp.protocol.grant import AuthorizationGrant
from idp.protocol.opaque import digest, looks_opaque, looks_signed
from idp.records import dataclass
from idp.services.clients import Clients
from idp.services.token_references import COOL_DOWN, TokenReference, TokenReferences
from idp.store.accounts import Account
from idp.store.audit import AuditEvent
from idp.store.db import Store, Unit, once
from idp.store.grants import StoredGrant
from keys import jws
from keys.errors import Rejection, TokenRejected
from keys.purposes import Purpose
from keys.ring import KeyRing

_SHORT: Final = "ES256"
_EVERYBODY_S: Final = "RS256"
"""RFC 9068 section 2.1; the settings cannot leave it out."""
REVOKED: Final = "revoked_token"
"""What the digest of a program's own token that was revoked is spent for."""


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
        store: opens units of work.
        clients: the applications; whether one is enabled is asked of the database.
        references: seals what tokens refer to.
        ring: our keys, for `at+jwt`.
        issuer: our `iss`.
        lifetime: seconds.
    """

    def __init__(
        self,
        store: Store,
        clients: Clients,
        references: TokenReferences,
        ring: KeyRing,
        issuer: str,
        lifetime: int,
    ) -> None:
        self._store = store
        self._clients = clients
        self._references = references
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
    ) -> str:
        """Return a new token; nothing is read or written.

        A token without a grant names the client as its subject (RFC 9068 section 2.2), never a member (N-037).
        """
        expires_at = now + self.lifetime
        reference = TokenReference(
            grant_id=grant_id,
            client_id=client.client_id if grant_id is None else None,
            scope=tuple(scope),
            resource=resource,
            dpop_jkt=dpop_jkt,
            epoch=client.token_epoch if grant_id is None else 0,
            issued_at=now,
            expires_at=expires_at,
        )
        value = self._references.write(reference, now)
        if resource is None:
            return value
        claims: dict[str, object] = {
            "iss": self._issuer,
            "sub": client.client_id if grant is None else grant.subject,
            "aud": resource,
            "exp": expires_at,
            "iat": now,
            "jti": value,
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
        return jws.sign(self._ring, Purpose.ACCESS_TOKEN, claims, algorithm=self._algorithm(now), now=now)

    def note_signed(self, unit: Unit, grant_id: str, resource: str | None, now: int) -> None:
        """Note with a grant until when a token for a named resource is believed by those who do not ask us."""
        if resource is not None:
            unit.grants.signed(grant_id, now + self.lifetime)

    def find(self, value: str, now: int) -> LiveToken | None:
        """Return an access token that may be used now, else None. At most one statement; may raise `Unavailable`.

        Alive means: itself, its grant, the account's status and epoch, its client still enabled (N-054, V-43), and no
        emergency of the keys since. What another node has replaced is looked for once a second, by one more.
        """
        read = self._read(value, now)
        if read is None:
            return None
        name, reference = read
        if reference.grant_id is None:
            return self._find_own(name, reference, now)
        with self._store.reading() as unit:
            roots = unit.tokens.roots(reference.grant_id)
        if roots is None or not self._in_force(reference, roots.secret, now) or not roots.alive(now):
            return None
        client = self._clients.get(roots.grant.grant.client_id)
        return None if client is None else _live(client, reference, roots.grant.grant, roots.account)

    def find_refresh(self, value: str, client: Client, now: int) -> LiveToken | None:
        """Return a refresh token of this client that may be used now, else None; for introspection."""
        if not looks_opaque(value):
            return None
        with self._store.reading() as unit:
            found = unit.tokens.find_refresh(digest(value))
        if found is None or found.token.client_id != client.client_id:
            return None
        # The caller may have been authenticated from a cache that is a second old (V-43).
        if not found.enabled or not found.live(now):
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
        read = self._read(value, now)
        if read is None and not looks_opaque(value):
            return False

        def work() -> bool:
            with self._store.begin() as unit:
                if read is None:
                    found = unit.tokens.find_refresh(digest(value))
                    return found is not None and _end(unit, found.grant, client, now, "refresh_token")
                name, reference = read
                if reference.grant_id is None:
                    mine = reference.client_id == client.client_id
                    if mine:
                        unit.spent.mark(REVOKED, digest(name), reference.expires_at)
                    return mine
                grant = unit.grants.by_id(reference.grant_id)
                return grant is not None and _end(unit, grant, client, now, "access_token")

        return once(work)

    def _read(self, value: str, now: int) -> tuple[str, TokenReference] | None:
        """Return the sealed reference of a token, and what it refers to; None for nobody's and for one too old."""
        name, signed = value, looks_signed(value)
        if signed:
            try:
                name = str(self._claims(value, now)["jti"])
            except TokenRejected:
                return None
        reference = self._references.read(name, now)
        if reference is None or signed is (reference.resource is None):
            # A token for a resource is the signed one: its `jti` alone is nothing, and outlives no key.
            return None
        return name, reference

    def _claims(self, value: str, now: int) -> Mapping[str, Any]:
        """Return the claims of a token that we signed, perhaps by another node's new key; TokenRejected otherwise."""
        try:
            return jws.verify_own(self._ring, Purpose.ACCESS_TOKEN, value, now=now).claims
        except TokenRejected as refused:
            if refused.reason is not Rejection.UNKNOWN_KEY or not self._ring.reload_if_older_than(now, COOL_DOWN):
                raise
        return jws.verify_own(self._ring, Purpose.ACCESS_TOKEN, value, now=now).claims

    def _find_own(self, name: str, reference: TokenReference, now: int) -> LiveToken | None:
        client_id = reference.client_id or ""
        with self._store.reading() as unit:
            secret = unit.tokens.own_secret(client_id, reference.epoch, REVOKED, digest(name))
        if secret is None or not self._in_force(reference, secret, now):
            return None
        client = self._clients.get(client_id)
        return None if client is None else _live(client, reference, None, None)

    def _in_force(self, reference: TokenReference, secret: int, now: int) -> bool:
        """Whether a token is of the secret that is stored; where it is not, this node has not heard of that one yet."""
        if reference.secret == secret:
            return True
        self._references.reload_if_older_than(now, COOL_DOWN)
        return False

    def _algorithm(self, now: int) -> str:
        """Return the short signature where the house makes it, else the one that every resource server verifies."""
        return _SHORT if self._ring.signs(_SHORT, now) else _EVERYBODY_S


def _live(
    client: Client, reference: TokenReference, grant: AuthorizationGrant | None, account: Account | None
) -> LiveToken:
    return LiveToken(
        client=client,
        scope=reference.scope,
        audience=() if reference.resource is None else (reference.resource,),
        dpop_jkt=reference.dpop_jkt,
        issued_at=reference.issued_at,
        expires_at=reference.expires_at,
        grant=grant,
        account=account,
    )


def _end(unit: Unit, found: StoredGrant, client: Client, now: int, by: str) -> bool:
    """End a grant of this client; return whether it is one."""
    if found.grant.client_id != client.client_id:
        return False
    if unit.grants.revoke(found.id, "revoked_by_client", now):
        event = AuditEvent(
            time=now,
            event="grant_revoked",
            account_id=found.grant.account_id,
            client_id=client.client_id,
            details={"by": by},
        )
        unit.audit.add(event)
    return True
