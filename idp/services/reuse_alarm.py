"""Notices a client that sends the same `nonce` or `code_challenge` again and again (RFC 9700 section 2.1.1; N-029).

A reasonable effort, as the RFC says: a bounded memory per worker, digests only, an alarm in the log, which is not
filled by it: a client that sends the same value with every request is told of once a minute, with how often.
"""

import hashlib
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Final

log = logging.getLogger("idp.authorize")

_REMEMBERED: Final = 4096
_EVERY: Final = 60.0
"""Seconds between two lines about one client and one parameter."""


class ReuseAlarm:
    """Remembers the last values and tells of one that comes from a new request though it was seen before."""

    def __init__(self, remembered: int = _REMEMBERED, timer: Callable[[], float] = time.monotonic) -> None:
        self._seen: OrderedDict[bytes, None] = OrderedDict()
        self._remembered = remembered
        self._timer = timer
        self._told: OrderedDict[tuple[str, str], tuple[float, int]] = OrderedDict()
        self._lock = Lock()

    def saw(self, client_id: str, name: str, value: str | None) -> bool:
        """Note a value; return whether this client has sent it before, which is logged."""
        if value is None:
            return False
        key = hashlib.sha256(f"{client_id}\x00{name}\x00{value}".encode()).digest()
        with self._lock:
            known = key in self._seen
            self._seen[key] = None
            self._seen.move_to_end(key)
            while len(self._seen) > self._remembered:
                self._seen.popitem(last=False)
            times = self._to_tell(client_id, name) if known else 0
        if times:
            log.warning(
                "client %s sends a constant %s (%d times)", client_id, name, times, extra={"event": "value_reused"}
            )
        return known

    def _to_tell(self, client_id: str, name: str) -> int:
        """Count, and return how often since the last line where it is time for another; 0 where it is not."""
        now = self._timer()
        since, times = self._told.pop((client_id, name), (now - _EVERY, 0))
        due = now - since >= _EVERY
        self._told[client_id, name] = (now, 0) if due else (since, times + 1)
        while len(self._told) > self._remembered:
            self._told.popitem(last=False)
        return times + 1 if due else 0
