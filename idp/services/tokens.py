"""What the token endpoint does once the client is known: whatever one of its three verbs writes is one transaction.

A code, a refresh token or a client's own right goes in; a frozen `IssuedTokens` comes out. A code whose tokens cannot
be signed is not spent. The plain cases are tried first (`idp.services.plain_tokens`); what they leave, and every
refusal, is this module's. Contention is tried again a few times and then told as `Unavailable`. Refusals are
`ProtocolError`, and what a refusal must leave behind, the death of a grant whose code or refresh token came back, is
committed before it is raised.
"""

import logging
from dataclasses import field, replace

from idp import crash_points
from idp.clock import Clock
from idp.config import Tokens as Lifetimes
from idp.metrics.points import SECURITY_EVENTS
from idp.protocol import rfc7636_pkce
from idp.protocol.client import Client
from idp.protocol.grant import AuthorizationGrant
from idp.protocol.names import SCOPE_CLAIMS
from idp.protocol.opaque import digest, looks_opaque, new_value
from idp.records import dataclass
from idp.services import refresh_tokens
from idp.services.access_tokens import AccessTokens
from idp.services.codes import ENDED_SESSION, Codes
from idp.services.encryption import Encryption, Recipient
from idp.services.id_tokens import IdTokens
from idp.services.issuing import IssuedTokens, Issuing, type_of
from idp.services.plain_tokens import PlainTokens
from idp.services.still_granted import withdrawn
from idp.services.token_wishes import Wish, choose_resource, client_key, narrowed, refuse
from idp.store.audit import AuditEvent
from idp.store.db import Store, Unit, once
from idp.store.errors import AlreadyRedeemed, Missed
from idp.store.tokens import FoundRefresh, RefreshToken
from keys.entropy import token_hex

log = logging.getLogger("idp.tokens")


@dataclass(frozen=True, slots=True)
class PresentedCode:
    """A code that was found; redeemable or not is for SQL.

    One that the key-value store has forgotten was found as the grant that it became: it was `redeemed`, and is never
    again, whether or not that row is still there when it is presented.
    """

    value: str = field(repr=False)
    grant: AuthorizationGrant
    redeemed: bool = False


@dataclass(frozen=True, slots=True)
class _Refusal:
    """A refusal that must commit what led to it."""

    description: str
    detail: str


