"""HTTP that leaves the house: one adapter that keeps every call inside time, size, host and address (N-131).

A bound for each wait on a socket does not bound a call: an answer that drips one byte at a time,
in its headers or its body, lasts for ever. Here a watchdog shuts the connection down at the
deadline, whatever the call is waiting for, so the calling thread comes back. Name resolution alone
is not covered: it obeys the machine's resolver.

urllib3 makes the connections, checks certificates and keeps what is open for all calls through the
adapter; requests go out and answers come in without its layers, which cost more than the rest of a
call (`idp.http_answers`). Nothing is ever sent twice: a code must not be replayed.

A leaf: it knows no room of the provider but the figures, and no setting, so that federation may use it too.
"""

import contextlib
import math
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from functools import cached_property, lru_cache
from http.client import HTTPException
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlencode, urlsplit

import requests
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, SSLError
from urllib3.util.ssl_ import create_urllib3_context

from idp.deadlines import Deadlines
from idp.http_answers import Answer, TooLong, read
from idp.metrics.points import OUTBOUND
from idp.public_addresses import is_public
from idp.records import dataclass
from idp.tracing.spans import carried, span

__all__ = [
    "MAX_BODY_BYTES", "AddressRefused", "Answer", "BodyTooLarge", "BoundedAdapter", "DeadlineExceeded", "get", "post",
]  # fmt: skip

MAX_BODY_BYTES = 256 * 1024
USER_AGENT = "carpimko-idp"
_USUAL: Final = {
    "User-Agent": USER_AGENT,
    "Accept-Encoding": "identity",
    "Accept": "*/*",
    "Connection": "keep-alive",
}
_PLACES: Final = 10
"""Hosts whose connections are kept."""
_KEPT: Final = 10
"""Connections that are kept for each."""
_BEFORE: Final = 1.0
"""Seconds before a server gives a connection up from which nothing is asked on it any more."""

_current = threading.local()
_deadlines = Deadlines()


class DeadlineExceeded(requests.Timeout):
    """The whole call took longer than it may."""


class BodyTooLarge(requests.RequestException):
    """The answer is larger than any honest answer."""


class AddressRefused(requests.ConnectionError):
    """The host is not the one configured, or its name leads to an address inside the house."""


class _NotPublicError(Exception):
    """AddressRefused on its way out: urllib3 would take an OSError for a network fault."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an address leads: scheme, host, port (None: the scheme's), what `Host` says, what is asked for there."""

    scheme: str
    host: str
    port: int | None
    authority: str
    target: str


class _Watchdog:
    """Shuts the sockets of one call down after ``seconds``; used as a context manager."""

    def __init__(self, seconds: float) -> None:
        self.fired = False
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._seconds = seconds

    def __enter__(self) -> Self:
        _current.watchdog = self
        self._deadline = _deadlines.after(self._seconds, self._fire)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._deadline.cancel()
        _current.watchdog = None
        self.let_go()

    def let_go(self) -> bool:
        """Watch the connections of now no more: they are somebody else's next. Return whether they were shut down."""
        with self._lock:
            for copy in self._sockets:
                copy.close()
            self._sockets.clear()
            return self.fired

    def guard(self, connection: socket.socket) -> None:
        """Watch a connection through a copy of its descriptor, which survives a TLS wrapper."""
        with self._lock:
            self._sockets.append(socket.socket(fileno=socket.dup(connection.fileno())))
            if self.fired:
                self._shut()

    def _fire(self) -> None:
        with self._lock:
            self.fired = True
            self._shut()

    def _shut(self) -> None:
        for copy in self._sockets:
            with contextlib.suppress(OSError):
                copy.shutdown(socket.SHUT_RDWR)


def _guard(connection: socket.socket | None) -> None:
    watchdog: _Watchdog | None = getattr(_current, "watchdog", None)
    if watchdog is not None and connection is not None:
        watchdog.guard(connection)


def _addresses(host: str, port: int) -> list[str]:
    """Return the addresses of a name; none where it has none: the connection fails by itself, in its own words."""
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return [str(address[0]) for *_, address in found]


def _check_peer(connection: socket.socket) -> None:
    """Look at the address reached, not at the one resolved: no second resolution can differ."""
    if not is_public(connection.getpeername()[0]):
        connection.close()
        raise _NotPublicError


