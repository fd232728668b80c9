"""The client credentials grant (RFC 6749 section 4.4; N-037)."""

from authlib.oauth2.rfc6749 import grants

from idp.endpoints.grants.issuing import Issuing
from idp.protocol.client_notes import Kind
from idp.services.issuing import IssuedTokens


class ClientCredentialsGrant(Issuing, grants.ClientCredentialsGrant):
    """`grant_type=client_credentials`: a token for the application itself, never with a member's `sub`."""

    step = Kind.OWN_TOKEN

    def issue(self) -> IssuedTokens:
        """Issue for the client itself."""
        return self.issuer.tokens.client_credentials(self.caller, self.wish())
