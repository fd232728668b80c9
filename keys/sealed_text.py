"""Short values sealed into URL-safe text: only the house reads them, and nobody alters them unnoticed.

``version (1) | day (2) | nonce (12) | ciphertext and tag``, base64url; AES-256-GCM with all that stands before the
nonce authenticated. Under a secret that took another's place its number stands before the day, ``version (1) |
number (2) | day (2) | …``, so that whoever holds an earlier one learns that there is a later one. Each day has a key
of its own, made from the secret with HMAC-SHA256: the nonce is random, and one key must not seal more than 2**32
values (NIST SP 800-38D section 8.3), fifty thousand a second all day long.
"""

import base64
import binascii
import hashlib
import hmac
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from keys.entropy import token_bytes

_FIRST: Final = b"\x01"
_NUMBERED: Final = b"\x02"
_NUMBER: Final = 2
_DAY_BYTES: Final = 2
_NONCE: Final = 12
_TAG: Final = 16
_DAY: Final = 86400
MAX_TEXT: Final = 4096


class TextSealer:
    """Seals and opens. Safe to share by threads."""

    def __init__(self, secret: bytes, days: int, number: int = 0) -> None:
        """``secret``: 32 bytes of one purpose; ``days``: for how many days before this one a value may be opened.

        ``number``: which of the purpose's secrets it is, below 65536; 0 is the first. Nothing of another one is opened.
        """
        if len(secret) != 32:
            raise ValueError("a secret of 32 bytes is needed")
        self._secret = bytes(secret)
        self.number: Final = number
        self._mark = _NUMBERED + number.to_bytes(_NUMBER, "big") if number else _FIRST
        self._head = len(self._mark) + _DAY_BYTES
        self._days = days
        self._ciphers: dict[int, tuple[bytes, AESGCM]] = {}

    def __repr__(self) -> str:
        return "<TextSealer>"

    def seal(self, plain: bytes, now: int) -> str:
        """Return ``plain`` sealed at ``now``, Unix seconds: 4/3 of its length and 45 characters at most.

        ValueError where that is longer than MAX_TEXT, which nobody would open again.
        """
        head, cipher = self._of(now // _DAY)
        nonce = token_bytes(_NONCE)
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
        begin = self._head
        end = begin + _NONCE
        day = int.from_bytes(sealed[begin - _DAY_BYTES : begin], "big")
        if len(sealed) < end + _TAG or not sealed.startswith(self._mark) or not today - self._days <= day <= today + 1:
            return None
        head, cipher = self._of(day)
        nonce, body = sealed[begin:end], sealed[end:]
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
            head = self._mark + day.to_bytes(_DAY_BYTES, "big")
            found = (head, AESGCM(hmac.digest(self._secret, head, hashlib.sha256)))
            # Only days that may be opened come here, so that old ones are all there is to drop.
            kept = {one: cipher for one, cipher in self._ciphers.items() if one >= day - self._days - 2}
            self._ciphers = {**kept, day: found}
        return found


def number_of(text: str) -> int:
    """Return the number of the secret that a text says it was sealed under, unproven; 0 too where it says none."""
    try:
        head = base64.b64decode(text[:4], b"-_", validate=True)
    except (binascii.Error, ValueError):
        return 0
    return int.from_bytes(head[1:], "big") if len(head) == 1 + _NUMBER and head[:1] == _NUMBERED else 0
