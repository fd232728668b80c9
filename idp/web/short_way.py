"""The pages that every sign-in goes through, answered without the library's contexts: the same views, found directly.

Only a request that leaves nothing to interpret comes this way: a plain path, and a form of the usual type that says its
length. Everything else is Flask's, which knows the same views; what it does around them took a third of the time.
"""

import io
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Flask
from werkzeug.wrappers import Response as AnyResponse

from idp.protocol.messages import MalformedMessage, Parameters, content_length, is_form
from idp.web import asked, authorize, errors
from idp.web.http import Edge
from idp.web.routes import ROUTES, View

_NAMES: Final = frozenset({"authorize", "resume", "sign_in", "sign_in_submit"})
_ID: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")


class ShortWay:
    """Wraps the Flask application.

    Args:
        app: answers whatever does not come this way.
        edge: what the views ask of the house.
        longest: octets of the longest form that is taken.
        refuse: raises where a request may not be answered now.
    """

    def __init__(self, app: Flask, edge: Edge, longest: int, refuse: Callable[[WSGIEnvironment], None]) -> None:
        self._app = app
        self._edge = edge
        self._longest = longest
        self._refuse = refuse
        # By method, and by the path up to the identifier at its end; the first method alone of those that have two.
        self._views: dict[tuple[str, str], tuple[str, View]] = {
            (methods.partition(" ")[0], path.partition("<")[0]): (path, view)
            for path, methods, name, view in ROUTES
            if name in _NAMES
        }

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        at = path.rfind("/") + 1
        interaction = (path[at:],) if at > 1 else ()
        route, view = self._views.get((method, path[:at] if interaction else path), ("", None))
        plain = not environ.get("SCRIPT_NAME") and all(map(_ID.fullmatch, interaction))
        posted = view is not None and plain and method == "POST" and not self._refused(environ)
        form = self._form(environ) if posted else {}
        if view is None or not plain or form is None:
            return self._app.wsgi_app(environ, start_response)
        environ["idp.route"] = route
        with asked.answering(asked.Asked(self._app, environ, form=form)):
            return self._answered(environ, view, interaction)(environ, start_response)

    def _answered(self, environ: WSGIEnvironment, view: View, interaction: tuple[str, ...]) -> AnyResponse:
        edge = self._edge
        try:
            self._refuse(environ)
            return edge.finish(authorize.onward(edge, view(edge, *interaction)))
        except Exception as error:  # noqa: BLE001 - as in the library: every fault becomes a page
            return edge.finish(errors.page_of(edge, error))

    def _refused(self, environ: WSGIEnvironment) -> bool:
        """Whether there is no room: then no body is read, which a slow sender could make the last thread wait for."""
        try:
            self._refuse(environ)
        except Exception:  # noqa: BLE001 - raised again where it becomes a page
            return True
        return False

    def _form(self, environ: WSGIEnvironment) -> Mapping[str, str] | None:
        """Return the form that was sent, None where the library has to read it; it finds the body as it was."""
        if not is_form(environ.get("CONTENT_TYPE") or ""):
            return None
        try:
            length = content_length(environ.get("CONTENT_LENGTH") or "", self._longest)
            if length is None:
                return None
            body = environ["wsgi.input"].read(length)
            environ["wsgi.input"] = io.BytesIO(body)
            return None if len(body) < length else Parameters.parse(body.decode("ascii")).as_dict()
        except (UnicodeDecodeError, MalformedMessage):
            return None
