"""Redis where redis-py is needed: sentinels, a cluster, an address with options. Loaded there alone: it takes 8 MiB.

It makes the connections to a primary, over which `redis_wire` speaks; a cluster is asked by it, since it knows which
node a key is on. Its errors become those of `redis_wire` and of Python.
"""

import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Any, Final

import redis
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode, RedisCluster
from redis.exceptions import NoScriptError as NoScript
from redis.exceptions import RedisClusterException
from redis.retry import Retry
from redis.sentinel import Sentinel

from idp.store.redis_wire import Command, NoScriptError, OneServer, ResponseError

# Their constructors are published without types.
_SENTINEL: Final[Any] = Sentinel
_NODE: Final[Any] = ClusterNode
Options = Mapping[str, Any]
"""Keyword arguments of the client's connections."""


def with_options(url: str, options: Options) -> OneServer:
    """Return exchanges with one server whose address has options of the client's own.

    Raises:
        ValueError: the address cannot be read.
    """
    return _by(redis.Redis.from_url(url, retry=_none(), **options))


def watched(servers: Sequence[tuple[str, int]], service: str, asked: Options, options: Options) -> OneServer:
    """Return exchanges with the primary that sentinels name.

    Args:
        servers: the sentinels.
        service: their name for it.
        asked: options of connections to them.
        options: those of connections to it.
    """
    sentinels = _SENTINEL(servers, sentinel_kwargs={**asked, "retry": _none()})
    return _by(sentinels.master_for(service, retry=_none(), **options))


def cluster(servers: Sequence[tuple[str, int]], options: Options) -> "Cluster":
    """Return exchanges with a cluster, found by any of some nodes."""
    nodes = [_NODE(host, port) for host, port in servers]

    def connect() -> RedisCluster:
        # Where a node is gone, what lies on the others is still there.
        return RedisCluster(startup_nodes=nodes, retry=_none(), require_full_coverage=False, **options)

    return Cluster(connect)


class Cluster:
    """Exchanges with a cluster, one command after the other.

    Its client asks for the cluster's nodes when it is made: at the first call, and again if in vain. One thread asks;
    those that come meanwhile are told at once that there is nothing yet.
    """

    one = False

    def __init__(self, connect: Callable[[], RedisCluster]) -> None:
        self._connect = connect
        self._asking = Lock()
        self._made: list[Any] = []  # its commands by name are published without types

    def __call__(self, *commands: Command) -> list[Any]:
        """See `Exchange`; several reads are one exchange with each node."""
        with _told():
            client = self._client()
            if all(command[0] == "GET" for command in commands):
                with client.pipeline(transaction=False) as asked:
                    for command in commands:
                        asked.get(command[1])
                    return list(asked.execute())
            return [_asked(client, command) for command in commands]

    def close(self) -> None:
        """Let go of its connections."""
        for client in self._made:
            client.close()

    def _client(self) -> Any:
        if self._made:
            return self._made[0]
        if not self._asking.acquire(blocking=False):
            raise ConnectionError("no node of the cluster has answered yet")
        try:
            self._made[:] = [self._connect()]
            return self._made[0]
        finally:
            self._asking.release()


def _asked(client: Any, command: Command) -> Any:
    if command[0] == "DEL":
        # Its keys may lie on several nodes, which the client knows of this verb alone.
        return client.delete(*command[1:])
    try:
        return client.execute_command(*command)
    except NoScript as error:
        return NoScriptError(str(error))


def _by(client: redis.Redis) -> OneServer:
    pool: Any = client.connection_pool

    def connect() -> socket.socket:
        with _told():
            # By the pool itself there may be a hundred in its life.
            made = pool.connection_class(**pool.connection_kwargs)
            made.connect()
        # The client has no way to hand it over; while it had it, it would close it with itself.
        found, made._sock = made._sock, None  # noqa: SLF001 - see above
        connected: socket.socket = found
        return connected

    return OneServer(connect)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except redis.ResponseError as error:
        raise ResponseError(str(error)) from error
    except redis.TimeoutError as error:
        raise TimeoutError(str(error)) from error
    except (redis.RedisError, RedisClusterException) as error:
        raise ConnectionError(str(error)) from error


def _none() -> Retry:
    return Retry(NoBackoff(), 0)
