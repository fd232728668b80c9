"""The short way answers as Flask does: the same views, the same headers, the same pages of what went wrong."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode
from wsgiref.types import WSGIApplication, WSGIEnvironment

import pytest
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder

from idp.wire.wsgi import Door
from tests.support.cast import APP, ESPACE, ISSUER
from tests.support.provider import Provider, copied_provider, running

BROWSER = f"__Host-idp-browser={'b' * 32}"
ASKED = urlencode(
    {
        "client_id": ESPACE.client_id,
        "redirect_uri": f"{APP}/callback",
        "response_type": "code",
        "scope": "openid",
        "code_challenge": "c" * 43,
        "code_challenge_method": "S256",
    }
)
FORM = {"situation": "affilie", "dossier": "12", "password": "x", "csrf": "wrong"}
UNKNOWN = "/connexion/unknown-interaction"
TYPE = "application/x-www-form-urlencoded"
FLASK = "werkzeug.request"
"""What `environ` has once the library has read a request."""


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    """A provider whose pages are attached."""
    with running(copied_provider(tmp_path_factory.mktemp("short-way"))) as opened:
        assert callable(opened.application.wsgi)
        yield opened


@dataclass(frozen=True)
class Answer:
    """An answer, and what became of the request's `environ`."""

    environ: WSGIEnvironment
    status: str
    headers: Headers
    text: str

    def told(self) -> tuple[str, list[tuple[str, str]], str]:
        """Return all but what is drawn anew for each."""
        headers = sorted((name, _DRAWN.sub("", value)) for name, value in self.headers if name != "X-Request-Id")
        return self.status, headers, _DRAWN.sub("", self.text)


_DRAWN = re.compile(r"[\w-]{22,}|[0-9a-f]{16}")


def asked(app: WSGIApplication, path: str, method: str = "GET", **options: Any) -> Answer:
    """Return the answer to a request."""
    options["headers"] = {"Cookie": BROWSER, "Accept-Language": "en", **options.get("headers", {})}
    environ = EnvironBuilder(path, ISSUER, method=method, **options).get_environ()
    started: list[tuple[str, Headers]] = []

    def start(status: str, headers: list[tuple[str, str]], *_more: Any) -> Any:
        started.append((status, Headers(headers)))

    body = b"".join(app(environ, start))
    return Answer(environ, *started[0], body.decode())


def ways(provider: Provider) -> tuple[WSGIApplication, WSGIApplication]:
    """Return the provider as it is, and with Flask alone behind its door."""
    door = provider.application.wsgi
    assert isinstance(door, Door)
    return door, replace(door, inner=provider.application.flask.wsgi_app)


@pytest.mark.parametrize(
    ("path", "options"),
    [
        (f"/authorize?{ASKED}", {}),
        (f"/authorize?{ASKED}&prompt=none", {}),
        (f"/authorize?{ASKED}&response_mode=form_post&prompt=none", {}),
        (f"/authorize?{ASKED}&ui_locales=fr&prompt=create", {}),
        (f"/authorize?{ASKED}&lang=fr", {}),
        ("/authorize?client_id=stranger", {}),
        ("/authorize?client_id=%FF", {}),
        (f"/authorize?{ASKED}", {"headers": {"Cookie": ""}}),
        (f"/authorize?{ASKED}", {"method": "HEAD"}),
        ("/authorize", {"method": "POST", "data": ASKED, "content_type": TYPE}),
        ("/authorize", {"method": "PUT"}),
        ("/authorize/", {}),
        ("/continuer/unknown-interaction", {}),
        ("/continuer/short", {}),
        ("/connexion/unknown-interaction", {}),
        ("/connexion/unknown-interaction?lang=fr", {}),
        ("/connexion/unknown-interaction", {"method": "POST", "data": FORM}),
        ("/connexion/unknown-interaction", {"method": "POST", "data": b"a=%FF", "content_type": TYPE}),
        ("/connexion/unknown-interaction", {"method": "POST", "data": b"a" * 70_000, "content_type": TYPE}),
        ("/connexion/unknown-interaction", {"method": "POST", "data": b"{}", "content_type": "application/json"}),
        (f"/authorize?{ASKED}", {"environ_overrides": {"idp.full": True}}),
        (UNKNOWN, {"method": "POST", "data": FORM, "environ_overrides": {"idp.full": True}}),
        (UNKNOWN, {"method": "POST", "data": FORM, "environ_overrides": {"CONTENT_LENGTH": "0" * 12 + "99999999"}}),
        (UNKNOWN, {"method": "POST", "data": FORM, "environ_overrides": {"CONTENT_LENGTH": "0" * 5000 + "3"}}),
        (UNKNOWN, {"method": "POST", "data": FORM, "environ_overrides": {"CONTENT_LENGTH": "500"}}),
    ],
)
def test_it_says_what_flask_says(provider: Provider, path: str, options: dict[str, Any]) -> None:
    """Status, headers and page are the same, whichever way."""
    short, flask = (asked(app, path, **options).told() for app in ways(provider))
    assert flask == short


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_form_with_a_mistake_is_shown_again(provider: Provider, language: str) -> None:
    """What is no kept page is rendered in Flask's contexts; a form that Flask reads is read alike."""
    short, flask = ways(provider)
    headers = {"Accept-Language": language}
    page = asked(short, f"/authorize?{ASKED}").headers["Location"]
    csrf = re.search(r'name="csrf" value="([^"]+)"', asked(short, page, headers=headers).text)
    assert csrf is not None
    for data in (FORM, {**FORM, "csrf": csrf[1]}):
        answers = [asked(app, page, "POST", data=data, headers=headers).told() for app in (short, flask)]
        assert answers[0] == answers[1]
        assert "200 OK" == answers[0][0]


def test_a_redirect_needs_no_library(provider: Provider) -> None:
    """What almost every request of a sign-in is answered with is made without Flask's request."""
    short, flask = ways(provider)
    seen = [asked(app, f"/authorize?{ASKED}") for app in (short, flask)]
    assert ["303 SEE OTHER"] * 2 == [one.status for one in seen]
    assert [False, True] == [FLASK in one.environ for one in seen]


def test_no_body_is_waited_for_where_there_is_no_room(provider: Provider) -> None:
    """A slow sender would hold the thread that is kept free (R-22)."""
    body = io.BytesIO(urlencode(FORM).encode())
    options = {"input_stream": body, "content_type": TYPE, "environ_overrides": {"idp.full": True}}
    assert "503" == asked(ways(provider)[0], UNKNOWN, "POST", **options).status[:3]
    assert 0 == body.tell()


def test_a_request_leaves_nothing_behind(provider: Provider) -> None:
    """The next request on the same thread has its own language and its own browser."""
    short, _flask = ways(provider)
    first = asked(short, "/connexion/unknown-interaction", headers={"Cookie": ""})
    second = asked(short, "/connexion/unknown-interaction", headers={"Accept-Language": "fr"})
    assert "__Host-idp-browser" in first.headers["Set-Cookie"]
    assert "Set-Cookie" not in second.headers
    assert ('lang="en"', 'lang="fr"') == tuple(re.search('lang="[a-z]+"', one.text)[0] for one in (first, second))  # type: ignore[index] # a page has one
