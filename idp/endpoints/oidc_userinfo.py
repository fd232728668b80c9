"""Userinfo (OpenID Connect Core 5.3) as a protected resource of RFC 6750 and RFC 9449 section 7; N-045."""

import logging
import re
from dataclasses import dataclass
from typing import Final, Literal

from idp.clock import Clock
from idp.endpoints.dpop import DpopGate
from idp.protocol import rfc9449_dpop
from idp.protocol.errors import ProtocolError
from idp.protocol.messages import NO_STORE, Reply, Request, json_reply
from idp.services import claims as member_claims
from idp.services.access_tokens import AccessTokens, LiveToken
from keys import jws
from keys.purposes import Purpose
from keys.ring import KeyRing

log = logging.getLogger("idp.endpoints")

Scheme = Literal["Bearer", "DPoP"]
_SCHEMES: Final[dict[str, Scheme]] = {"bearer": "Bearer", "dpop": "DPoP"}
_CREDENTIALS: Final = re.compile(r"([A-Za-z]+) +([A-Za-z0-9\-._~+/]+=*)")
_FORM: Final = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class UserInfoEndpoint:
    """GET and POST /userinfo: one read, and no signature unless the client registered one."""

    access: AccessTokens
    dpop: DpopGate
    ring: KeyRing
    issuer: str
    clock: Clock

    def __call__(self, request: Request) -> Reply:
        """Answer with the claims that the token's scope and the `claims` parameter open."""
        scheme: Scheme = "Bearer"
        try:
            scheme, value = _presented(request)
            token = self._token(request, scheme, value)
            return self._claims(token)
        except ProtocolError as error:
            return _refusal(error, scheme, request)

    def _token(self, request: Request, scheme: Scheme, value: str) -> LiveToken:
        token = self.access.find(value, self.clock())
        # A token made for a named resource is not for this one (N-045).
        if token is None or token.audience:
            raise ProtocolError("invalid_token", "the access token is not valid", status=401)
        if token.dpop_jkt is None and scheme == "DPoP":
            raise ProtocolError("invalid_token", "the access token is not DPoP-bound", status=401)
        if token.dpop_jkt is not None:
            if scheme != "DPoP":
                raise ProtocolError("invalid_token", "the access token is DPoP-bound", status=401)
            if self.dpop.key_of(request, value) != token.dpop_jkt:
                raise ProtocolError("invalid_token", "the DPoP key does not match", status=401)
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
        if algorithm is None:
            return json_reply(200, claims)
        registered = {"iss": self.issuer, "aud": token.client.client_id}
        signed = jws.sign(
            self.ring,
            Purpose.USERINFO,
            {**claims, **registered},
            algorithm=algorithm,
            now=self.clock(),
        )
        return Reply(200, (("Content-Type", "application/jwt"), *NO_STORE), signed.encode())


def _presented(request: Request) -> tuple[Scheme, str]:
    """Return how and which token is presented: in the header or the form, in one place only (RFC 6750 section 2)."""
    if request.query.get("access_token") is not None:
        raise ProtocolError("invalid_request", "an access token in the query is refused")
    header = request.headers.get("authorization")
    body = None
    if request.method == "POST":
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        body = request.form.get("access_token") if kind == _FORM else None
        if request.form.repeated() is not None:
            raise ProtocolError("invalid_request", "a parameter appears more than once")
    if header is not None and body is not None:
        raise ProtocolError("invalid_request", "the access token is presented twice")
    if body is not None:
        return "Bearer", body
    if header is None:
        raise ProtocolError("", status=401)
    found = _CREDENTIALS.fullmatch(header.strip())
    scheme = _SCHEMES.get(found[1].lower()) if found else None
    if found is None or scheme is None or request.sent_twice("authorization"):
        raise ProtocolError("invalid_request", "the Authorization header is malformed")
    return scheme, found[2]


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
