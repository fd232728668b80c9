"""The door itself: WSGI environ -> `Request` -> endpoint -> `Reply` -> WSGI (PEP 3333).

Every request, also one that goes on to the pages, gets a reference (16 hex digits) that the log, the `X-Request-Id`
header and error pages share, and the caller's address after trusted proxies, in `environ["idp.reference"]` and
`environ["idp.remote"]`. Whatever an endpoint raises becomes an answer: `Unavailable` is 503 with `Retry-After`, and
anything unforeseen 500 with the reference and nothing else (N-036, N-136).
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from typing import Any, Final
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from idp import logs
from idp.metrics.points import REQUESTS
from idp.protocol.errors import Unavailable
from idp.protocol.messages import (
    NOTHING,
    MalformedMessage,
    Parameters,
    Reply,
    Request,
    content_length,
    is_form,
    json_reply,
)
from idp.records import dataclass
from idp.under_way import answering
from idp.upstream_ports import KeyValueUnavailable
from idp.wire.cors import Cors
from idp.wire.headers import Headers
from idp.wire.references import reference
from idp.wire.remote import MalformedForwarding, TrustedProxies
from idp.wire.room import refuse_when_full
from idp.wire.status import line
from idp.wire.table import Fault, Mount, Route, Table

log = logging.getLogger("idp.wire")

MAX_BODY: Final = 64 * 1024
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_HSTS: Final = "max-age=63072000; includeSubDomains"
"""As on the pages (N-125); those add their own."""
_LINKS: Final = ("/administration/invitation/", "/adresse-e-mail/")
"""What follows these is a secret that opens something, so that no log may have it."""


@dataclass(frozen=True, slots=True)
class Door:
    """The composed WSGI application.

    Args:
        table: the machines' paths.
        inner: what answers every other path.
        origins: returns the origins that clients registered.
        proxies: whose X-Forwarded-For is believed.
        secure: answers say that browsers must stay with https.
        mounts: what answers every path that begins with its key, such as `/admin/api/v1/`.
        reference: makes request references.
        timer: a monotonic clock in seconds, for durations in the log.
    """

    table: Table
    inner: WSGIApplication
    cors: Cors
    proxies: TrustedProxies = field(default_factory=lambda: TrustedProxies(()))
    secure: bool = False
    mounts: Mapping[str, Mount] = field(default_factory=dict)
    reference: Callable[[], str] = reference
    timer: Callable[[], float] = time.perf_counter

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        began, reference = self.timer(), self.reference()
        environ["idp.reference"] = reference
        answering(reference)
        path = environ.get("PATH_INFO", "")
        route = self.table.get(path)
        try:
            remote = self.proxies.caller(environ.get("REMOTE_ADDR", ""), environ.get("HTTP_X_FORWARDED_FOR"))
        except MalformedForwarding:
            reply = _fault(400, "invalid_request", "malformed X-Forwarded-For", reference=reference)
            return self._write(environ, start_response, reply, reference, began)
        environ["idp.remote"] = remote
        if route is None:
            prefix, mount = next((one for one in self.mounts.items() if path.startswith(one[0])), ("", None))
            if mount is not None:
                environ["idp.route"] = f"{prefix}…"
                reply = _mounted(environ, mount, path, remote, reference)
                return self._write(environ, start_response, reply, reference, began)
            return self._pages(environ, start_response, reference, began)
        environ["idp.route"] = path
        reply = self._answer(environ, route, path, remote, reference)
        return self._write(environ, start_response, reply, reference, began)

    def _answer(self, environ: WSGIEnvironment, route: Route, path: str, remote: str, reference: str) -> Reply:
        method = environ["REQUEST_METHOD"]
        origin = environ.get("HTTP_ORIGIN")
        try:
            if method == "OPTIONS":
                return self.cors.preflight(route, origin, environ)
            if method not in route.methods:
                allowed = ", ".join((*route.methods, "OPTIONS"))
                reply = _fault(405, "invalid_request", "method not allowed", ("Allow", allowed), reference=reference)
            else:
                reply = route.endpoint(_read(environ, method, path, remote, reference))
        except Exception as error:  # noqa: BLE001 - the last line of defence: every fault becomes an answer
            reply = _of_exception(error, reference, _fault)
        return self.cors.decorate(route, origin, reply)

    def _write(
        self,
        environ: WSGIEnvironment,
        start_response: StartResponse,
        reply: Reply,
        reference: str,
        began: float,
    ) -> Iterable[bytes]:
        headers = [
            *reply.headers,
            ("X-Content-Type-Options", "nosniff"),
            ("X-Request-Id", reference),
        ]
        if self.secure:
            headers.append(("Strict-Transport-Security", _HSTS))
        if reply.status not in {204, 304}:
            headers.append(("Content-Length", str(len(reply.body))))
        start_response(line(reply.status), headers)
        self._note(environ, reply.status, began, reply.client_id)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [reply.body]

    def _pages(
        self,
        environ: WSGIEnvironment,
        start_response: StartResponse,
        reference: str,
        began: float,
    ) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            self._note(environ, int(status[:3]), began)
            kept = [pair for pair in headers if pair[0].lower() != "x-request-id"]
            return start_response(status, [*kept, ("X-Request-Id", reference)], *rest)

        return self.inner(environ, start)

    def _note(self, environ: WSGIEnvironment, status: int, began: float, client_id: str = "") -> None:
        """Write the access line: no query string, no header, no body, no link's secret (N-152)."""
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
        route = environ.get("idp.route", "other")
        spent = self.timer() - began
        REQUESTS.observe(spent, route, method if method in _METHODS else "other", status)
        if path != route:
            path = _shown(path[:200])
        logs.request(environ["idp.reference"], method, path, status, spent, client_id)


