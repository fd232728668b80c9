"""Short values sealed into URL-safe text: only the house reads them, and nobody alters them unnoticed.

``version (1) | day (2) | nonce (12) | ciphertext and tag``, base64url; AES-256-GCM with version and day
authenticated. Each day has a key of its own, made from the purpose's secret with HMAC-SHA256: the nonce is random,
and one key must not seal more than 2**32 values (NIST SP 800-38D section 8.3), fifty thousand a second all day long.
"""

import base64
import binascii
import hashlib
import hmac
import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_VERSION: Final = b"\x01"
_HEAD: Final = 3
_NONCE: Final = 12
_SHORTEST: Final = _HEAD + _NONCE + 16
_DAY: Final = 86400
MAX_TEXT: Final = 4096


class TextSealer:
    """Seals and opens. Safe to share by threads."""

    def __init__(self, secret: bytes, days: int) -> None:
        """``secret``: 32 bytes of one purpose; ``days``: for how many days before this one a value may be opened."""
        if len(secret) != 32:
            raise ValueError("a secret of 32 bytes is needed")
        self._secret = bytes(secret)
        self._days = days
        self._ciphers: dict[int, tuple[bytes, AESGCM]] = {}

    def __repr__(self) -> str:
        return "<TextSealer>"

    def seal(self, plain: bytes, now: int) -> str:
        """Return ``plain`` sealed at ``now``, Unix seconds: 4/3 of its length and 42 characters.

        ValueError where that is longer than MAX_TEXT, which nobody would open again.
        """
        head, cipher = self._of(now // _DAY)
        nonce = os.urandom(_NONCE)
        text = base64.urlsafe_b64encode(head + nonce + cipher.encrypt(nonce, plain, head)).rstrip(b"=").decode("ascii")
        if len(text) > MAX_TEXT:
            raise ValueError("too long to be opened again")
        return text

    def open(self, text: str, now: int) -> bytes | None:
        """Return what was sealed, or None: not ours, altered, sealed longer ago than the days, or after tomorrow."""
        if len(text) > MAX_TEXT:
            return None
        try:
            sealed = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        today = now // _DAY
        day = int.from_bytes(sealed[1:_HEAD], "big")
        if len(sealed) < _SHORTEST or sealed[:1] != _VERSION or not today - self._days <= day <= today + 1:
            return None
        head, cipher = self._of(day)
        nonce, body = sealed[_HEAD : _HEAD + _NONCE], sealed[_HEAD + _NONCE :]
        try:
            plain = cipher.decrypt(nonce, body, head)
        except InvalidTag:
            return None
        # One value has one text: the last character could hold bits that no byte takes.
        same = base64.urlsafe_b64encode(sealed).rstrip(b"=").decode("ascii") == text
        return plain if same else None

    def _of(self, day: int) -> tuple[bytes, AESGCM]:
        found = self._ciphers.get(day)
        if found is None:
            head = _VERSION + day.to_bytes(2, "big")
            found = (head, AESGCM(hmac.digest(self._secret, head, hashlib.sha256)))
            # Only days that may be opened come here, so that old ones are all there is to drop.
            kept = {one: cipher for one, cipher in self._ciphers.items() if one >= day - self._days - 2}
            self._ciphers = {**kept, day: found}
        return found
