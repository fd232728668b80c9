"""Request objects as a client makes them."""

from collections.abc import Mapping
from typing import Any

from keys.errors import Rejection, TokenRejected
from tests.support.assertions import ClientKey
from tests.support.cast import ISSUER


def no_key_of_ours(token: str) -> str:
    """Stand for a house without keys to encrypt to."""
    del token
    raise TokenRejected(Rejection.UNKNOWN_KEY)


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