class Tokens:
    """The three verbs.

    Args:
        store: opens units of work.
        codes: where codes are parked.
        access: makes access tokens.
        ids: makes ID tokens.
        encryption: finds whom ID tokens are encrypted to.
        lives: lifetimes in seconds.
        clock: Unix seconds.
        longest_session: seconds that a session may live: so long a grant tells whom to tell of its end.
    """

    def __init__(
        self,
        store: Store,
        codes: Codes,
        access: AccessTokens,
        ids: IdTokens,
        encryption: Encryption,
        lives: Lifetimes,
        clock: Clock,
        *,
        longest_session: int,
    ) -> None:
        self._store = store
        self._codes = codes
        self._access = access
        self._issuing = Issuing(access, ids)
        self._plain = PlainTokens(store, self._issuing, lives, longest_session)
        self._encryption = encryption
        self._lives = lives
        self._clock = clock

    def find_code(self, value: str) -> PresentedCode | None:
        """Return what a code stands for. SQL is asked only where the key-value store has forgotten it.

        A code that comes back after its minute must still kill what it produced (N-024), so the grant row answers;
        a row that still waits for its code does not: only the key-value store can say that a code is in time.
        """
        if not looks_opaque(value):
            return None
        grant = self._codes.peek(value)
        if grant is not None:
            return PresentedCode(value, grant)
        with self._store.reading() as unit:
            stored = unit.grants.by_code_digest(digest(value))
        if stored is None or stored.redeemable_until is not None:
            return None
        return PresentedCode(value, stored.grant, redeemed=True)

    def redeem_code(
        self,
        client: Client,
        code: PresentedCode,
        *,
        redirect_uri: str | None,
        code_verifier: str | None,
        wish: Wish,
    ) -> IssuedTokens:
        """Exchange a code for tokens, once.

        Everything that binds the code is checked before it is spent, so that whoever stole it without the rest can
        neither use it nor revoke what it produced (N-025, N-026); a wrong or missing verifier spends it (V-10).

        Raises:
            ProtocolError: `invalid_grant` and the like.
            Unavailable: nothing was issued.
        """
        grant = code.grant
        if grant.client_id != client.client_id:
            refuse("invalid_grant", "code is not valid", "code of another client")
        if redirect_uri != grant.redirect_uri:
            refuse("invalid_grant", "redirect_uri does not match the authorization request")
        if not rfc7636_pkce.holds(grant.code_challenge, code_verifier):
            self._codes.discard(code.value)
            refuse("invalid_grant", rfc7636_pkce.fault(grant.code_challenge, code_verifier))
        jkt = client_key(wish, client)
        if grant.dpop_jkt is not None and jkt != grant.dpop_jkt:
            refuse("invalid_grant", "the DPoP key is not the one of the authorization request")
        resource = choose_resource(client, grant.resources, wish.resources)
        recipient, now = self._encryption.of_id_tokens(client), self._clock()
        bound = replace(grant, dpop_jkt=jkt)

        def work() -> IssuedTokens | _Refusal:
            with self._store.begin() as unit:
                if code.redeemed:
                    return _punish_code(unit, digest(code.value), client, now)
                return self._redeem(unit, client, code.value, bound, resource, recipient, now)

        plain = None
        if not code.redeemed:
            plain = self._plain.redeem(client, code.value, bound, resource=resource, recipient=recipient, now=now)
        outcome = once(work) if plain is None else plain
        crash_points.reached("code-exchange.after_commit")
        return self._settled(outcome)

    def refresh(self, client: Client, value: str, wish: Wish) -> IssuedTokens:
        """Exchange a refresh token for an access token, an ID token, and for a public client its successor.

        A successor whose answer was lost is spent unused where its predecessor comes again within the grace, and
        another takes its place; whoever presents it afterwards presents a spent token (decision note 0007).

        Raises:
            ProtocolError: `invalid_grant`, `invalid_scope`, `invalid_target`, `invalid_dpop_proof`.
            Unavailable: nothing was issued.
        """
        if not looks_opaque(value):
            refuse("invalid_grant", "refresh token is not valid", "malformed")
        recipient, now = self._encryption.of_id_tokens(client), self._clock()

        def work() -> IssuedTokens | _Refusal:
            try:
                with self._store.begin() as unit:
                    return self._refresh(unit, client, value, wish, recipient, now)
            except Missed:
                return _Refusal("refresh token is not valid", "revoked meanwhile")

        plain = self._plain.refresh(client, value, wish, recipient, now)
        outcome = once(work) if plain is None else plain
        crash_points.reached("refresh.after_commit")
        return self._settled(outcome)

    def client_credentials(self, client: Client, wish: Wish) -> IssuedTokens:
        """Issue an access token for the client itself: no member, no ID token, no refresh token (N-037).

        Nothing is read or written: where the client was disabled within the second that its cache may be behind,
        the token is dead wherever it is asked about (decision note 0019).

        Raises:
            ProtocolError: `unauthorized_client`, `invalid_scope`, `invalid_target`, `invalid_dpop_proof`.
            Unavailable: nothing was issued.
        """
        if client.public:
            refuse("unauthorized_client", "client_credentials needs a confidential client")
        own = client.scopes - SCOPE_CLAIMS.keys()
        if not own.issuperset(wish.scope):
            refuse("invalid_scope", "a requested scope is not one this client has for itself")
        scope = tuple(dict.fromkeys(wish.scope)) or tuple(sorted(own))
        resource = choose_resource(client, (), wish.resources)
        jkt, now = client_key(wish, client), self._clock()
        value = self._access.mint(
            client,
            scope=scope,
            resource=resource,
            dpop_jkt=jkt,
            grant=None,
            grant_id=None,
            now=now,
        )
        return IssuedTokens(value, type_of(jkt), self._access.lifetime, scope)

    def _redeem(
        self,
        unit: Unit,
        client: Client,
        code: str,
        grant: AuthorizationGrant,
        resource: str | None,
        recipient: Recipient | None,
        now: int,
    ) -> IssuedTokens | _Refusal:
        account, enabled = unit.accounts.for_client(grant.account_id, client.client_id)
        _require_enabled(enabled=enabled)
        gone = withdrawn(unit, client, grant, account)
        if gone is not None or account is None:
            return _Refusal("code is not valid", gone or "")
        refreshing = refresh_tokens.wanted(client, grant.scope)
        name = digest(code)
        try:
            grant_id, signed_out = unit.grants.redeem(
                name,
                grant,
                grant_id=token_hex(16),
                account_epoch=account.epoch,
                expires_at=now + self._plain.longest(refreshing=refreshing) + self._access.lifetime,
                now=now,
                ended=(ENDED_SESSION, digest(grant.sid)),
            )
        except AlreadyRedeemed:
            return _punish_code(unit, name, client, now)
        crash_points.reached("code-exchange.after_spend")
        # Looked for after the insert, which waits for a sign-out under way (`idp.services.sign_out`).
        if signed_out:
            return _Refusal("code is not valid", "signed out since the sign-in")
        self._access.note_signed(unit, grant_id, resource, now)
        refresh_value = new_value() if refreshing else None
        if refresh_value is not None:
            unit.tokens.insert_refresh(
                refresh_tokens.first(refresh_value, grant_id=grant_id, client=client, lives=self._lives, now=now)
            )
        issued = self._issuing.issue(
            client, grant, account, grant_id=grant_id, scope=grant.scope, resource=resource,
            jkt=grant.dpop_jkt, refresh_token=refresh_value, refreshed=False,
            recipient=recipient, now=now,
        )  # fmt: skip
        crash_points.reached("code-exchange.before_commit")
        return issued

    def _refresh(
        self, unit: Unit, client: Client, value: str, wish: Wish, recipient: Recipient | None, now: int
    ) -> IssuedTokens | _Refusal:
        found = unit.tokens.find_refresh(digest(value), hold=refresh_tokens.rotates(client))
        if found is None:
            return _Refusal("refresh token is not valid", "unknown")
        verdict = refresh_tokens.judge(found, client, now)
        lost = self._lost(unit, found, now) if verdict.reused else None
        if verdict.reused and lost is None:
            return _punish_family(unit, found.grant.id, found.grant.grant, now)
        if not verdict.usable and lost is None:
            return _Refusal("refresh token is not valid", "expired, revoked or of another client")
        _require_enabled(enabled=found.enabled)
        grant = found.grant.grant
        scope = narrowed(client, grant.scope, wish.scope)
        resource = choose_resource(client, grant.resources, wish.resources)
        jkt = client_key(wish, client)
        if grant.dpop_jkt is not None and (jkt is None or (client.public and jkt != grant.dpop_jkt)):
            refuse("invalid_dpop_proof", "a DPoP proof with the key of this grant is needed")
        # The grant before its tokens, as a revocation does: in another order each would wait for the other.
        self._access.note_signed(unit, found.grant.id, resource, now)
        next_value: str | None = None
        if refresh_tokens.rotates(client):
            if lost is None and not unit.tokens.spend_refresh(found.token.digest, now):
                # Somebody else was quicker by a moment, with the same token: this is its second presentation.
                return self._refresh(unit, client, value, wish, recipient, now)
            if lost is not None:
                if not unit.tokens.spend_refresh(lost.digest, now):
                    return _punish_family(unit, found.grant.id, grant, now)
                log.info("refresh asked for again by %s", client.client_id, extra={"event": "refresh_repeated"})
            crash_points.reached("refresh.after_spend")
            next_value = new_value()
            unit.tokens.insert_refresh(refresh_tokens.successor(next_value, found.token, lives=self._lives, now=now))
        else:
            idle = min(now + self._lives.refresh_idle, found.token.expires_at)
            unit.tokens.keep_refresh(found.token.digest, idle, now)
        issued = self._issuing.issue(
            client, grant, found.account, grant_id=found.grant.id, scope=scope,
            resource=resource, jkt=jkt, refresh_token=next_value, refreshed=True,
            recipient=recipient, now=now,
        )  # fmt: skip
        crash_points.reached("refresh.before_commit")
        return issued

    def _lost(self, unit: Unit, found: FoundRefresh, now: int) -> RefreshToken | None:
        """Return the unused successor of a token whose replacement may be asked for again, or None."""
        if not found.in_force(now):
            return None
        replacements = unit.tokens.replacements(found.token.digest)
        return refresh_tokens.lost(found.token, replacements, grace=self._lives.refresh_grace, now=now)

    def _settled(self, outcome: IssuedTokens | _Refusal) -> IssuedTokens:
        if isinstance(outcome, _Refusal):
            refuse("invalid_grant", outcome.description, outcome.detail)
        return outcome


