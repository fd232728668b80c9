"""The refresh token grant (RFC 6749 section 6; N-050 to N-053)."""

from authlib.oauth2.rfc6749 import grants

from idp.endpoints.grants.issuing import Issuing
from idp.protocol.client_notes import Kind
from idp.services.issuing import IssuedTokens


class RefreshView:
    """A presented refresh token as Authlib asks about it; the real questions are the service's, in its transaction."""

    def __init__(self, value: str, asked_scope: str | None) -> None:
        self.value = value
        self._asked_scope = asked_scope

    def __repr__(self) -> str:
        return "<refresh token>"

    def check_client(self, _client: object) -> bool:
        """Leave it to the service, which knows whose the token is."""
        return True

    def get_scope(self) -> str:
        """Return the scope asked for, so that Authlib lets it pass: the service alone knows the granted one."""
        return self._asked_scope or ""


class RefreshTokenGrant(Issuing, grants.RefreshTokenGrant):
    """`grant_type=refresh_token`. Rotation and reuse detection are the service's; Authlib has none."""

    step = Kind.REFRESHED
    point = "refresh.before_response"

    def authenticate_refresh_token(self, refresh_token: str) -> RefreshView:
        """Take the token as presented."""
        return RefreshView(refresh_token, self.message.form.get("scope"))

    def authenticate_user(self, refresh_token: RefreshView) -> RefreshView:
        """Return something true: the service joins the account."""
        return refresh_token

    def revoke_old_credential(self, _refresh_token: object) -> None:
        """Nothing: a rotated token was spent in the transaction."""

    def issue(self) -> IssuedTokens:
        """Refresh."""
        view: RefreshView = self.request.refresh_token
        return self.issuer.tokens.refresh(self.caller, view.value, self.wish())
