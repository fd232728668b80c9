"""ID tokens (OpenID Connect Core 2): what is in them, in one place.

Times come from the grant: `auth_time` is when the member signed in, also after a refresh (Core 12.2); only `iat` and
`exp` are of now. No claim of our own invention, and none about the member unless asked for by name (N-046, N-048).
"""

from typing import Any

from idp.protocol.client import Client
from idp.protocol.grant import AuthorizationGrant
from idp.services import claims as member_claims
from idp.store.accounts import Account
from keys import jws
from keys.half_hash import half_hash
from keys.purposes import Purpose
from keys.ring import KeyRing


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
        account: Account,
        *,
        access_token: str,
        now: int,
        refreshed: bool = False,
    ) -> str:
        """Return a signed ID token, one signature with the client's registered algorithm.

        Args:
            access_token: the token issued beside it, for `at_hash`.
            refreshed: made at a refresh, where `nonce` is left out (Core 12.2).

        Raises:
            NoSigningKey: the ring has no key of that algorithm in force.
        """
        algorithm = client.id_token_signed_response_alg
        claims: dict[str, Any] = {
            **member_claims.for_id_token(account, client, grant),
            "iss": self._issuer,
            "sub": grant.subject,
            "aud": client.client_id,
            "exp": now + self._lifetime,
            "iat": now,
            "auth_time": grant.auth_time,
            "acr": grant.acr,
            "amr": list(grant.amr),
            "sid": grant.sid,
            "at_hash": half_hash(access_token, algorithm),
        }
        if grant.nonce is not None and not refreshed:
            claims["nonce"] = grant.nonce
        return jws.sign(self._ring, Purpose.ID_TOKEN, claims, algorithm=algorithm, now=now)
