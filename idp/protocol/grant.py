"""What a member granted to a client in one authorization: the value behind a code and its tokens."""

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from idp.records import dataclass


@dataclass(frozen=True, slots=True)
class AuthorizationGrant:
    """The facts a code stands for; bound to client, redirect URI, challenge, nonce, scope, member and session (N-026).

    `subject` is the `sub` this client sees. `claims` is the parsed OpenID `claims` request parameter
    (`{"id_token": {...}, "userinfo": {...}}`). `sid` names the session (OpenID Back-Channel Logout 2.1).
    Times are Unix seconds. `resources` are RFC 8707 indicators. `account_epoch` is the account's when the session
    began: where it has grown since, the code is dead (N-054); None takes the account as it is at redemption.
    """

    client_id: str
    account_id: str
    subject: str
    sid: str
    scope: tuple[str, ...]
    redirect_uri: str
    auth_time: int
    acr: str
    amr: tuple[str, ...]
    nonce: str | None = None
    code_challenge: str | None = None
    claims: Mapping[str, Any] = field(default_factory=dict)
    resources: tuple[str, ...] = ()
    dpop_jkt: str | None = None
    account_epoch: int | None = None
