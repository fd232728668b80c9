"""Notices a client that sends the same `nonce` or `code_challenge` again and again (RFC 9700 section 2.1.1; N-029).

A reasonable effort, as the RFC says: a bounded memory per worker, digests only, an alarm in the log.
"""

import hashlib
import logging
from collections import OrderedDict
from threading import Lock

log = logging.getLogger("idp.authorize")

_REMEMBERED = 4096


class ReuseAlarm:
    """Remembers the last values and tells of one that comes from a new request though it was seen before."""

    def __init__(self, remembered: int = _REMEMBERED) -> None:
        self._seen: OrderedDict[bytes, None] = OrderedDict()
        self._remembered = remembered
        self._lock = Lock()

    def saw(self, client_id: str, name: str, value: str | None) -> bool:
        """Note a value; return True, and log, when this client has sent it before."""
        if value is None:
            return False
        key = hashlib.sha256(f"{client_id}\x00{name}\x00{value}".encode()).digest()
        with self._lock:
            known = key in self._seen
            self._seen[key] = None
            self._seen.move_to_end(key)
            while len(self._seen) > self._remembered:
                self._seen.popitem(last=False)
        if known:
            log.warning("client %s sends a constant %s", client_id, name, extra={"event": "value_reused"})
        return known
