"""The key-value port on Redis (decision D3); `kv` is the other, on SQL.

Redis expires keys itself, by the machine's time.
"""

import hashlib
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Final, cast

from idp.metrics.points import REDIS_FAULTS
from idp.store.redis_wire import Command, Exchange, NoScriptError, ResponseError
from idp.upstream_ports import KeyValueUnavailable

_PATIENCE: Final = 4
"""Calls in a row without an answer."""
_REST: Final = 1.0
"""Seconds between two who wait to see whether Redis is back."""
_TALLY: Final = """
local gone, new, counts = tonumber(ARGV[1]), tonumber(ARGV[2]), {}
for i = gone + 1, gone + new do
    if redis.call('EXISTS', KEYS[i]) == 1 then return false end
end
for i = 1, gone do redis.call('DEL', KEYS[i]) end
for i = 1, new do redis.call('SET', KEYS[gone + i], ARGV[2 * i + 1], 'EX', ARGV[2 * i + 2]) end
for i = 1, #KEYS - gone - new do
    local key = KEYS[gone + new + i]
    counts[i] = redis.call('INCR', key)
    if counts[i] == 1 then redis.call('EXPIRE', key, ARGV[2 * new + 2 + i]) end
end
return counts
"""
_TALLY_SHA: Final = hashlib.sha1(_TALLY.encode(), usedforsecurity=False).hexdigest()
"""By which Redis finds the script again."""


