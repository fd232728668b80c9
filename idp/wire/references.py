"""References of requests: what the log, `X-Request-Id` and error pages call one by."""

from typing import Final

from keys.entropy import token_hex

_BYTES: Final = 8


def reference() -> str:
    """Return 16 hexadecimal digits, random."""
    return token_hex(_BYTES)
