"""Userinfo (OpenID Connect Core 5.3) as a protected resource of RFC 6750 and RFC 9449 section 7; N-045."""

import json
import logging
from collections.abc import Mapping
from typing import Any

from idp.clock import Clock
from idp.endpoints.dpop import DpopGate
from idp.endpoints.rfc6750_bearer import Scheme, check_holder, in_header
from idp.protocol import rfc9449_dpop
from idp.protocol.client_notes import Kind, Note, unnoted
from idp.protocol.errors import ProtocolError
from idp.protocol.messages import NO_STORE, Reply, Request, json_reply
from idp.protocol.parameters import said_twice
from idp.records import dataclass
from idp.services import claims as member_claims
from idp.services.access_tokens import AccessTokens, LiveToken
from idp.services.encryption import Encryption
from keys import jws
from keys.purposes import Purpose
from keys.ring import KeyRing

log = logging.getLogger("idp.endpoints")


@dataclass(frozen=True, slots=True)
class UserInfoEndpoint:
    """GET and POST /userinfo: one read; signed, encrypted or both only where the client registered it."""

    access: AccessTokens
    dpop: DpopGate
    ring: KeyRing
    encryption: Encryption
    issuer: str
    clock: Clock
    note: Note = unnoted

    def __call__(self, request: Request) -> Reply:
        """Answer with the claims that the token's scope and the `claims` parameter open."""
        scheme: Scheme = "Bearer"
        try:
            scheme, value = _presented(request)
            token = self._token(request, scheme, value)
            reply = self._claims(token)
        except ProtocolError as error:
            return _refusal(error, scheme, request)
        self.note(token.client.client_id, Kind.USERINFO)
        return reply

    def _token(self, request: Request, scheme: Scheme, value: str) -> LiveToken:
        token = self.access.find(value, self.clock())
        # A token made for a named resource is not for this one (N-045).
        if token is None or token.audience:
            raise ProtocolError("invalid_token", "the access token is not valid", status=401)
        check_holder(request, token, scheme, value, self.dpop)
        if token.grant is None or token.account is None or "openid" not in token.scope:
            raise ProtocolError("insufficient_scope", "openid is needed", status=403)
        return token

    def _claims(self, token: LiveToken) -> Reply:
        if token.grant is None or token.account is None:
            raise ProtocolError("insufficient_scope", "openid is needed", status=403)
        claims = {
            **member_claims.for_userinfo(token.account, token.client, token.grant, token.scope),
            "sub": token.grant.subject,
        }
        algorithm = token.client.userinfo_signed_response_alg
        recipient = self.encryption.of_userinfo(token.client)
        if algorithm is None and recipient is None:
            return json_reply(200, claims)
        text = (
            json.dumps(claims, separators=(",", ":")) if algorithm is None else self._signed(token, claims, algorithm)
        )
        if recipient is not None:
            text = recipient.seal(text, signed=algorithm is not None)
        return Reply(200, (("Content-Type", "application/jwt"), *NO_STORE), text.encode())

    def _signed(self, token: LiveToken, claims: Mapping[str, Any], algorithm: str) -> str:
        registered = {"iss": self.issuer, "aud": token.client.client_id}
        return jws.sign(self.ring, Purpose.USERINFO, {**claims, **registered}, algorithm=algorithm, now=self.clock())


def _presented(request: Request) -> tuple[Scheme, str]:
    """Return how and which token is presented: in the header or the form, in one place only (RFC 6750 section 2)."""
    if request.query.get("access_token") is not None:
        raise ProtocolError("invalid_request", "an access token in the query is refused")
    header = request.headers.get("authorization")
    body = None
    if request.method == "POST":
        body = request.form.get("access_token")
        if request.form.repeated() is not None:
            raise said_twice(name for name, _ in request.form.pairs)
    if header is not None and body is not None:
        raise ProtocolError("invalid_request", "the access token is presented twice")
    return ("Bearer", body) if body is not None else in_header(request)


def _refusal(error: ProtocolError, scheme: Scheme, request: Request) -> Reply:
    """Answer in the way of RFC 6750 section 3: no error code where no credentials were sent."""
    status = 401 if error.error == "invalid_dpop_proof" else error.status
    parts = ['realm="userinfo"']
    if error.error:
        parts.append(f'error="{error.error}"')
        parts.append(f'error_description="{error.description}"')
    if error.error == "insufficient_scope":
        parts.append('scope="openid"')
    dpop = f'DPoP {", ".join(parts)}, algs="{" ".join(rfc9449_dpop.ALGORITHMS)}"'
    challenge = dpop if scheme == "DPoP" else f"Bearer {', '.join(parts)}"
    log.info(
        "userinfo refused: %s (%s)",
        error.error or "no token",
        error.description,
        extra={"event": "userinfo_refused", "reference": request.reference},
    )
    body = {"error": error.error, "error_description": error.description} if error.error else {}
    reply = json_reply(status, body)
    return Reply(status, (*reply.headers, ("WWW-Authenticate", challenge)), reply.body)
