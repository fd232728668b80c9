"""Codes of an authenticator application: RFC 6238 with SHA-1, six digits and steps of 30 seconds, as they all know.

Pure. A code is found in a window of one step on either side of now (section 5.2), so that a clock half a minute off
still works; that it works once is the store's to judge.
"""

import base64
import hmac
import re
from typing import Final

import pyotp

STEP: Final = 30
DIGITS: Final = 6
SECRET_BYTES: Final = 20
"""RFC 4226 section 4, R6: 160 bits."""

_WINDOW: Final = (0, -1, 1)
_SEPARATORS: Final = re.compile(r"[\s.\-\u00ad\u200b\u2010-\u2015\u2212]+")


def encoded(secret: bytes) -> str:
    """Return a secret as applications take it: base32, which has no padding for 20 bytes."""
    return base64.b32encode(secret).decode()


def decoded(text: str) -> bytes:
    """Return the secret that `encoded` wrote; raise `ValueError` when it is none."""
    return base64.b32decode(text)


def grouped(text: str) -> str:
    """Return a text in groups of four, for people who type it."""
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def address(secret: bytes, issuer: str, account: str) -> str:
    """Return the `otpauth:` address that a QR code holds.

    Args:
        secret: 20 random bytes.
        issuer: the provider's name in the application.
        account: what tells this account from others of the provider.
    """
    return pyotp.TOTP(encoded(secret), name=account, issuer=issuer).provisioning_uri()


def read(typed: str) -> str | None:
    """Return the six digits that were typed, or None when what was typed cannot be a code."""
    bare = _SEPARATORS.sub("", typed[:32])
    return bare if len(bare) == DIGITS and bare.isascii() and bare.isdigit() else None


def step_of(secret: bytes, code: str, now: int) -> int | None:
    """Return the time step whose code this is, within a step of now, or None; the same work in every case.

    Args:
        secret: the shared secret.
        code: six digits, as `read` returns them.
        now: Unix seconds.
    """
    generator, present, found = pyotp.TOTP(encoded(secret)), now // STEP, None
    for step in (present + shift for shift in _WINDOW):
        same = hmac.compare_digest(generator.generate_otp(step), code)
        found = step if same and found is None else found
    return found