class _Guarded(HTTPConnection):
    """What both kinds of connection have in common: each socket is watched, and looked at where that is asked."""

    public_only = False
    rests_until = math.inf
    """Until when the server keeps it, `time.monotonic()`, as far as it said."""

    def _new_conn(self) -> socket.socket:
        addresses = _addresses(self.host, self.port)
        # Knock at no door of the house: whether one is open would be told by how the call fails.
        if self.public_only and not all(map(is_public, addresses)):
            raise _NotPublicError
        if isinstance(self.timeout, int | float) and addresses:
            # urllib3 tries each in turn, with all of the time for each.
            self.timeout /= len(addresses)
        connection = super()._new_conn()
        if self.public_only:
            _check_peer(connection)
        _guard(connection)
        return connection


class _PlainConnection(_Guarded):
    pass


class _TlsConnection(_Guarded, HTTPSConnection):
    pass


class _PublicPlainConnection(_PlainConnection):
    public_only = True


class _PublicTlsConnection(_TlsConnection):
    public_only = True


class _Exchanging(HTTPConnectionPool):
    """Connections to one place: urllib3 makes them, keeps them and knows which are gone; words go over them as here."""

    def exchange(self, request: bytes, seconds: float, most: int) -> Answer:
        """Send a request, once, and return its answer.

        Args:
            request: all of it.
            seconds: for which each wait on the connection may last.
            most: octets of the longest body.

        Raises:
            TooLong: the answer's body is longer.
            HTTPError, OSError: there was no whole answer.
        """
        connection: Any = self._get_conn()
        reusable = False
        try:
            connection.timeout = seconds
            if time.monotonic() >= connection.rests_until:
                connection.close()
            if connection.is_closed:
                connection.connect()
            else:
                _guard(connection.sock)
            connection.sock.settimeout(seconds)
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                # Whoever does not read a request to its end may have answered all the same.
                connection.sock.sendall(request)
            answer = read(connection.sock, most)
            reusable = answer.reusable
            connection.rests_until = time.monotonic() + answer.kept_for - _BEFORE
            return answer
        finally:
            # A deadline that comes from here on would cut whoever takes the connection next.
            watchdog: _Watchdog | None = getattr(_current, "watchdog", None)
            cut = watchdog is not None and watchdog.let_go()
            if cut or not reusable:
                connection.close()
            self._put_conn(connection)


class _PlainPool(_Exchanging):
    ConnectionCls = _PlainConnection


