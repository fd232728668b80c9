"""The frame that applications ask whether a session still stands: OpenID Connect Session Management 1.0 section 3.2.

One small document with its script inside, the same for everybody: it reads the browser's state cookie itself, and
nothing is asked of the server. It is the one answer of the house that every origin may put in a frame.
"""

import hashlib
import re
from base64 import b64encode
from pathlib import Path
from typing import Final

from idp.endpoints.rfc8414_metadata import Document
from idp.protocol.messages import Reply, Request

_SOURCE: Final = Path(__file__).with_suffix(".html")
_SCRIPT: Final = re.compile(r"<script>(.*)</script>", re.DOTALL)
_MAX_AGE: Final = 3600
"""Seconds a browser may keep it: so it is ready when it is asked."""


class CheckSession:
    """GET of the frame.

    Args:
        cookie: full name of the browser's state cookie (`idp.protocol.oidc_session_state`).
    """

    def __init__(self, cookie: str) -> None:
        page = _SOURCE.read_text("utf-8").replace("@COOKIE@", cookie)
        script = _SCRIPT.search(page)
        if script is None:
            raise ValueError("the frame has no script")
        allowed = b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
        body = page.encode()
        headers = (
            ("ETag", f'"{hashlib.sha256(body).hexdigest()[:32]}"'),
            ("Cache-Control", f"public, max-age={_MAX_AGE}"),
            ("Content-Security-Policy", f"default-src 'none'; script-src 'sha256-{allowed}'; base-uri 'none'"),
            ("Cross-Origin-Resource-Policy", "cross-origin"),
            ("Referrer-Policy", "no-referrer"),
        )
        full = Reply(200, (("Content-Type", "text/html; charset=utf-8"), *headers), body)
        self._document = Document(headers[0][1], full, Reply(304, headers))

    def __call__(self, request: Request) -> Reply:
        """Answer with the prepared bytes."""
        return self._document.answer(request)
