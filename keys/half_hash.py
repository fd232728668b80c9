"""``at_hash``, ``c_hash`` and ``s_hash``: the left half of a hash (OpenID Connect Core 3.1.3.6).

An algorithm that the house does not know raises; it never counts as a match (V-33).
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping

from keys.algorithms import algorithm
from keys.errors import Rejection, TokenRejected


def half_hash(value: str, algorithm_name: str) -> str:
    """Return base64url of the left half of the hash of ``value`` (ASCII: a token, code or state).

    The hash is that of the ID token's ``alg``: SHA-256 for ES256, RS256, PS256; SHA-512 for
    Ed25519. ValueError when the algorithm is unknown or does not sign, or ``value`` is not ASCII.
    """
    row = algorithm(algorithm_name)
    if row.use != "sig":
        raise ValueError("no half hash for an algorithm that does not sign")
    digest = hashlib.new(row.digest, value.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode("ascii")


def check_half_hash(
    claims: Mapping[str, object],
    name: str,
    value: str,
    algorithm_name: str,
    *,
    required: bool,
) -> None:
    """Hold claim ``name`` against ``value``; TokenRejected on a mismatch, or when missing.

    A claim that is present is always compared, ``required`` or not.
    """
    if name not in claims:
        if required:
            raise TokenRejected(Rejection.MISSING_CLAIM, name)
        return
    found = claims[name]
    expected = half_hash(value, algorithm_name)
    if not isinstance(found, str) or not hmac.compare_digest(found.encode(), expected.encode()):
        raise TokenRejected(Rejection.HALF_HASH, name)
