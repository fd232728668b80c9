"""The key-value port on Redis, or on the database while Redis is gone (R-12); `era_watch` says which.

Each step between the two begins with nothing: a session, a parked request or a code is found in its own step alone,
so what was spent or ended in one is not there in the next, whatever Redis still holds when it is back. Two things do
not begin anew. Counters go on where they were, in each store its own, so that no outage gives a fresh allowance. And
what must not be done twice across the two (`steady`) is not done at all while Redis is gone.
"""

import secrets
from collections.abc import Sequence
from typing import Final, Protocol

from idp.store.era_watch import EraWatch
from idp.store.eras import DATABASE, REDIS, Place
from idp.upstream_ports import KeyValue, KeyValueUnavailable

STANDS_IN: Final = "stand-in"
"""The word of `/readyz` while the database stands in."""
BETWEEN: Final = "between"
"""Its word while one of the two is being left and neither is used."""
_COUNTED: Final = "counted:"
"""What the names of counters in the database begin with, in every step."""


class Redis(KeyValue, Protocol):
    """The store that is stood in for."""

    def ping(self) -> None:
        """Return if it answers; raise `KeyValueUnavailable` otherwise."""

    def close(self) -> None:
        """Let go of its connections."""


def works(redis: KeyValue) -> bool:
    """Whether a Redis writes and reads: one that is full, or a replica, answers and does not."""
    key = f"probe:{secrets.token_hex(8)}"
    try:
        redis.set(key, b"1", 10)
        return redis.get(key) == b"1"
    except KeyValueUnavailable:
        return False


class _Noting:
    """Tells the watch of a store that does not answer; any number of threads may be in it."""

    def __init__(self, watch: EraWatch) -> None:
        self._watch = watch

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, _error: object, _trace: object) -> None:
        if kind is not None and issubclass(kind, KeyValueUnavailable):
            self._watch.suspect()


class _Somewhere:
    """`KeyValue` in whatever store, and under whatever prefix, `_at` says."""

    def __init__(self, watch: EraWatch) -> None:
        self._watch = watch
        self._noting = _Noting(watch)

    def _at(self) -> tuple[KeyValue, str]:
        raise NotImplementedError

    def get(self, key: str) -> bytes | None:
        """Return the value, or None when absent or expired."""
        store, prefix = self._at()
        with self._noting:
            return store.get(prefix + key)

    def many(self, *keys: str) -> list[bytes | None]:
        """Return the values of keys, in their order."""
        store, prefix = self._at()
        with self._noting:
            return store.many(*[prefix + key for key in keys])

    def set(self, key: str, value: bytes, ttl: int) -> None:
        """Store a value for `ttl` seconds."""
        store, prefix = self._at()
        with self._noting:
            store.set(prefix + key, value, ttl)

    def add(self, key: str, value: bytes, ttl: int) -> bool:
        """Store a value only if the key is absent; return whether it was stored."""
        store, prefix = self._at()
        with self._noting:
            return store.add(prefix + key, value, ttl)

    def replace(self, key: str, value: bytes, ttl: int, was: bytes | None = None) -> bool:
        """Store a value only if the key is there, with the value `was` if given; return whether it was stored."""
        store, prefix = self._at()
        with self._noting:
            return store.replace(prefix + key, value, ttl, was)

    def take(self, key: str, leaving: tuple[str, bytes, int] | None = None) -> bytes | None:
        """Return the value and remove it: of two callers one gets it, and leaves something."""
        store, prefix = self._at()
        with self._noting:
            return store.take(prefix + key, leaving and (prefix + leaving[0], *leaving[1:]))

    def delete(self, *keys: str) -> None:
        """Remove keys; absent ones are ignored."""
        store, prefix = self._at()
        with self._noting:
            store.delete(*[prefix + key for key in keys])

    def increment(self, key: str, ttl: int) -> int:
        """Add one to a counter and return it; its life starts with the first."""
        store, prefix = self._at()
        with self._noting:
            return store.increment(prefix + key, ttl)

    def count(self, counters: Sequence[tuple[str, int]], forget: Sequence[str] = ()) -> list[int]:
        """Remove keys, then add one to each counter and return them."""
        store, prefix = self._at()
        with self._noting:
            return store.count([(prefix + key, ttl) for key, ttl in counters], [prefix + key for key in forget])

    def claim(self, values: Sequence[tuple[str, bytes, int]], counters: Sequence[tuple[str, int]]) -> list[int] | None:
        """Store values if none of their keys is there, and count; None where nothing was done."""
        store, prefix = self._at()
        with self._noting:
            named = [(prefix + key, value, ttl) for key, value, ttl in values]
            return store.claim(named, [(prefix + key, ttl) for key, ttl in counters])


class _Only(_Somewhere):
    """One of the two stores while it is used, the same names in every step."""

    def __init__(self, watch: EraWatch, store: KeyValue, place: Place, prefix: str) -> None:
        super().__init__(watch)
        self._store = store
        self._place = place
        self._prefix = prefix

    def _at(self) -> tuple[KeyValue, str]:
        place = self._watch.era().place
        if place != self._place:
            raise KeyValueUnavailable(f"not now: {place}")
        return self._store, self._prefix


class StandIn(_Somewhere):
    """`KeyValue` on Redis, and on the database while Redis is gone.

    Args:
        redis: used while it works.
        database: used otherwise.
        watch: says which of the two.
    """

    def __init__(self, redis: Redis, database: KeyValue, watch: EraWatch) -> None:
        super().__init__(watch)
        self._redis = redis
        self._database = database
        self.steady: KeyValue = _Only(watch, redis, REDIS, "")
        """Redis alone: it raises `KeyValueUnavailable` while the database stands in."""
        self.counters: KeyValue = _Only(watch, database, DATABASE, _COUNTED)
        """Counters of the database alone: they raise it while Redis is used."""

    def close(self) -> None:
        """Let go of the connections with Redis."""
        self._redis.close()

    @property
    def stands_in(self) -> bool:
        """Whether Redis is not used, as far as this process knows; nothing is asked."""
        return self._watch.last.place != REDIS

    def anew_at(self) -> int:
        """Return when everything but counters began anew, Unix seconds, as far as this process knows; 0 for never."""
        return self._watch.last.began_at

    def look(self) -> None:
        """See what there is to do: called every few seconds, it moves on without any request. Never raises."""
        try:
            self._watch.era()
        except KeyValueUnavailable:
            return

    def condition(self) -> str:
        """Return `STANDS_IN` or `BETWEEN`, or `ok` where Redis is used and answers.

        Raises:
            KeyValueUnavailable: it is used and does not answer.
        """
        self.look()
        place = self._watch.last.place
        if place != REDIS:
            return STANDS_IN if place == DATABASE else BETWEEN
        with self._noting:
            self._redis.ping()
        return "ok"

    def increment(self, key: str, ttl: int) -> int:
        """Add one to a counter and return it. It goes on from step to step, apart from what the other verbs see."""
        return self.count([(key, ttl)])[0]

    def count(self, counters: Sequence[tuple[str, int]], forget: Sequence[str] = ()) -> list[int]:
        """Remove keys, then add one to each counter, as `increment` does, and return them."""
        store, prefix = self._at()
        counted = "" if store is self._redis else _COUNTED
        with self._noting:
            return store.count([(counted + key, ttl) for key, ttl in counters], [prefix + key for key in forget])

    def _at(self) -> tuple[KeyValue, str]:
        era = self._watch.era()
        if era.place == REDIS:
            return self._redis, era.prefix
        if era.place == DATABASE:
            return self._database, era.prefix
        raise KeyValueUnavailable(f"not now: {era.place}")