def _require_enabled(*, enabled: bool) -> None:
    """Refuse where the database says so: a client disabled a moment ago gets nothing, whatever a cache says (V-43)."""
    if not enabled:
        refuse("invalid_client", "client authentication failed", "client is disabled", status=401)


def _punish_code(unit: Unit, name: str, client: Client, now: int) -> _Refusal:
    """A valid second redemption: what the first produced dies (RFC 6749 section 4.1.2, N-024)."""
    stored = unit.grants.by_code_digest(name)
    if stored is None or stored.redeemable_until is not None:
        return _Refusal("code is not valid", "its grant was revoked or is over")
    if unit.grants.revoke(stored.id, "code_reused", now):
        unit.audit.add(_theft("code_reused", stored.grant.account_id, client.client_id, now))
    return _Refusal("code is not valid", "code was redeemed before; its tokens are revoked")


def _punish_family(unit: Unit, grant_id: str, grant: AuthorizationGrant, now: int) -> _Refusal:
    """A spent refresh token came back: somebody else holds one too, so the family dies (N-051)."""
    if unit.grants.revoke(grant_id, "refresh_reused", now):
        unit.audit.add(_theft("refresh_reused", grant.account_id, grant.client_id, now))
    return _Refusal("refresh token is not valid", "refresh token was used before; family revoked")


def _theft(event: str, account_id: str, client_id: str, now: int) -> AuditEvent:
    SECURITY_EVENTS.add(event)
    return AuditEvent(time=now, event=event, outcome="refused", account_id=account_id, client_id=client_id)
