"""What a refused sign-in computes so that its time tells nobody what kind of hash an account holds, if any (N-095).

A member who has not come since the change of systems, or since the cost was raised, is checked against a hash that was
made otherwise than today, which takes its own time on top of the common work. So every refusal computes one such hash,
with the scheme and cost of a member's: as long as there are any, a number that is nobody's takes as long as one that is
somebody's. The price is processor time for wrong passwords until those members have come.
"""

import base64
import hashlib
import hmac
import threading
from typing import Final

from idp.clock import Clock
from idp.store.db import Store

_SAMPLE: Final = 200
"""So many hashes stand for all: where several schemes or costs are in use, each in its share."""

_EVERY: Final = 600
"""Seconds after which the hashes are drawn again: an import may have brought some, sign-ins have replaced others."""


class HashDecoys:
    """Draws a hash for a number, the same one each time. Thread-safe.

    Args:
        store: where accounts are.
        clock: present time.
        today: what a hash made today begins with.
        key: at least 16 random bytes, the same on every node.
    """

    def __init__(self, store: Store, clock: Clock, today: str, key: bytes) -> None:
        self._store = store
        self._clock = clock
        self._today = today
        self._key = key
        self._lock = threading.Lock()
        self._drawn: tuple[str, ...] = ()
        self._until: int | None = None

    def draw(self, reference: str) -> str | None:
        """Return a hash that no password matches, of a scheme and cost in use; None when none is in use any more.

        Args:
            reference: the number that was typed, or what stands for it.

        Raises:
            Unavailable: the store does not answer.
        """
        if self._until is None or self._clock() >= self._until:
            self._refresh()
        drawn = self._drawn
        if not drawn:
            return None
        number = hmac.digest(self._key, reference.encode("utf-8", "surrogatepass"), hashlib.sha256)
        return drawn[int.from_bytes(number[:8]) % len(drawn)]

    def _refresh(self) -> None:
        # Whoever comes meanwhile waits the first time only.
        if not self._lock.acquire(blocking=self._until is None):
            return
        try:
            with self._store.reading() as unit:
                known = unit.accounts.hashes_unlike(self._today, _SAMPLE)
            self._drawn = tuple(_of_nobody(one) for one in known)
            self._until = self._clock() + _EVERY
        finally:
            self._lock.release()


def _of_nobody(stored: str) -> str:
    """Return a hash of the same scheme, cost and size whose digest is of no password anybody knows."""
    scheme, mark, encoded = stored.rpartition("}" if "}" in stored else "$")
    # As long as before, padding included where the scheme has it.
    spread = base64.b64encode(hashlib.shake_256(stored.encode()).digest(len(encoded))).decode()
    digits = encoded.rstrip("=")
    # The last digit may hold unused bits, which must be zero: it stays.
    return f"{scheme}{mark}{spread[: len(digits) - 1]}{encoded[len(digits) - 1 :]}"