class _TlsPool(_Exchanging, HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class _PublicPlainPool(_PlainPool):
    ConnectionCls = _PublicPlainConnection


class _PublicTlsPool(_TlsPool):
    ConnectionCls = _PublicTlsConnection


class BoundedAdapter:
    """A transport for one upstream, or for whatever addresses the relying applications have registered. Thread-safe.

    ``hosts``: the only hosts it talks to; None: any. ``timeout``: seconds for a whole call at most; a
    call may ask for fewer.
    ``public_only``: refuse addresses that are not public, so that a poisoned name cannot reach
    inside the house. ``ca_bundle``: a file of the authorities believed, beside none of the usual
    ones; None: the usual ones. ``max_body``: bytes of the largest answer that is read.
    ``partner``: whom it talks to, as the figures call it.
    A redirect is handed back as it is.
    """

    def __init__(
        self,
        *,
        hosts: frozenset[str] | None,
        timeout: float,
        public_only: bool,
        ca_bundle: str | None = None,
        max_body: int = MAX_BODY_BYTES,
        partner: str = "applications",
    ) -> None:
        self._partner = partner
        self._hosts = hosts
        self._seconds = timeout
        self._max_body = max_body
        self._authorities = ca_bundle or DEFAULT_CA_BUNDLE_PATH
        self._manager = PoolManager(_PLACES, maxsize=_KEPT)
        self._manager.pool_classes_by_scheme = (
            {"http": _PublicPlainPool, "https": _PublicTlsPool}
            if public_only
            else {"http": _PlainPool, "https": _TlsPool}
        )

    @cached_property
    def _tls(self) -> dict[str, Any]:
        """How certificates are checked: reading the authorities takes 20 ms, so once and not for each connection."""
        context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
        context.load_verify_locations(self._authorities)
        return {"cert_reqs": "CERT_REQUIRED", "ssl_context": context}

    def send(
        self, method: str, place: Place, headers: Mapping[str, str], body: str | None, timeout: float | None = None
    ) -> Answer:
        """Send a request once and read the whole answer; raises `requests.RequestException` only."""
        began, outcome = time.perf_counter(), "failed"
        seconds = self._seconds if timeout is None else min(timeout, self._seconds)
        try:
            with span(f"HTTP {method}", "client", server__address=place.host):
                answer = self._send(place, _request(method, place, {**headers, **carried()}, body), seconds)
        except DeadlineExceeded:
            outcome = "late"
            raise
        except AddressRefused:
            outcome = "refused"
            raise
        else:
            outcome = f"{answer.status // 100}xx"
            return answer
        finally:
            OUTBOUND.observe(time.perf_counter() - began, self._partner, outcome)

    def _send(self, place: Place, request: bytes, seconds: float) -> Answer:
        if self._hosts is not None and place.host not in self._hosts:
            raise AddressRefused("the upstream names a host that is not its own")
        tls = self._tls if place.scheme == "https" else None
        with _Watchdog(seconds) as watchdog:
            try:
                pool: Any = self._manager.connection_from_host(place.host, place.port, place.scheme, tls)
                answer: Answer = pool.exchange(request, seconds, self._max_body)
            except _NotPublicError as error:
                raise AddressRefused("the upstream's name leads to an address that is not public") from error
            except TooLong as error:
                raise BodyTooLarge("the upstream's answer is too large") from error
            except (HTTPError, HTTPException, OSError) as error:
                if watchdog.fired or _waited(error):
                    raise DeadlineExceeded("the upstream took too long") from error
                if isinstance(error, SSLError | ssl.SSLError):
                    raise requests.exceptions.SSLError("the upstream is not who it should be") from error
                raise requests.ConnectionError("the upstream did not answer, or broke off its answer") from error
            if watchdog.fired:
                # A body without a length ends where the connection was cut: it is not whole.
                raise DeadlineExceeded("the upstream took too long")
        return answer


def _waited(error: Exception) -> bool:
    """Whether one wait took as long as the whole call may, by a hair before the watchdog saw it."""
    connecting = isinstance(error, ConnectTimeoutError) and not isinstance(error, NewConnectionError)
    return connecting or isinstance(error, TimeoutError)


@lru_cache(256)
def _place(url: str) -> Place:
    """Return where an address leads; requests writes it as it may be sent (`requests.RequestException` otherwise)."""
    prepared = requests.PreparedRequest()
    prepared.prepare_url(url, None)
    parts = urlsplit(prepared.url or "")
    default = parts.port is None or (parts.scheme, parts.port) in {("http", 80), ("https", 443)}
    host = parts.hostname or ""
    named = f"[{host}]" if ":" in host else host
    return Place(parts.scheme, host, parts.port, named if default else f"{named}:{parts.port}", prepared.path_url)


def _request(method: str, place: Place, headers: Mapping[str, str], body: str | None) -> bytes:
    """Return a request as it goes over the wire; of usual headers those that are not given.

    Raises:
        requests.RequestException: a header would be several.
    """
    named = {**_USUAL, **headers}
    if body is not None:
        named["Content-Length"] = str(len(body))
    lines = [f"{method} {place.target} HTTP/1.1", f"Host: {place.authority}"]
    lines += [f"{name}: {value}" for name, value in named.items()]
    head = "\r\n".join(lines)
    if not head.count("\r") == head.count("\n") == len(lines) - 1:
        raise requests.exceptions.InvalidHeader("a header of several lines")
    return f"{head}\r\n\r\n{body or ''}".encode("latin-1")


def get(adapter: BoundedAdapter, url: str, headers: Mapping[str, str]) -> Answer:
    """GET without following redirects, cookies or proxies; raises `requests.RequestException`."""
    return adapter.send("GET", _place(url), headers, None)


def post(
    adapter: BoundedAdapter,
    url: str,
    fields: Mapping[str, str],
    timeout: float | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """POST a form without following redirects, cookies or proxies; ``timeout`` may be fewer seconds than usual."""
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    return adapter.send("POST", _place(url), {**kind, **(headers or {})}, urlencode(fields), timeout)
