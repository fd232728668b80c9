"""The authorization code grant, token half (RFC 6749 section 4.1.3; N-020 to N-027)."""

from authlib.oauth2.rfc6749 import grants

from idp.endpoints.grants.issuing import Issuing
from idp.services.tokens import IssuedTokens, PresentedCode


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

    def query_authorization_code(self, code: str, _client: object) -> CodeView | None:
        """Find the code; whether it may be redeemed is decided later, in one transaction."""
        presented = self.issuer.tokens.find_code(code)
        return None if presented is None else CodeView(presented)

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
