"""What the token endpoint answers, made: an access token, and an ID token where the scope has one."""

from dataclasses import field
from typing import Any, Literal

from idp.protocol.client import Client
from idp.protocol.grant import AuthorizationGrant
from idp.records import dataclass
from idp.services.access_tokens import AccessTokens
from idp.services.encryption import Recipient
from idp.services.id_tokens import IdTokens
from idp.store.accounts import Account


@dataclass(frozen=True, slots=True)
class IssuedTokens:
    """The answer of the token endpoint. `scope` is what the access token may do; `expires_in` is in seconds."""

    access_token: str = field(repr=False)
    token_type: Literal["Bearer", "DPoP"]
    expires_in: int
    scope: tuple[str, ...]
    refresh_token: str | None = field(default=None, repr=False)
    id_token: str | None = field(default=None, repr=False)

    def payload(self) -> dict[str, Any]:
        """Return the members of RFC 6749 section 5.1 and OpenID Connect Core 3.1.3.3."""
        members: dict[str, Any] = {
            "access_token": self.access_token,
            "token_type": self.token_type,
            "expires_in": self.expires_in,
        }
        if self.scope:
            members["scope"] = " ".join(self.scope)
        if self.refresh_token is not None:
            members["refresh_token"] = self.refresh_token
        if self.id_token is not None:
            members["id_token"] = self.id_token
        return members


@dataclass(frozen=True, slots=True)
class Issuing:
    """Makes what is answered; nothing is read or written."""

    access: AccessTokens
    ids: IdTokens

    def issue(
        self,
        client: Client,
        grant: AuthorizationGrant,
        account: Account | None,
        *,
        grant_id: str,
        scope: tuple[str, ...],
        resource: str | None,
        jkt: str | None,
        refresh_token: str | None,
        refreshed: bool,
        recipient: Recipient | None,
        now: int,
    ) -> IssuedTokens:
        """Return the tokens of a grant; arguments are those of `AccessTokens.mint` and `IdTokens.issue`.

        Raises:
            ProtocolError: as `IdTokens.issue`.
        """
        value = self.access.mint(
            client,
            scope=scope,
            resource=resource,
            dpop_jkt=jkt,
            grant=grant,
            grant_id=grant_id,
            now=now,
        )
        id_token = None
        if "openid" in scope:
            id_token = self.ids.issue(
                client, grant, account, access_token=value, recipient=recipient, now=now, refreshed=refreshed
            )
        return IssuedTokens(value, type_of(jkt), self.access.lifetime, scope, refresh_token, id_token)


def type_of(jkt: str | None) -> Literal["Bearer", "DPoP"]:
    """Return the type of an access token: bound to a key, or to nobody."""
    return "Bearer" if jkt is None else "DPoP"
