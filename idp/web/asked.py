"""The request being answered: what it says, each read once, and what became known on the way to its answer.

Most pages are answered within Flask's contexts, and their request is Flask's. Those of the short way (`short_way`) have
one without contexts, which are entered only where a template has to be rendered.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from functools import cached_property
from typing import Any, Final
from wsgiref.types import WSGIEnvironment

from flask import Flask, Request, current_app, g, has_request_context, render_template, request
from werkzeug.sansio.http import parse_cookie

from idp.protocol.messages import MalformedMessage, Parameters
from idp.protocol.network import network_of
from idp.services.interactions import Interaction
from idp.services.sessions import Session


class Asked:
    """One request.

    Args:
        app: the application whose pages answer it.
        environ: WSGI's.
        form: its form where that was read already.
        whole: Flask's view of it where there is one.
    """

    def __init__(
        self,
        app: Flask,
        environ: WSGIEnvironment,
        *,
        form: Mapping[str, str] | None = None,
        whole: Request | None = None,
    ) -> None:
        self.app = app
        self.environ = environ
        self.method: str = environ["REQUEST_METHOD"]
        self._form = form
        self._whole = whole
        self.browser_id = ""
        """The browser's opaque id once it was looked for; `new_browser` where it was made for this answer."""
        self.new_browser = False
        self.ui_locales: str | None = None
        """The languages that the application wishes for (OpenID Connect Core 1.0 section 3.1.2.1)."""
        self.language = ""
        self.nonce = ""
        self.parked: dict[str, Interaction | None] = {}
        """Interactions that were read."""
        self.opened: tuple[str, Session] | None = None
        """The interaction for which a session was just opened, and the session."""
        self.form_targets: Iterable[str] | None = ()
        """What the page says of its policy, with the next two: see `headers.content_security_policy`."""
        self.extra_sources: Mapping[str, Iterable[str]] = {}
        self.frames: Iterable[str] = ()

    @property
    def whole(self) -> Request:
        """The request as Flask reads it, for what few pages ask."""
        if self._whole is None:
            self._whole = self.app.request_class(self.environ)
        return self._whole

    @property
    def form(self) -> Mapping[str, str]:
        """The form that was sent, first values; empty where none was."""
        return self.whole.form if self._form is None else self._form

    @cached_property
    def cookies(self) -> Mapping[str, str]:
        """The cookies, the first of each name."""
        return parse_cookie(self.environ.get("HTTP_COOKIE")).to_dict()

    @cached_property
    def path(self) -> str:
        """The path as it was asked for."""
        return str(self.environ["PATH_INFO"]).encode("latin-1").decode(errors="replace")

    @cached_property
    def network(self) -> str:
        """The caller's network for throttling: an IPv4 address, or an IPv6 /64."""
        return network_of(self.environ.get("idp.remote") or self.environ.get("REMOTE_ADDR") or "")

    def header(self, name: str) -> str | None:
        """Return a header by its name in WSGI's `environ`, such as `ORIGIN`."""
        value: str | None = self.environ.get(f"HTTP_{name}")
        return value

    def parameters(self) -> Parameters:
        """Return the request's own parameters: the form of a POST, the query of a GET; never both merged.

        Raises:
            MalformedMessage: undecodable or oversized.
        """
        if self.method != "POST":
            return Parameters.parse(self.environ.get("QUERY_STRING", ""))
        if self.whole.mimetype != "application/x-www-form-urlencoded":
            raise MalformedMessage("not a form")
        try:
            return Parameters.parse(self.whole.get_data(cache=True).decode("ascii"))
        except UnicodeDecodeError:
            raise MalformedMessage("malformed form") from None


_present: Final[ContextVar[Asked | None]] = ContextVar("idp.asked", default=None)
"""The request that is answered the short way."""


def now() -> Asked:
    """Return the request being answered."""
    return _present.get() or _of_flask()


def _of_flask() -> Asked:
    if "asked" not in g:
        g.asked = Asked(app(), request.environ, whole=request._get_current_object())  # type: ignore[attr-defined]  # noqa: SLF001 - what stands behind the library's proxy
    asked: Asked = g.asked
    return asked


def app() -> Flask:
    """Return the application whose pages are answering."""
    asked = _present.get()
    if asked is not None:
        return asked.app
    behind: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - as above
    return behind


@contextmanager
def answering(asked: Asked) -> Iterator[None]:
    """Answer a request the short way."""
    token = _present.set(asked)
    try:
        yield
    finally:
        _present.reset(token)


def rendered(template: str, context: Mapping[str, Any]) -> str:
    """Return a template's text, in Flask's contexts, which it is made for."""
    with nullcontext() if has_request_context() else app().request_context(now().environ):
        return render_template(template, **context)
