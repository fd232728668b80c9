"""Answers on their way through a real Chromium: in a form that the application sends on, and in a fragment."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest
from playwright.sync_api import Browser, Page

from idp.protocol.oidc_response_types import SUPPORTED
from tests.support.cast import ESPACE, MEMBER, PASSWORD, SECRET
from tests.support.enumeration import served
from tests.support.provider import copied_provider, running

pytestmark = pytest.mark.browser

FLOWS = frozenset({"authorization_code", "implicit"})


@dataclass
class Place:
    """A server on the loopback: what it answers may be set later, when its port is known."""

    answer: WSGIApplication

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer."""
        return self.answer(environ, start_response)


@dataclass
class World:
    """A provider, an application at another origin, and a third origin to which the application sends people on."""

    issuer: str
    application: str
    home: str
    posted: list[dict[str, str]] = field(default_factory=list)
    referers: list[str] = field(default_factory=list)


def _page(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/html")])
    return [b"<title>arrived</title>"]


def _callback(world: World) -> WSGIApplication:
    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/cb":  # Chromium asks for an icon too
            world.referers.append(environ.get("HTTP_REFERER", ""))
        if environ["REQUEST_METHOD"] != "POST":
            return _page(environ, start_response)
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])).decode()
        world.posted.append(
            {**dict(parse_qsl(body)), "type": environ["CONTENT_TYPE"], "query": environ["QUERY_STRING"]}
        )
        start_response("303 See Other", [("Location", f"{world.home}/arrived")])
        return []

    return answer


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Three origins, the provider's over plain http as on a developer's machine."""
    provider_at, application_at = Place(_page), Place(_page)
    with ExitStack() as opened:
        ports = [opened.enter_context(served(place)) for place in (provider_at, application_at, Place(_page))]
        issuer, application, home = (f"http://127.0.0.1:{port}" for port in ports)
        made = World(issuer, application, home)
        application_at.answer = _callback(made)
        provider = opened.enter_context(running(copied_provider(tmp_path, issuer=made.issuer)))
        provider_at.answer = provider.application.wsgi
        client = replace(
            ESPACE,
            redirect_uris=(f"{made.application}/cb",),
            response_types=frozenset(SUPPORTED),
            grant_types=FLOWS,
            pkce_exempt=True,
        )
        provider.application.clients.upsert(client, SECRET)
        yield made


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A private window."""
    context = browser.new_context(locale="fr-FR")
    yield context.new_page()
    context.close()


def ask(world: World, page: Page, **asked: str) -> None:
    """Come from the application and sign in."""
    sent = {"client_id": ESPACE.client_id, "redirect_uri": f"{world.application}/cb", "scope": "openid", **asked}
    page.goto(f"{world.issuer}/authorize?" + "&".join(f"{name}={value}" for name, value in sent.items()))
    page.get_by_label("Affilié", exact=False).first.check()
    page.locator("#dossier").fill(MEMBER.dossier)
    page.locator("#password").fill(PASSWORD)
    page.locator("#sign-in").click()


def test_an_application_may_send_on_who_posted_an_answer(world: World, page: Page) -> None:
    """The form sends itself, as a form and nothing else, and the redirect that follows it is let through (N-128)."""
    ask(world, page, response_type="code id_token", response_mode="form_post", nonce="n-1", state="s-1")
    page.wait_for_url(f"{world.home}/arrived")
    (told,) = world.posted
    assert {"code", "id_token", "state", "iss", "type", "query"} <= told.keys()
    assert ("application/x-www-form-urlencoded", "", "s-1") == (told["type"], told["query"], told["state"])
    assert [""] == world.referers


def test_a_fragment_reaches_the_page_and_no_server(world: World, page: Page) -> None:
    """The tokens stay in the browser: neither the application's server nor a Referer has them."""
    ask(world, page, response_type="id_token token", nonce="n-1", state="s-1")
    page.wait_for_url(f"{world.application}/cb#*")
    place = urlsplit(page.url)
    assert {"access_token", "id_token", "state"} <= dict(parse_qsl(place.fragment)).keys()
    assert ("", [""]) == (place.query, world.referers)
