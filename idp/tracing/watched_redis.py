"""Redis with a span around each call; used where tracing is on and a Redis configured, and only there."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from idp.store.kv_redis import RedisKeyValue
from idp.tracing.spans import span

_VERBS: Final = ("get", "many", "set", "add", "replace", "take", "delete", "increment", "count", "claim")


class WatchedRedis(RedisKeyValue):
    """A span a call."""


def _watched(verb: str) -> Callable[..., Any]:
    plain = getattr(RedisKeyValue, verb)

    @wraps(plain)
    def seen(*args: Any) -> Any:
        with span(f"redis {verb}", "client", db__system__name="redis"):
            return plain(*args)

    return seen


for _verb in _VERBS:
    setattr(WatchedRedis, _verb, _watched(_verb))
