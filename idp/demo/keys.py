"""What an application tells the provider of its keys."""

from collections.abc import Mapping
from typing import Any, Final

_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth"})
"""Members that only the owner knows (RFC 7518 sections 6.2.2 and 6.3.2)."""


def public_jwks(private_jwk: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JWK set with the public half of one key."""
    return {"keys": [{name: value for name, value in private_jwk.items() if name not in _PRIVATE}]}
