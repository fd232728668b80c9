"""The key-value port on Redis (decision D3); `kv` is the other, on SQL.

Redis expires keys itself, by the machine's time. Imported only where one is configured: its client takes 6 MiB.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, cast

import redis
from redis.exceptions import RedisClusterException, RedisError

from idp.metrics.points import REDIS_FAULTS
from idp.upstream import KeyValueUnavailable

_INCREMENT: Final = """
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return count
"""


class RedisKeyValue:
    """`KeyValue` on Redis: each verb is one atomic command, or one script."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._increment = client.register_script(_INCREMENT)

    def ping(self) -> None:
        """Return if the server answers.

        Raises:
            KeyValueUnavailable: it does not.
        """
        with _redis_errors():
            self._client.ping()

    def get(self, key: str) -> bytes | None:
        """Return the value, or None when absent or expired."""
        with _redis_errors():
            return cast("bytes | None", self._client.get(key))

    def set(self, key: str, value: bytes, ttl: int) -> None:
        """Store a value for `ttl` seconds."""
        with _redis_errors():
            self._client.set(key, value, ex=ttl)

    def add(self, key: str, value: bytes, ttl: int) -> bool:
        """Store a value only if the key is absent; return whether it was stored."""
        with _redis_errors():
            return bool(self._client.set(key, value, ex=ttl, nx=True))

    def replace(self, key: str, value: bytes, ttl: int) -> bool:
        """Store a value only if the key is there and alive; return whether it was stored."""
        with _redis_errors():
            return bool(self._client.set(key, value, ex=ttl, xx=True))

    def take(self, key: str) -> bytes | None:
        """Return the value and remove it: of two callers one gets it."""
        with _redis_errors():
            return cast("bytes | None", self._client.getdel(key))

    def delete(self, *keys: str) -> None:
        """Remove keys; absent ones are ignored."""
        if keys:
            with _redis_errors():
                self._client.delete(*keys)

    def increment(self, key: str, ttl: int) -> int:
        """Add one to a counter and return it; its life starts with the first."""
        with _redis_errors():
            return int(self._increment(keys=[key], args=[ttl]))


@contextmanager
def _redis_errors() -> Iterator[None]:
    try:
        yield
    except (RedisError, RedisClusterException, OSError) as error:
        REDIS_FAULTS.add(type(error).__name__)
        raise KeyValueUnavailable(type(error).__name__) from error