_SWAP: Final = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return 1
"""
_SWAP_SHA: Final = hashlib.sha1(_SWAP.encode(), usedforsecurity=False).hexdigest()

_LEAVE: Final = """
local found = redis.call('GET', KEYS[2])
if not found then return false end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
redis.call('DEL', KEYS[2])
return found
"""
_LEAVE_SHA: Final = hashlib.sha1(_LEAVE.encode(), usedforsecurity=False).hexdigest()


class _Patience:
    """Waits for Redis as long as it answers, and for a while not at all when it does not (R-13). Thread-safe.

    Each call may wait for its deadline. After a few in a row without an answer only one caller a second waits, to see;
    the others are refused at once, so that threads are not held by a Redis that takes connections and says nothing.
    What it does answer, an error too, is an answer.

    Args:
        timer: a monotonic clock in seconds.
        one: there is one server to wait for: of a cluster, a node that is gone says nothing of the others.
    """

    def __init__(self, timer: Callable[[], float] = time.monotonic, *, one: bool = True) -> None:
        self._timer = timer
        self._one = one
        self._lock = threading.Lock()
        self._unanswered = 0
        self._rests_until = 0.0

    def __enter__(self) -> None:
        if self._unanswered < _PATIENCE or not self._one:
            return
        with self._lock:
            now = self._timer()
            if now < self._rests_until:
                raise KeyValueUnavailable("Redis rests")
            self._rests_until = now + _REST

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if error is None:
            if self._unanswered:
                self._unanswered = 0
            return
        if isinstance(error, ResponseError | OSError):
            if isinstance(error, OSError):
                with self._lock:
                    self._unanswered += 1
                    self._rests_until = self._timer() + _REST
            REDIS_FAULTS.add(type(error).__name__)
            raise KeyValueUnavailable(type(error).__name__) from error


class RedisKeyValue:
    """`KeyValue` on Redis: each verb is one atomic command, or one script.

    Args:
        exchange: with the servers (`redis_servers.connect_redis`).
        timer: a monotonic clock in seconds.
    """

    def __init__(self, exchange: Exchange, timer: Callable[[], float] = time.monotonic) -> None:
        self._exchange = exchange
        self._timer = timer
        self._one = exchange.one
        self._patience = _Patience(timer, one=self._one)

    def ping(self) -> None:
        """Return if the server answers.

        Raises:
            KeyValueUnavailable: it does not.
        """
        with _Patience(self._timer):  # a probe's own: it asks in any case
            _sound(self._exchange(("PING",))[0])

    def close(self) -> None:
        """Let go of the connections."""
        self._exchange.close()

    def get(self, key: str) -> bytes | None:
        """Return the value, or None when absent or expired."""
        return cast("bytes | None", self._asked(("GET", key))[0])

    def many(self, *keys: str) -> list[bytes | None]:
        """Return the values of keys, in their order; they may be on several nodes of a cluster."""
        return self._asked(*(("GET", key) for key in keys)) if keys else []

    def set(self, key: str, value: bytes, ttl: int) -> None:
        """Store a value for `ttl` seconds."""
        self._asked(("SET", key, value, "EX", ttl))

    def add(self, key: str, value: bytes, ttl: int) -> bool:
        """Store a value only if the key is absent; return whether it was stored."""
        return bool(self._asked(("SET", key, value, "EX", ttl, "NX"))[0])

    def replace(self, key: str, value: bytes, ttl: int, was: bytes | None = None) -> bool:
        """Store a value only if the key is there, with the value `was` if given; return whether it was stored."""
        if was is not None:
            return bool(self._scripted(_SWAP, _SWAP_SHA, 1, key, was, value, ttl))
        return bool(self._asked(("SET", key, value, "EX", ttl, "XX"))[0])

    def take(self, key: str, leaving: tuple[str, bytes, int] | None = None) -> bytes | None:
        """Return the value and remove it: of two callers one gets it.

        One script stores what it leaves, and only then removes: a Redis that is full refuses both. Of a cluster two
        nodes may hold the two: there what it leaves is stored where nothing is, and again by whoever got the value, so
        that what stands in the end is the taker's.
        """
        if leaving is not None and self._one:
            left, value, ttl = leaving
            return cast("bytes | None", self._scripted(_LEAVE, _LEAVE_SHA, 2, left, key, value, ttl))
        first = leaving is None or self.add(*leaving)
        found = cast("bytes | None", self._asked(("GETDEL", key))[0])
        if leaving is not None and found is not None and not first:
            self.set(*leaving)
        return found

    def delete(self, *keys: str) -> None:
        """Remove keys; absent ones are ignored."""
        if keys:
            self._asked(("DEL", *keys))

    def increment(self, key: str, ttl: int) -> int:
        """Add one to a counter and return it; its life starts with the first."""
        return self._counted([(key, ttl)], ())[0]

    def count(self, counters: Sequence[tuple[str, int]], forget: Sequence[str] = ()) -> list[int]:
        """Remove keys, then add one to each counter and return them: one exchange."""
        return self._counted(counters, forget)

    def claim(self, values: Sequence[tuple[str, bytes, int]], counters: Sequence[tuple[str, int]]) -> list[int] | None:
        """Store values if no key is there, and count; a cluster, where they lie in several places, does neither."""
        return self._tallied((), values, counters) if self._one else None

    def _counted(self, counters: Sequence[tuple[str, int]], forget: Sequence[str]) -> list[int]:
        if self._one:
            return self._tallied(forget, (), counters) or []
        if forget:
            self._asked(("DEL", *forget))
        return [count for counter in counters for count in self._tallied((), (), [counter]) or []]

    def _tallied(
        self, forget: Sequence[str], values: Sequence[tuple[str, bytes, int]], counters: Sequence[tuple[str, int]]
    ) -> list[int] | None:
        keys = (*forget, *(key for key, _, _ in values), *(key for key, _ in counters))
        if not keys:
            return []
        lives = (word for _, value, ttl in values for word in (value, ttl))
        rest = (len(keys), *keys, len(forget), len(values), *lives, *(ttl for _, ttl in counters))
        return cast("list[int] | None", self._scripted(_TALLY, _TALLY_SHA, *rest))

    def _scripted(self, script: str, sha: str, *rest: str | bytes | int) -> Any:
        with self._patience:
            (answer,) = self._exchange(("EVALSHA", sha, *rest))
            if isinstance(answer, NoScriptError):
                # A server that was restarted or emptied knows no script, and has carried nothing out.
                (answer,) = self._exchange(("EVAL", script, *rest))
            return _sound(answer)

    def _asked(self, *commands: Command) -> list[Any]:
        with self._patience:
            return [_sound(answer) for answer in self._exchange(*commands)]


def _sound(answer: Any) -> Any:
    """Return an answer that is none of an error.

    Raises:
        ResponseError: the server refused the command.
    """
    if isinstance(answer, ResponseError):
        raise answer
    return answer
