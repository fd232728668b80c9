"""Opaque values we hand out: codes, access and refresh tokens (N-027, N-028).

Each has 256 random bits, and a store knows it by digest only.
"""

import hashlib
import re
from typing import Final

from keys.entropy import token_urlsafe

_OPAQUE: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_COMPACT: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
MAX_TOKEN: Final = 8192


def new_value() -> str:
    """Return a fresh value: 43 base64url characters from the system's generator."""
    return token_urlsafe(32)


def digest(value: str) -> str:
    """Return the SHA-256 of a value in hex: what a store may hold of it."""
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()


def looks_opaque(value: str) -> bool:
    """Whether a value has the shape of ours, so that nonsense never reaches a store (RFC 6819 section 4.4.1.12)."""
    return _OPAQUE.fullmatch(value) is not None


def looks_signed(value: str) -> bool:
    """Whether a value has the shape of a compact JWS of bounded size, as an access token for a named resource has."""
    return len(value) <= MAX_TOKEN and _COMPACT.fullmatch(value) is not None
