"""Where Redis is: one server, one that sentinels name, or a cluster; each with deadlines and without repetitions.

A call that got no answer is never sent again: it may have been carried out, and a value that is taken twice, or counted
twice, would be wrong (R-14). The next call finds the new primary by itself.

| address | |
|---|---|
| `redis://host:6379/0`, `rediss://…`, `unix:///path` | one server |
| `redis+sentinel://host:26379,host:26379/name/0`, `rediss+sentinel://…` | the primary that the sentinels name |
| `redis+cluster://host:6379,host:6379`, `rediss+cluster://…` | a cluster, found by any of its nodes |
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

from idp.loading import Late
from idp.records import dataclass
from idp.store.redis_one import exchange_with, read_one
from idp.store.redis_wire import Exchange

if TYPE_CHECKING:
    from idp.store import redis_client
else:
    redis_client = Late("idp.store.redis_client")

_ONE: Final = ("redis", "rediss", "unix")
_SEVERAL: Final = ("redis+sentinel", "rediss+sentinel", "redis+cluster", "rediss+cluster")
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
) -> Exchange:
    """Return exchanges with the servers of an address, with deadlines and without retries; nothing is connected yet.

    A connection on which anything went wrong is closed, so that the rest of an answer cut in the middle can never be
    read as the answer to another question (R-14). A thread takes one connection at a time, of a cluster one for each of
    its primaries at most.

    Args:
        url: one of the addresses above.
        password: of the servers, where the address names none.
        sentinel_password: of the sentinels.
        ca_bundle: file of the authorities believed; None for the usual ones.
        timeout: seconds to connect and to wait for each answer, of a sentinel too.

    Raises:
        ValueError: the address cannot be read.
    """
    address = read(url)
    server = read_one(url) if address is None else None
    if server is not None:
        return exchange_with(server, password, ca_bundle, timeout)
    asked: dict[str, Any] = {"socket_timeout": timeout, "socket_connect_timeout": timeout, "protocol": 2}
    if ca_bundle is not None and url.startswith("rediss"):
        asked["ssl_ca_certs"] = str(ca_bundle)
    options = asked if password is None else {**asked, "password": password}
    if address is None:
        return redis_client.with_options(url, options)
    if address.tls:
        asked["ssl"] = options["ssl"] = True
    if address.username is not None:
        options = {**options, "username": address.username}
    if address.kind == "cluster":
        return redis_client.cluster(address.servers, options)
    asked = {**asked, "password": sentinel_password}
    return redis_client.watched(address.servers, address.service, asked, {**options, "db": address.database})
