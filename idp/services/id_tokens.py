"""ID tokens (OpenID Connect Core 2): what is in them, in one place.

Times come from the grant: `auth_time` is when the member signed in, also after a refresh (Core 12.2); only `iat` and
`exp` are of now. No claim of our own invention, and none about the member unless asked for by name (N-046, N-048).
"""

import logging
from collections.abc import Collection
from typing import Any

from idp.protocol.client import Client
from idp.protocol.errors import ProtocolError
from idp.protocol.grant import AuthorizationGrant
from idp.services import claims as member_claims
from idp.services.encryption import Recipient
from idp.store.accounts import Account
from keys import jws
from keys.errors import NoSigningKey
from keys.half_hash import half_hash
from keys.purposes import Purpose
from keys.ring import KeyRing

log = logging.getLogger("idp.tokens")


class IdTokens:
    """Makes ID tokens.

    Args:
        ring: our keys.
        issuer: our `iss`.
        lifetime: seconds from `iat` to `exp`.
    """

    def __init__(self, ring: KeyRing, issuer: str, lifetime: int) -> None:
        self._ring = ring
        self._issuer = issuer
        self._lifetime = lifetime

    def issue(
        self,
        client: Client,
        grant: AuthorizationGrant,
        account: Account | None,
        *,
        access_token: str | None,
        recipient: Recipient | None,
        now: int,
        refreshed: bool = False,
        code: str | None = None,
        state: str | None = None,
        scope: Collection[str] = (),
    ) -> str:
        """Return an ID token: one signature with the client's registered algorithm, then encrypted if so registered.

        Args:
            account: the member's; None where nothing is asked about the member (`claims.in_id_token`).
            access_token: the token issued beside it, for `at_hash`; None where there is none.
            recipient: whom to encrypt to, found before any transaction began.
            refreshed: made at a refresh, where `nonce` is left out (Core 12.2).
            code: the code that comes with it through the browser, for `c_hash` (Core 3.3.2.11).
            state: the state that comes with it through the browser, for `s_hash` (FAPI 1.0 Advanced 5.1).
            scope: whose claims about the member it holds, beside those asked for by name.

        Raises:
            ProtocolError: `server_error`, the ring has no key of that algorithm in force.
        """
        algorithm = client.id_token_signed_response_alg
        claims: dict[str, Any] = {
            **({} if account is None else member_claims.for_id_token(account, client, grant, scope)),
            "iss": self._issuer,
            "sub": grant.subject,
            "aud": client.client_id,
            "exp": now + self._lifetime,
            "iat": now,
            "auth_time": grant.auth_time,
            "acr": grant.acr,
            "amr": list(grant.amr),
            "sid": grant.sid,
        }
        vouched = {"at_hash": access_token, "c_hash": code, "s_hash": state}
        claims |= {name: half_hash(value, algorithm) for name, value in vouched.items() if value is not None}
        if grant.nonce is not None and not refreshed:
            claims["nonce"] = grant.nonce
        try:
            signed = jws.sign(self._ring, Purpose.ID_TOKEN, claims, algorithm=algorithm, now=now)
        except NoSigningKey:
            log.exception("no key signs what client %s registered", client.client_id)
            raise ProtocolError(
                "server_error", "there is no key for the signature that this client registered", status=500
            ) from None
        return signed if recipient is None else recipient.seal(signed)
