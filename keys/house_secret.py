"""The house's secret: 32 random bytes made once, from which each purpose takes a key of its own.

Unlike the key-encryption key, which seals it in the database, it never changes: what was hashed under one of its keys
(provisional passwords, recovery codes, invented addresses, pairwise subjects) is found again for as long as the house
stands. Source: HKDF-SHA256, RFC 5869.
"""

import secrets
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from keys.sealing import Sealer

SECRET_BYTES: Final = 32

CONTEXT: Final = b"house-secret"
"""What the sealed secret is bound to."""


class HouseSecret:
    """Gives a key for each purpose. Immutable, safe to share by threads."""

    def __init__(self, secret: bytes) -> None:
        """``secret``: 32 random bytes; ValueError otherwise."""
        if len(secret) != SECRET_BYTES:
            raise ValueError(f"the house's secret is {SECRET_BYTES} bytes long")
        self._secret = bytes(secret)

    def __repr__(self) -> str:
        return "<HouseSecret>"

    @classmethod
    def unsealed(cls, sealer: Sealer, sealed: bytes) -> "HouseSecret":
        """Open a sealed secret; SealBroken when altered or its key-encryption key is not held here."""
        return cls(sealer.unseal(sealed, CONTEXT))

    def derive(self, purpose: bytes) -> bytes:
        """Return 32 bytes for one purpose; ask once at start and keep the result."""
        if not purpose:
            raise ValueError("a purpose is needed")
        info = b"carpimko-idp/v1/derive/" + purpose
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(self._secret)


def new_sealed_secret(sealer: Sealer) -> bytes:
    """Return a new random secret, sealed."""
    return sealer.seal(secrets.token_bytes(SECRET_BYTES), CONTEXT)
