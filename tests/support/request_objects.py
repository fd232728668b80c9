"""Request objects as a client makes them."""

from collections.abc import Mapping
from typing import Any

from tests.support.assertions import ClientKey
from tests.support.cast import ISSUER


def request_object(
    key: ClientKey, now: int, claims: Mapping[str, Any], *, header: Mapping[str, object] | None = None
) -> str:
    """Return a signed request object of the client that `claims` name; a claim of None is left out."""
    own = {
        "iss": claims.get("client_id"),
        "aud": ISSUER,
        "iat": now,
        "nbf": now,
        "exp": now + 300,
        **claims,
    }
    kept = {name: value for name, value in own.items() if value is not None}
    return key.sign(header or {"alg": key.algorithm, "typ": "oauth-authz-req+jwt"}, kept)
