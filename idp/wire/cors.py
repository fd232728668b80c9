"""Cross-origin resource sharing for registered origins, on the routes that allow it and no other (N-008).

Never a wildcard, never credentials: a page of a registered application calls with tokens, not with our cookies.
"""

import logging
from collections.abc import Callable
from typing import Final
from wsgiref.types import WSGIEnvironment

from idp.protocol.messages import Reply
from idp.wire.table import Route

log = logging.getLogger("idp.wire")

_HEADERS: Final = "Authorization, Content-Type, DPoP"
_EXPOSED: Final = "WWW-Authenticate, X-Request-Id"
_PREFLIGHT_AGE: Final = "600"
_VARY: Final = ("Vary", "Origin")


class Cors:
    """Adds the headers.

    Args:
        origins: returns the registered origins; may be slow once in a while, and is asked only when a page asks. Where
            it raises, those of the last time count: an answer that is made, whose code may be spent, goes out whatever
            the headers of it can say.
    """

    def __init__(self, origins: Callable[[], frozenset[str]]) -> None:
        self._origins = origins
        self._known: frozenset[str] = frozenset()

    def decorate(self, route: Route, origin: str | None, reply: Reply) -> Reply:
        """Let the page of a registered origin read an answer."""
        if not route.cors:
            return reply
        if origin is None or not self._allowed(origin):
            return Reply(reply.status, (*reply.headers, _VARY), reply.body, reply.client_id)
        allowed = (
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Expose-Headers", _EXPOSED),
            _VARY,
        )
        return Reply(reply.status, (*reply.headers, *allowed), reply.body, reply.client_id)

    def preflight(self, route: Route, origin: str | None, environ: WSGIEnvironment) -> Reply:
        """Answer OPTIONS: what the route takes, and leave for the page of a registered origin to send it."""
        methods = ", ".join((*route.methods, "OPTIONS"))
        allow = ("Allow", methods)
        if not route.cors:
            return Reply(204, (allow,))
        asked = environ.get("HTTP_ACCESS_CONTROL_REQUEST_METHOD")
        if origin is None or asked not in route.methods or not self._allowed(origin):
            return Reply(204, (allow, _VARY))
        return Reply(
            204,
            (
                allow,
                ("Access-Control-Allow-Origin", origin),
                ("Access-Control-Allow-Methods", ", ".join(route.methods)),
                ("Access-Control-Allow-Headers", _HEADERS),
                ("Access-Control-Max-Age", _PREFLIGHT_AGE),
                _VARY,
            ),
        )

    def _allowed(self, origin: str) -> bool:
        if len(origin) > 300:
            return False
        try:
            self._known = self._origins()
        except Exception as error:  # noqa: BLE001 - whatever it is, the answer is not lost for a header
            log.warning("registered origins not read, those of the last time count: %s", error)
        return origin in self._known
