"""Token revocation (RFC 7009; N-055): 200 for unknown and foreign tokens, 503 where the database does not answer."""

from typing import Any

from authlib.oauth2.rfc7009 import RevocationEndpoint as Core

from idp.clock import Clock
from idp.endpoints.server import ClientView, Server, error_reply, require_form
from idp.protocol.errors import ProtocolError
from idp.protocol.messages import Reply, Request
from idp.services.access_tokens import AccessTokens


class RevocationEndpoint(Core):
    """POST /revoke. The token is found and revoked in one transaction; the hint is not needed (section 2.1)."""

    def __init__(self, server: Server, access: AccessTokens, clock: Clock) -> None:
        super().__init__(server)
        self._access = access
        self._clock = clock
        self._server = server

    def authenticate_token(self, request: Any, client: ClientView) -> None:
        """Revoke the token if it is the caller's, and hand nothing on: there is no second step."""
        token = request.form.get("token")
        if token is None:
            raise ProtocolError("invalid_request", "token is missing")
        self._access.revoke(token, client.client, self._clock())

    def answer(self, request: Request) -> Reply:
        """Answer a revocation request."""
        try:
            require_form(request)
            return self._server.through(self, request)
        except ProtocolError as error:
            return error_reply(error, request)
