"""The authorization code grant, token half (RFC 6749 section 4.1.3; N-020 to N-027)."""

from typing import Final

from authlib.oauth2.rfc6749 import grants

from idp.endpoints.grants.issuing import Issuing
from idp.endpoints.server import ClientView
from idp.protocol.client_notes import Kind
from idp.protocol.errors import ProtocolError
from idp.protocol.near_miss import near_miss
from idp.services.issuing import IssuedTokens
from idp.services.tokens import PresentedCode

_ADDRESS: Final = "redirect_uri does not match the authorization request"
_NO_ADDRESS: Final = "redirect_uri is missing"


class CodeView:
    """A presented code with the questions that Authlib asks of one."""

    def __init__(self, presented: PresentedCode) -> None:
        self.presented = presented

    def get_redirect_uri(self) -> str:
        """Return the redirect URI of the authorization request."""
        return self.presented.grant.redirect_uri

    def get_scope(self) -> str:
        """Return the granted scope."""
        return " ".join(self.presented.grant.scope)


class AuthorizationCodeGrant(Issuing, grants.AuthorizationCodeGrant):
    """`grant_type=authorization_code`. Single use is decided in SQL, with the tokens (trap 13)."""

    step = Kind.REDEEMED
    point = "code-exchange.before_response"

    def query_authorization_code(self, code: str, client: ClientView) -> CodeView | None:
        """Find the code; whether it may be redeemed is decided later, in one transaction.

        Raises:
            ProtocolError: `invalid_grant` where the code is the client's and its return address is not.
        """
        presented = self.issuer.tokens.find_code(code)
        if presented is None:
            return None
        if presented.grant.client_id == client.get_client_id():
            self._compare(client, presented.grant.redirect_uri, self.message.form.get("redirect_uri"))
        return CodeView(presented)

    def _compare(self, client: ClientView, asked: str, sent: str | None) -> None:
        """Refuse a return address that is not the one of the request before; Authlib would not say what is wrong."""
        if sent == asked:
            return
        if sent is None:
            self.issuer.note(client.get_client_id(), Kind.TOKEN, _NO_ADDRESS)
            raise ProtocolError("invalid_grant", _NO_ADDRESS)
        found = near_miss(sent, (asked,))
        self.issuer.note(client.get_client_id(), Kind.TOKEN, _ADDRESS, sent=found.sent, registered=found.registered)
        raise ProtocolError("invalid_grant", _ADDRESS)

    def authenticate_user(self, authorization_code: CodeView) -> CodeView:
        """Return something true: the service reads the account where it matters, in its transaction."""
        return authorization_code

    def delete_authorization_code(self, authorization_code: CodeView) -> None:
        """Nothing: the unique grant row has spent it."""

    def issue(self) -> IssuedTokens:
        """Redeem the code."""
        form = self.message.form
        return self.issuer.tokens.redeem_code(
            self.caller,
            self.request.authorization_code.presented,
            redirect_uri=form.get("redirect_uri"),
            code_verifier=form.get("code_verifier"),
            wish=self.wish(),
        )
