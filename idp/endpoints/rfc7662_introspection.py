"""Token introspection (RFC 7662; N-056): a client's own tokens, or a resource server's, and nothing about others.

Whoever accepts `application/token-introspection+jwt` gets the answer signed (RFC 9701), so that it can be shown to a
third party afterwards: what was said, by whom, to whom and when; and then encrypted where the caller registered it.
"""

from typing import Any, Final

from authlib.oauth2.rfc7662 import IntrospectionEndpoint as Core

from idp.clock import Clock
from idp.endpoints.server import ClientView, Server, error_reply, require_form
from idp.protocol.client import Client
from idp.protocol.errors import ProtocolError
from idp.protocol.messages import NO_STORE, Reply, Request
from idp.services.access_tokens import AccessTokens, LiveToken
from idp.services.encryption import Encryption
from keys import jws
from keys.purposes import Purpose
from keys.ring import KeyRing

SIGNED: Final = "application/token-introspection+jwt"
DEFAULT_ALGORITHM: Final = "RS256"
"""Where a client registers no `introspection_signed_response_alg` (RFC 9701 section 6)."""


class IntrospectionEndpoint(Core):
    """POST /introspect, for confidential clients."""

    def __init__(
        self, server: Server, access: AccessTokens, ring: KeyRing, encryption: Encryption, issuer: str, clock: Clock
    ) -> None:
        super().__init__(server)
        self._access = access
        self._encryption = encryption
        self._ring = ring
        self._issuer = issuer
        self._clock = clock
        self._server = server

    def authenticate_token(self, request: Any, client: ClientView) -> LiveToken | None:
        """Return a live token that this caller may know about, or None (V-16)."""
        caller = client.client
        if caller.public:
            raise ProtocolError("invalid_client", "client authentication failed", status=401)
        token = request.form.get("token")
        if token is None:
            raise ProtocolError("invalid_request", "token is missing")
        now = self._clock()
        found = self._access.find(token, now)
        if found is None:
            return self._access.find_refresh(token, caller, now)
        return found if _may_know(caller, found) else None

    def create_introspection_payload(self, token: LiveToken | None) -> dict[str, Any]:
        """Return the answer; a token that is dead, unknown or another's gives `active` false and nothing else."""
        if token is None:
            return {"active": False}
        answer: dict[str, Any] = {
            "active": True,
            "iss": self._issuer,
            "client_id": token.client.client_id,
            "iat": token.issued_at,
            "exp": token.expires_at,
        }
        if token.scope:
            answer["scope"] = " ".join(token.scope)
        if not token.refresh:
            answer["token_type"] = "Bearer" if token.dpop_jkt is None else "DPoP"
        if token.audience:
            answer["aud"] = token.audience[0]
        if token.grant is not None:
            answer |= {
                "sub": token.grant.subject,
                "auth_time": token.grant.auth_time,
                "acr": token.grant.acr,
                "amr": list(token.grant.amr),
            }
        if token.dpop_jkt is not None:
            answer["cnf"] = {"jkt": token.dpop_jkt}
        return answer

    def create_endpoint_response(self, request: Any) -> tuple[int, Any, Any]:
        """Return status, body and headers; the body is a ready answer where it is signed."""
        client = self.authenticate_endpoint_client(request)
        answer = self.create_introspection_payload(self.authenticate_token(request, client))
        message: Request = request.message
        return 200, self._signed(answer, client.client) if _wants_jwt(message) else answer, ()

    def answer(self, request: Request) -> Reply:
        """Answer an introspection request."""
        try:
            require_form(request)
            return self._server.through(self, request)
        except ProtocolError as error:
            return error_reply(error, request)

    def _signed(self, answer: dict[str, Any], caller: Client) -> Reply:
        """Return an answer as a JWT for the caller (RFC 9701 section 5)."""
        now = self._clock()
        claims = {"iss": self._issuer, "aud": caller.client_id, "iat": now, "token_introspection": answer}
        algorithm = caller.introspection_signed_response_alg or DEFAULT_ALGORITHM
        recipient = self._encryption.of_introspection(caller)
        signed = jws.sign(self._ring, Purpose.INTROSPECTION, claims, algorithm=algorithm, now=now)
        text = signed if recipient is None else recipient.seal(signed)
        return Reply(200, (("Content-Type", SIGNED), *NO_STORE), text.encode())


def _wants_jwt(request: Request) -> bool:
    """Whether the caller accepts the signed form: it must be named, and not with a weight of nothing (RFC 9110)."""
    for entry in request.headers.get("accept", "").split(","):
        name, *parameters = (part.strip().lower() for part in entry.split(";"))
        if name == SIGNED:
            weight = next((part[2:] for part in parameters if part.startswith("q=")), "1")
            return weight.strip("0.") != ""
    return False


def _may_know(caller: Client, token: LiveToken) -> bool:
    """Whether the token was issued to the caller, or made for the resource that the caller is."""
    mine = token.client.client_id == caller.client_id
    return mine or (caller.resource_server is not None and caller.resource_server in token.audience)
