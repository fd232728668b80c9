"""Answers that go out as they are: the same as Werkzeug's own."""

from collections.abc import Iterator
from typing import Any
from wsgiref.types import WSGIEnvironment

import pytest
from flask import Response

from idp.web.light import LightResponse

GET: WSGIEnvironment = {"REQUEST_METHOD": "GET", "wsgi.url_scheme": "https", "HTTP_HOST": "idp.example"}


def sent(kind: type[Response], environ: WSGIEnvironment, /, *given: Any, **named: Any) -> tuple[str, list[Any], bytes]:
    """Return the status, the headers in order of their names, and the body of an answer."""
    response, started = kind(*given, **named), list[Any]()
    if isinstance(response, LightResponse):
        response.more = [("X-More", "1"), ("Vary", "Cookie")]
    else:
        response.headers.setdefault("X-More", "1")
        response.headers.setdefault("Vary", "Cookie")

    def start(status: str, headers: list[tuple[str, str]], *_more: Any) -> Any:
        started.extend((status, headers))

    body = response(environ, start)
    try:
        return started[0], sorted(started[1]), b"".join(body)
    finally:
        getattr(body, "close", lambda: None)()


def pieces() -> Iterator[str]:
    """Yield a body that is not there as a whole."""
    yield "é"
    yield "à"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    "named",
    [
        {"response": "é" * 1000},
        {"response": b"x", "status": 404, "headers": {"vary": "Accept"}},
        {"status": 303, "headers": {"Location": 'https://app.example/cb?code=a%20b&state=é ü"<>'}},
        {"status": 303, "headers": {"Location": "com.example.app:/cb?code=1"}},
        {"status": 303, "headers": {"Location": "/connexion/abc#d"}},
        {"status": 204},
        {"status": 304, "headers": {"Content-Length": "3"}},
        {"response": pieces},
        {"response": "x", "headers": {"Content-Location": "/é"}},
    ],
)
def test_it_says_what_werkzeug_says(method: str, named: dict[str, Any]) -> None:
    """Status, headers and body are the same to the letter, a header that is there stays."""
    said = [
        sent(kind, {**GET, "REQUEST_METHOD": method}, **{k: v() if callable(v) else v for k, v in named.items()})
        for kind in (Response, LightResponse)
    ]
    assert said[0] == said[1]


def test_what_is_to_be_done_at_the_end_is_done() -> None:
    """An answer with something to do when it is closed goes Werkzeug's way."""
    done: list[int] = []
    response = LightResponse("x")
    response.call_on_close(lambda: done.append(1))

    def start(*_started: Any) -> Any:
        """Take no notice."""

    body: Any = response(GET, start)
    assert b"x" == b"".join(body)
    body.close()
    assert [1] == done
