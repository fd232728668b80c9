"""HTTP that leaves the house: one adapter that keeps every call inside time, size, host and address (N-131).

requests bounds each wait on a socket, not the whole call: an answer that drips one byte at a time,
in its headers or its body, lasts for ever. Here a watchdog shuts the connection down at the
deadline, whatever the call is waiting for, so the calling thread comes back. Name resolution alone
is not covered: it obeys the machine's resolver.

Connections are kept and shared by all calls through the adapter. Nothing is ever sent twice:
a code must not be replayed.

A leaf: it knows no room of the provider but the figures, and no setting, so that federation may use it too.
"""

import contextlib
import io
import ipaddress
import socket
import threading
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from idp.deadlines import Deadlines
from idp.metrics.points import OUTBOUND
from idp.tracing.spans import carried, span

MAX_BODY_BYTES = 256 * 1024
USER_AGENT = "carpimko-idp"
_CARRIERS = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("::/96"))

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
        with self._lock:
            for copy in self._sockets:
                copy.close()
            self._sockets.clear()

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


def _check_name(host: str, port: int) -> None:
    """Knock at no door of the house: whether one is open would be told by how the call fails."""
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    except OSError:
        # The connection fails by itself, in its own words.
        return
    if not all(is_public(str(address[0])) for *_, address in found):
        raise _NotPublicError


def _check_peer(connection: socket.socket) -> None:
    """Look at the address reached, not at the one resolved: no second resolution can differ."""
    if not is_public(connection.getpeername()[0]):
        connection.close()
        raise _NotPublicError


def is_public(text: str) -> bool:
    """Whether an address is somebody's on the internet, and so is the IPv4 address that it may carry.

    What a translator (RFC 6052), a relay (RFC 3056) or an old stack (RFC 4291 section 2.5.5) turns into an address of
    the house is one of the house.
    """
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        carried = address.ipv4_mapped or address.sixtofour
        if carried is None and any(address in network for network in _CARRIERS):
            carried = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        if carried is not None:
            return is_public(str(carried))
        if address.is_site_local:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


class _Guarded(HTTPConnection):
    """What both kinds of connection have in common: each socket is watched, and looked at where that is asked."""

    public_only = False

    def _new_conn(self) -> socket.socket:
        if self.public_only:
            _check_name(self.host, self.port)
        connection = super()._new_conn()
        if self.public_only:
            _check_peer(connection)
        _guard(connection)
        return connection

    def request(self, *args: Any, **kwargs: Any) -> None:
        _guard(self.sock)
        super().request(*args, **kwargs)


class _PlainConnection(_Guarded):
    pass


class _TlsConnection(_Guarded, HTTPSConnection):
    pass


class _PublicPlainConnection(_PlainConnection):
    public_only = True


class _PublicTlsConnection(_TlsConnection):
    public_only = True


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class _PublicPlainPool(HTTPConnectionPool):
    ConnectionCls = _PublicPlainConnection


class _PublicTlsPool(HTTPSConnectionPool):
    ConnectionCls = _PublicTlsConnection


class BoundedAdapter(HTTPAdapter):
    """A transport for one upstream, or for whatever addresses the relying applications have registered.

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
        self._ca_bundle = ca_bundle
        self._max_body = max_body
        self._pools: Mapping[str, type[HTTPConnectionPool]] = (
            {"http": _PublicPlainPool, "https": _PublicTlsPool}
            if public_only
            else {"http": _PlainPool, "https": _TlsPool}
        )
        super().__init__(max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **kwargs: Any) -> None:
        """Make the pools of guarded connections (requests calls this)."""
        manager = PoolManager(num_pools=connections, maxsize=maxsize, block=block, **kwargs)
        manager.pool_classes_by_scheme = dict(self._pools)
        self.poolmanager = manager

    def send(self, request: requests.PreparedRequest, *_: Any, **options: Any) -> requests.Response:
        """Send once and read the whole answer; raises `requests.RequestException` only."""
        began, outcome = time.perf_counter(), "failed"
        try:
            with span(f"HTTP {request.method}", "client", server__address=urlsplit(request.url or "").hostname or ""):
                request.headers.update(carried())
                response = self._send(request, options)
        except DeadlineExceeded:
            outcome = "late"
            raise
        except AddressRefused:
            outcome = "refused"
            raise
        else:
            outcome = f"{response.status_code // 100}xx"
            return response
        finally:
            OUTBOUND.observe(time.perf_counter() - began, self._partner, outcome)

    def _send(self, request: requests.PreparedRequest, options: dict[str, Any]) -> requests.Response:
        if self._hosts is not None and urlsplit(request.url or "").hostname not in self._hosts:
            raise AddressRefused("the upstream names a host that is not its own")
        asked = options.get("timeout")
        seconds = min(asked, self._seconds) if isinstance(asked, int | float) else self._seconds
        options |= {"stream": True, "timeout": seconds}
        if self._ca_bundle is not None:
            options["verify"] = self._ca_bundle
        with _Watchdog(seconds) as watchdog:
            try:
                response = super().send(request, **options)
                body = _read(response, self._max_body)
            except _NotPublicError as error:
                raise AddressRefused("the upstream's name leads to an address that is not public") from error
            except BodyTooLarge:
                raise
            except (requests.RequestException, HTTPError, OSError) as error:
                if watchdog.fired:
                    raise DeadlineExceeded("the upstream took too long") from error
                if isinstance(error, requests.RequestException):
                    raise
                raise requests.ConnectionError("the upstream broke off its answer") from error
            if watchdog.fired:
                # A body without a length ends where the connection was cut: it is not whole.
                raise DeadlineExceeded("the upstream took too long")
        response.raw = io.BytesIO(body)
        return response


def _read(response: requests.Response, most: int) -> bytes:
    body = bytearray()
    for chunk in response.raw.stream(16 * 1024, decode_content=True):
        body += chunk
        if len(body) > most:
            response.raw.close()
            raise BodyTooLarge("the upstream's answer is too large")
    return bytes(body)


def get(adapter: BoundedAdapter, url: str, headers: Mapping[str, str]) -> requests.Response:
    """GET without following redirects, cookies or proxies."""
    return _sent(adapter, "GET", url, headers, None, None)


def post(
    adapter: BoundedAdapter,
    url: str,
    fields: Mapping[str, str],
    timeout: float | None = None,
    headers: Mapping[str, str] | None = None,
) -> requests.Response:
    """POST a form without following redirects, cookies or proxies; ``timeout`` may be fewer seconds than usual."""
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    return _sent(adapter, "POST", url, kind | dict(headers or {}), urlencode(fields), timeout)


def _sent(
    adapter: BoundedAdapter, method: str, url: str, headers: Mapping[str, str], body: str | None, timeout: float | None
) -> requests.Response:
    """Send a request that is made here, not by a session: what one is for, cookies, redirects and the like, none has.

    Raises:
        requests.RequestException: see `BoundedAdapter.send`, and for an address that is none.
    """
    request = requests.PreparedRequest()
    request.method = method
    request.prepare_url(url, None)
    usual = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity", "Accept": "*/*", "Connection": "keep-alive"}
    request.headers = CaseInsensitiveDict(usual)
    request.headers.update(headers)
    if body is not None:
        request.headers["Content-Length"] = str(len(body))
        request.body = body
    return adapter.send(request, timeout=timeout)
