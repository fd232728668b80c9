"""The token endpoint (RFC 6749 section 3.2, OpenID Connect Core 3.1.3)."""

from collections.abc import Callable
from typing import Final

from idp.endpoints.grants.authorization_code import AuthorizationCodeGrant
from idp.endpoints.grants.client_credentials import ClientCredentialsGrant
from idp.endpoints.grants.issuing import Issuer
from idp.endpoints.grants.refresh_token import RefreshTokenGrant
from idp.endpoints.server import Server, error_reply, require_form
from idp.protocol.errors import ProtocolError
from idp.protocol.messages import Reply, Request
from idp.records import dataclass

GRANTS: Final = (AuthorizationCodeGrant, RefreshTokenGrant, ClientCredentialsGrant)
GRANT_TYPES: Final = tuple(str(grant.GRANT_TYPE) for grant in GRANTS)


@dataclass(frozen=True, slots=True)
class TokenEndpoint:
    """POST /token. `refresh_keys` looks for keys made by another node, before any transaction is open."""

    server: Server
    refresh_keys: Callable[[], None]

    @classmethod
    def over(cls, server: Server, issuer: Issuer, refresh_keys: Callable[[], None]) -> "TokenEndpoint":
        """Register the grants with their collaborators and return the endpoint."""
        for grant in GRANTS:
            server.register_grant(grant.bound(issuer))
        return cls(server, refresh_keys)

    def __call__(self, request: Request) -> Reply:
        """Answer a token request."""
        self.refresh_keys()
        try:
            require_form(request)
            _require_known_grant(request.form.get("grant_type"))
            return self.server.create_token_response(request)
        except ProtocolError as error:
            return error_reply(error, request)


def _require_known_grant(grant_type: str | None) -> None:
    """Refuse before Authlib does, which takes a missing grant type for an unsupported one (trap 11)."""
    if grant_type is None:
        raise ProtocolError("invalid_request", "grant_type is missing")
    if grant_type not in GRANT_TYPES:
        raise ProtocolError("unsupported_grant_type", "this grant type is not supported")
