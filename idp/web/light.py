"""Answers that go out as they are: what Werkzeug looks at once more in each is known of ours when they are made."""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Response

_PLAIN: Final = re.compile(r"[A-Za-z0-9._~:/?#!$&'()*+,;=%-]*")
"""Addresses in which nothing is left to be written otherwise (RFC 3986 section 2)."""
_BODILESS: Final = frozenset({204, 304})


class LightResponse(Response):
    """An answer whose body is there as a whole; anything else goes Werkzeug's way."""

    more: Sequence[tuple[str, str]] = ()
    """Headers that it is given unless it has one of that name."""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer the request."""
        body: Any = self.response
        status = self.status_code
        headers = list(self.headers)
        named = {name.lower() for name, _ in headers}
        missing = [pair for pair in self.more if pair[0].lower() not in named]
        quick = (
            type(body) is list
            and not self._on_close
            and not self.direct_passthrough
            and not self.autocorrect_location_header
            and status >= 200
            and status not in _BODILESS
            and "content-location" not in named
            and ("location" not in named or _PLAIN.fullmatch(self.headers["Location"]) is not None)
            and all(type(part) is bytes for part in body)
        )
        if not quick:
            self.headers.extend(missing)
            return super().__call__(environ, start_response)
        if "content-length" not in named:
            missing.append(("Content-Length", str(sum(map(len, body)))))
        start_response(self.status, headers + missing)
        return () if environ["REQUEST_METHOD"] == "HEAD" else body
