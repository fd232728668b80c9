"""Random values for the hot paths, from the system's generator, drawn for many of them at a time.

Each call to the system lets go of the interpreter's lock, and with other threads waiting for it that costs a request
more than the values do: a tenth of an opaque token's whole answer. So 4 KiB are drawn at once and given out in pieces,
each once. What is not yet given out lies in the process's memory, as its keys do; a process that was forked forgets it
and draws its own.
"""

import base64
import os
from collections import deque
from typing import Final

MOST: Final = 48
"""Bytes that one value may have here; longer ones are drawn by themselves."""
_AT_ONCE: Final = 85
_MADE: Final[deque[bytes]] = deque()
os.register_at_fork(after_in_child=_MADE.clear)


def token_bytes(count: int) -> bytes:
    """Return so many random bytes. Safe to call from any thread."""
    if count > MOST:
        return os.urandom(count)
    while True:
        try:
            return _MADE.popleft()[:count]
        except IndexError:
            drawn = os.urandom(MOST * _AT_ONCE)
            _MADE.extend(drawn[at : at + MOST] for at in range(0, len(drawn), MOST))


def token_hex(count: int) -> str:
    """Return so many random bytes as hexadecimal digits, two for each."""
    return token_bytes(count).hex()


def token_urlsafe(count: int) -> str:
    """Return so many random bytes in base64url without padding (RFC 4648 section 5)."""
    return base64.urlsafe_b64encode(token_bytes(count)).rstrip(b"=").decode("ascii")