def door(
    table: Table,
    inner: WSGIApplication,
    *,
    origins: Callable[[], frozenset[str]],
    trusted_proxies: Iterable[str] = (),
    secure: bool = False,
    mounts: Mapping[str, Mount] | None = None,
) -> Door:
    """Compose the machines' door before the pages.

    Args:
        table: what `idp.wire.table.build_table` made.
        inner: the Flask application's WSGI callable.
        origins: returns the origins that clients registered, such as `Clients.origins`.
        trusted_proxies: `server.trusted_proxies` of the settings.
        secure: whether browsers are told to stay with https.
        mounts: what answers everything below a path.
    """
    return Door(table, inner, Cors(origins), TrustedProxies(trusted_proxies), secure, mounts or {})


class _BodyTooLarge(Exception):
    """The body is longer than `MAX_BODY`."""


def _read(
    environ: WSGIEnvironment, method: str, path: str, remote: str, reference: str, *, keep_blank: bool = False
) -> Request:
    refuse_when_full(environ)
    headers = Headers(environ)
    body = _body(environ) if method in {"POST", "PUT"} else b""
    form = NOTHING
    if body and is_form(environ.get("CONTENT_TYPE", "")):
        try:
            text = body.decode("ascii")
        except UnicodeDecodeError:
            raise MalformedMessage("malformed form") from None
        form = Parameters.parse(text)
    return Request(
        method=method,
        path=path,
        query=Parameters.parse(environ.get("QUERY_STRING", ""), keep_blank=keep_blank),
        form=form,
        headers=headers,
        body=body,
        remote=remote,
        reference=reference,
    )


def _body(environ: WSGIEnvironment) -> bytes:
    """Read the body, the size checked before a byte is read where the client says it (V-34)."""
    declared = environ.get("CONTENT_LENGTH") or ""
    stream = environ["wsgi.input"]
    if declared:
        length = content_length(declared, MAX_BODY)
        if length is None:
            raise _BodyTooLarge
        data: bytes = stream.read(length) if length else b""
        if len(data) < length:
            raise MalformedMessage("the body ended early")
        return data
    if "HTTP_TRANSFER_ENCODING" not in environ:
        return b""
    data = stream.read(MAX_BODY + 1)
    if len(data) > MAX_BODY:
        raise _BodyTooLarge
    return data


def _shown(path: str) -> str:
    """Return a path as the log may have it."""
    return next((f"{link}…" for link in _LINKS if path.startswith(link)), path)


def _mounted(environ: WSGIEnvironment, mount: Mount, path: str, remote: str, reference: str) -> Reply:
    try:
        # A filter that is left empty must not widen what is asked for: the endpoint sees it, and refuses.
        return mount.endpoint(_read(environ, environ["REQUEST_METHOD"], path, remote, reference, keep_blank=True))
    except Exception as error:  # noqa: BLE001 - as above: every fault becomes an answer
        return _of_exception(error, reference, mount.fault)


def _of_exception(error: Exception, reference: str, fault: Fault) -> Reply:
    if isinstance(error, MalformedMessage):
        return fault(400, "invalid_request", "the request cannot be read", reference=reference)
    if isinstance(error, _BodyTooLarge):
        return fault(413, "invalid_request", "the request is too large", reference=reference)
    if isinstance(error, Unavailable | KeyValueUnavailable):
        retry = error.retry_after if isinstance(error, Unavailable) else 1
        log.warning("unavailable: %s", error, extra={"reference": reference})
        after = ("Retry-After", str(retry))
        return fault(503, "temporarily_unavailable", "try again later", after, reference=reference)
    log.error("unexpected fault", exc_info=error, extra={"reference": reference})
    return fault(500, "server_error", f"unexpected fault, reference {reference}", reference=reference)


def _fault(
    status: int,
    error: str,
    description: str,
    *headers: tuple[str, str],
    reference: str,  # noqa: ARG001 - in the X-Request-Id header of every answer already
) -> Reply:
    reply = json_reply(status, {"error": error, "error_description": description})
    return Reply(status, (*reply.headers, *headers), reply.body)
