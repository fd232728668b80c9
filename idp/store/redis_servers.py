"""Where Redis is: one server, one that sentinels name, or a cluster; each with deadlines and without repetitions.

A call that got no answer is never sent again: it may have been carried out, and a value that is taken twice, or counted
twice, would be wrong (R-14). The next call finds the new primary by itself.

| address | |
|---|---|
| `redis://host:6379/0`, `rediss://…`, `unix:///path` | one server |
| `redis+sentinel://host:26379,host:26379/name/0`, `rediss+sentinel://…` | the primary that the sentinels name |
| `redis+cluster://host:6379,host:6379`, `rediss+cluster://…` | a cluster, found by any of its nodes |
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Final, cast
from urllib.parse import unquote, urlsplit

import redis
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode, RedisCluster
from redis.commands.core import Script
from redis.retry import Retry
from redis.sentinel import Sentinel

_ONE: Final = ("redis", "rediss", "unix")
_SEVERAL: Final = ("redis+sentinel", "rediss+sentinel", "redis+cluster", "rediss+cluster")
# Their constructors are published without types.
_SENTINEL: Final[Any] = Sentinel
_NODE: Final[Any] = ClusterNode
_PORTS: Final = {"sentinel": 26379, "cluster": 6379}
WORDS: Final = (
    "must be redis://host:6379/0, rediss://…, unix:///path, redis+sentinel://host:26379,host:26379/name/0, or "
    "redis+cluster://host:6379,host:6379"
)


@dataclass(frozen=True, slots=True)
class Address:
    """Several servers, as their address names them."""

    kind: str
    tls: bool
    servers: tuple[tuple[str, int], ...]
    service: str
    database: int
    username: str | None


def read(url: str) -> Address | None:
    """Read the address of several servers; None for the address of one.

    Raises:
        ValueError: it is neither; the text says what it may be.
    """
    scheme, mark, rest = url.partition("://")
    if mark and scheme in _ONE:
        return None
    if not mark or scheme not in _SEVERAL or "?" in rest or "#" in rest:
        raise ValueError(WORDS)
    places, _, path = rest.partition("/")
    login, _, hosts = places.rpartition("@")
    username, colon, _ = login.partition(":")
    if colon:
        raise ValueError("must name no password: cache.redis_password_file holds it")
    base, _, kind = scheme.partition("+")
    service, _, number = path.partition("/")
    if (kind == "cluster" and path) or (kind == "sentinel" and not service) or not (number.isdigit() or not number):
        raise ValueError(WORDS)
    servers = tuple(_server(one, _PORTS[kind]) for one in hosts.split(","))
    return Address(kind, base == "rediss", servers, unquote(service), int(number or 0), unquote(username) or None)


def _server(text: str, port: int) -> tuple[str, int]:
    parts = urlsplit(f"//{text}")
    if not parts.hostname or parts.path:
        raise ValueError(WORDS)
    return parts.hostname, parts.port or port


def connect_redis(
    url: str,
    *,
    password: str | None = None,
    sentinel_password: str | None = None,
    ca_bundle: Path | None = None,
    timeout: float = 0.5,
) -> redis.Redis:
    """Return a Redis client with deadlines and without retries; nothing is connected yet.

    A connection on which anything went wrong is closed by the client before it goes back to the pool, so that the
    rest of an answer cut in the middle can never be read as the answer to another question (R-14). A thread takes one
    connection at a time, of a cluster one for each of its primaries at most.

    Args:
        url: one of the addresses above.
        password: of the servers; overrides the one in the URL.
        sentinel_password: of the sentinels.
        ca_bundle: file of the authorities believed; None for the usual ones.
        timeout: seconds to connect and to wait for each answer, of a sentinel too.

    Raises:
        ValueError: the address cannot be read.
    """
    options: dict[str, Any] = {
        "socket_timeout": timeout,
        "socket_connect_timeout": timeout,
        "protocol": 2,
    }
    if password is not None:
        options["password"] = password
    address = read(url)
    tls: dict[str, Any] = {} if ca_bundle is None else {"ssl_ca_certs": str(ca_bundle)}
    if address is None:
        return redis.Redis.from_url(url, retry=_none(), **options, **(tls if url.startswith("rediss:") else {}))
    secured = {"ssl": True, **tls} if address.tls else {}
    if address.username is not None:
        options["username"] = address.username
    if address.kind == "cluster":
        return _cluster(address, options | secured)
    asked = {name: options[name] for name in ("socket_timeout", "socket_connect_timeout", "protocol")}
    sentinels: Any = _SENTINEL(
        address.servers, sentinel_kwargs={**asked, **secured, "retry": _none(), "password": sentinel_password}
    )
    found = sentinels.master_for(address.service, db=address.database, retry=_none(), **options, **secured)
    return cast("redis.Redis", found)


def _cluster(address: Address, options: dict[str, Any]) -> redis.Redis:
    nodes = [_NODE(host, port) for host, port in address.servers]

    def connect() -> RedisCluster:
        # Where a node is gone, what lies on the others is still there.
        return RedisCluster(startup_nodes=nodes, retry=_none(), require_full_coverage=False, **options)

    # It has every command that the key-value port uses; several keys of one DEL may lie on several nodes.
    return cast("redis.Redis", _Cluster(connect))


def _none() -> Retry:
    return Retry(NoBackoff(), 0)


class _Cluster:
    """A cluster's client, which asks for the cluster's nodes when it is made: at the first call, and again if in vain.

    One thread asks; those that come meanwhile are told at once that there is nothing yet.
    """

    def __init__(self, connect: Callable[[], RedisCluster]) -> None:
        self._connect = connect
        self._asking = Lock()
        self._made: list[RedisCluster] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client(), name)

    def register_script(self, script: str) -> Script:
        """Return a script, as the client does, without a connection."""
        return Script(cast("redis.Redis", self), script.encode())

    def close(self) -> None:
        """Let go of its connections."""
        for client in self._made:
            client.close()

    def _client(self) -> RedisCluster:
        if self._made:
            return self._made[0]
        if not self._asking.acquire(blocking=False):
            raise redis.ConnectionError("no node of the cluster has answered yet")
        try:
            self._made[:] = [self._connect()]
            return self._made[0]
        finally:
            self._asking.release()
