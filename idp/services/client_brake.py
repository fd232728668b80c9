"""Slows down who guesses client credentials (N-033): counted per client and caller's address, bounded in memory.

The count is shared through the key-value store and written only at a failure; who must wait is remembered in this
process, so that a good request costs nothing. A store that is gone means a count per process, never a free pass:
secrets have 256 bits, the brake only keeps noise down.

Callers behind one address must not lock each other out (N-033): a secret that this process saw succeed is never held
back, nor is a call in which nothing can be guessed, and of the other calls of a braked caller one a second is let
through to be checked.
"""

import logging
from collections import OrderedDict
from threading import Lock
from typing import Final, TypeVar

from idp.clock import Clock
from idp.protocol.opaque import digest
from idp.upstream_ports import KeyValue, KeyValueUnavailable

log = logging.getLogger("idp.endpoints")

FAILURES: Final = 20
WINDOW: Final = 60
_REMEMBERED: Final = 4096

T = TypeVar("T")


class ClientBrake:
    """Counts failures.

    Args:
        kv: shared counters.
        clock: Unix seconds.
        failures: how many a client and address may have in a window.
        window: seconds.
    """

    def __init__(self, kv: KeyValue, clock: Clock, *, failures: int = FAILURES, window: int = WINDOW) -> None:
        self._kv = kv
        self._clock = clock
        self._failures = failures
        self._window = window
        self._until: OrderedDict[str, int] = OrderedDict()
        self._local: OrderedDict[str, int] = OrderedDict()
        self._checked: OrderedDict[str, int] = OrderedDict()
        self._good: OrderedDict[str, None] = OrderedDict()
        self._lock = Lock()

    def wait(self, client_id: str, remote: str, secret: str | None) -> int:
        """Return the seconds to wait before another try, 0 when the call may be checked now.

        Args:
            client_id: the client that the call names.
            remote: the caller's address.
            secret: the secret that the call presents, None where it presents nothing that can be guessed.
        """
        if not self._until or secret is None:
            return 0
        who, now = digest(f"{client_id}\x00{remote}"), self._clock()
        left = self._until.get(who, 0) - now
        if left <= 0 or digest(f"{client_id}\x00{secret}") in self._good:
            return 0
        with self._lock:
            if self._checked.get(who) == now:
                return left
            _remember(self._checked, who, now)
        return 0

    def succeeded(self, client_id: str, secret: str | None) -> str:
        """Remember a secret that was right, by digest; whether it still is, the next call will check again.

        Returns:
            The digest, for `again`; empty without a secret.
        """
        if secret is None:
            return ""
        known = digest(f"{client_id}\x00{secret}")
        self.again(known)
        return known

    def again(self, remembered: str) -> None:
        """Remember a digest that `succeeded` returned, of a secret that is right again."""
        if remembered not in self._good:
            with self._lock:
                _remember(self._good, remembered, None)

    def failed(self, client_id: str, remote: str) -> None:
        """Count one failure."""
        who, now = digest(f"{client_id}\x00{remote}"), self._clock()
        bucket = f"{who}:{now // self._window}"
        try:
            count = self._kv.increment(f"client-failures:{bucket}", self._window)
        except KeyValueUnavailable:
            count = self._count_here(bucket)
        if count >= self._failures:
            log.warning("a caller fails to authenticate as a client again and again")
            with self._lock:
                _remember(self._until, who, now + self._window)

    def _count_here(self, bucket: str) -> int:
        with self._lock:
            count = self._local.get(bucket, 0) + 1
            _remember(self._local, bucket, count)
        return count


def _remember(held: OrderedDict[str, T], key: str, value: T) -> None:
    held[key] = value
    held.move_to_end(key)
    while len(held) > _REMEMBERED:
        held.popitem(last=False)
