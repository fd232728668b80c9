"""References of requests: what the log, `X-Request-Id` and error pages call one by."""

import os
import secrets
from collections import deque
from typing import Final

_MADE: Final[deque[str]] = deque()
_AT_ONCE: Final = 256
_BYTES: Final = 8
os.register_at_fork(after_in_child=_MADE.clear)


def reference() -> str:
    """Return 16 hexadecimal digits, random.

    Made a few hundred at a time: asking the system for each costs more than the rest of a prepared document's answer.
    """
    try:
        return _MADE.pop()
    except IndexError:
        text = secrets.token_hex(_BYTES * _AT_ONCE)
        _MADE.extend(text[at : at + 2 * _BYTES] for at in range(0, len(text), 2 * _BYTES))
        return reference()
