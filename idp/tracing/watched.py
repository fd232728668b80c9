"""The door and the units of work with a span around each; used where tracing is on, and only there."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from idp.store.db import Store, Unit
from idp.tracing.spans import Span, span


class WatchedDoor:
    """A span a request, which goes on with the caller's trace; named for its route, never for its path."""

    def __init__(self, inner: WSGIApplication) -> None:
        self._inner = inner

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        method = environ["REQUEST_METHOD"]
        headers = {
            name: environ[key]
            for name, key in (("traceparent", "HTTP_TRACEPARENT"), ("tracestate", "HTTP_TRACESTATE"))
            if key in environ
        }
        with span(f"HTTP {method}", "server", headers, http__request__method=method) as under_way:

            def start(status: str, *rest: Any) -> Any:
                route = environ.get("idp.route", "other")
                under_way.set_attribute("http.route", route)
                under_way.set_attribute("http.response.status_code", int(status[:3]))
                under_way.set_attribute("idp.reference", environ.get("idp.reference", ""))
                return start_response(status, *rest)

            return self._inner(environ, start)


class WatchedStore(Store):
    """A span a unit of work."""

    @contextmanager
    def begin(self) -> Iterator[Unit]:
        """See the store."""
        with self._seen("write"), super().begin() as unit:
            yield unit

    @contextmanager
    def fleeting(self) -> Iterator[Unit]:
        """See the store."""
        with self._seen("fleeting"), super().fleeting() as unit:
            yield unit

    @contextmanager
    def reading(self) -> Iterator[Unit]:
        """See the store."""
        with self._seen("read"), super().reading() as unit:
            yield unit

    def _seen(self, word: str) -> AbstractContextManager[Span]:
        return span(f"unit {word}", "client", db__system__name=self.engine.dialect.name)
