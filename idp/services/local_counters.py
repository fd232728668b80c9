"""A key-value store in this process's memory, for counters only, while the shared one is gone (R-12)."""

import threading
from collections.abc import Sequence
from typing import Final

from idp.clock import Clock
from idp.upstream_ports import KeyValueUnavailable

_MOST: Final = 100_000
"""Entries kept, about 20 MB; when they are all alive the store refuses rather than forgets."""


class LocalCounters:
    """`idp.upstream_ports.KeyValue` in memory; thread-safe, bounded."""

    def __init__(self, clock: Clock, most: int = _MOST) -> None:
        self._clock = clock
        self._most = most
        self._lock = threading.Lock()
        self._entries: dict[str, tuple[bytes, int]] = {}

    def get(self, key: str) -> bytes | None:
        """Return the value, or None when absent or expired."""
        with self._lock:
            return self._alive(key)

    def many(self, *keys: str) -> list[bytes | None]:
        """Return the values of keys, in their order."""
        with self._lock:
            return [self._alive(key) for key in keys]

    def set(self, key: str, value: bytes, ttl: int) -> None:
        """Store a value for `ttl` seconds; raises `KeyValueUnavailable` when full."""
        with self._lock:
            self._put(key, value, self._clock() + ttl)

    def add(self, key: str, value: bytes, ttl: int) -> bool:
        """Store a value only if the key is absent; raises `KeyValueUnavailable` when full."""
        with self._lock:
            if self._alive(key) is not None:
                return False
            self._put(key, value, self._clock() + ttl)
            return True

    def replace(self, key: str, value: bytes, ttl: int, was: bytes | None = None) -> bool:
        """Store a value only if the key is there, with the value `was` if given."""
        with self._lock:
            found = self._alive(key)
            if found is None or was not in {None, found}:
                return False
            self._put(key, value, self._clock() + ttl)
            return True

    def take(self, key: str, leaving: tuple[str, bytes, int] | None = None) -> bytes | None:
        """Return the value and remove it; what it leaves is stored first, where there is a value."""
        with self._lock:
            value = self._alive(key)
            if value is not None and leaving is not None:
                left, word, ttl = leaving
                self._put(left, word, self._clock() + ttl)
            self._entries.pop(key, None)
            return value

    def delete(self, *keys: str) -> None:
        """Remove keys; absent ones are ignored."""
        with self._lock:
            for key in keys:
                self._entries.pop(key, None)

    def increment(self, key: str, ttl: int) -> int:
        """Add one to a counter and return it; raises `KeyValueUnavailable` when full."""
        with self._lock:
            return self._increment(key, ttl)

    def count(self, counters: Sequence[tuple[str, int]], forget: Sequence[str] = ()) -> list[int]:
        """Remove keys, then add one to each counter and return them."""
        self.delete(*forget)
        return [self.increment(key, ttl) for key, ttl in counters]

    def claim(self, values: Sequence[tuple[str, bytes, int]], counters: Sequence[tuple[str, int]]) -> list[int] | None:
        """Store values if none of their keys is there, and count; raises `KeyValueUnavailable` when full."""
        with self._lock:
            if any(self._alive(key) is not None for key, _, _ in values):
                return None
            for key, value, ttl in values:
                self._put(key, value, self._clock() + ttl)
            return [self._increment(key, ttl) for key, ttl in counters]

    def _increment(self, key: str, ttl: int) -> int:
        held = self._alive(key)
        count = int(held or b"0") + 1
        expires = self._entries[key][1] if held is not None else self._clock() + ttl
        self._put(key, b"%d" % count, expires)
        return count

    def _alive(self, key: str) -> bytes | None:
        held = self._entries.get(key)
        return held[0] if held is not None and self._clock() < held[1] else None

    def _put(self, key: str, value: bytes, expires: int) -> None:
        if key not in self._entries and len(self._entries) >= self._most:
            now = self._clock()
            self._entries = {name: entry for name, entry in self._entries.items() if now < entry[1]}
            if len(self._entries) >= self._most:
                raise KeyValueUnavailable("local counters are full")
        self._entries[key] = (value, expires)
