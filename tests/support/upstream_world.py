"""A real emulator on a loopback port, and a browser that walks its pages."""

import html
import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from flask import Flask, Response, g, jsonify, redirect, request
from flask.testing import FlaskClient
from werkzeug.serving import make_server
from werkzeug.test import TestResponse
from werkzeug.wrappers import Response as AnyResponse

from federation.assemble import franceconnect
from federation.emulator.app import create_app
from federation.emulator.config import EmulatorConfig, ServiceProvider
from federation.emulator.keys import SigningKeys
from federation.emulator.personas import Persona
from federation.emulator.platforms import Guise
from federation.franceconnect import FranceConnectSettings
from federation.policy import LinkingPolicy
from federation.provider_metadata import CachePolicy
from federation.relying_party import Decrypt
from idp.upstream import LoginOutcome, Member, Upstream
from tests.support.ports import MemoryHouse
from tests.support.stores import Clock

CLIENT_ID = "c" * 64
CLIENT_SECRET = "s" * 64
CALLBACK = "http://localhost/federation/franceconnect/callback"
SIGNED_OUT = "http://localhost/federation/franceconnect/logout"

ANGELA_CLAIMS: dict[str, str | list[str]] = {
    "given_name": "Angela Claire Louise",
    "given_name_array": ["Angela", "Claire", "Louise"],
    "family_name": "DUBOIS",
    "birthdate": "1962-08-24",
    "gender": "female",
    "birthplace": "75107",
    "birthcountry": "99100",
    "email": "angela@example.org",
}


@dataclass(frozen=True)
class Emulator:
    """A running emulator."""

    issuer: str
    port: int = 0
    """Where it listens itself."""

    def turn(self, **knobs: object) -> None:
        """Turn knobs; those not named are put to rest."""
        base = self.issuer.removesuffix("/api/v2")
        answer = requests.post(f"{base}/_emulator/knobs", json={"reset": True, **knobs}, timeout=5)
        answer.raise_for_status()

    def settings(self, **changes: Any) -> FranceConnectSettings:
        """Return our registration with this emulator."""
        values: dict[str, Any] = {
            "environment": "emulator",
            "issuer": self.issuer,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "redirect_uri": CALLBACK,
            "post_logout_redirect_uri": SIGNED_OUT,
            "timeout": 1.0,
        }
        return FranceConnectSettings(**(values | changes))


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """Serve a WSGI application on a loopback port while the block runs; yields its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Late:
    """An application that is made once its address is known."""

    app: Any = None

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self.app(environ, start_response)


@contextmanager
def emulator(
    clock: Clock,
    people: Mapping[str, Mapping[str, Any]],
    keys: SigningKeys,
    guise: Guise = "standard",
    address: str | None = None,
    **registration: Any,
) -> Iterator[Emulator]:
    """Run an emulator whose people are given by their claims; `registration` changes what it keeps of us.

    `address` is where it is seen, behind a proxy; its own unless given.
    """
    late = _Late()
    with serving(late) as own:
        issuer = f"{address or own}/api/v2"
        addresses = {"redirect_uris": (CALLBACK,), "post_logout_redirect_uris": (SIGNED_OUT,)}
        client = ServiceProvider(CLIENT_ID, CLIENT_SECRET, "CARPIMKO", **(addresses | registration))
        personas = tuple(Persona(key, key, "", claims) for key, claims in people.items())
        late.app = create_app(EmulatorConfig(issuer, (client,), personas, clock, guise=guise), keys)
        yield Emulator(issuer, int(own.rpartition(":")[2]))


def walk(url: str, person: str, session: requests.Session | None = None) -> str:
    """Sign a person in at the emulator; returns the address the browser is sent back to."""
    browser = session or requests.Session()
    page = _get(browser, url)
    for _ in range(6):
        if page.is_redirect:
            location = urljoin(page.url, page.headers["Location"])
            if urlsplit(location).netloc != urlsplit(url).netloc:
                return location
            page = _get(browser, location)
            continue
        page = browser.post(page.url, data=_form(page.text, person), allow_redirects=False, timeout=5)
        while page.is_redirect:
            location = urljoin(page.url, page.headers["Location"])
            if urlsplit(location).netloc != urlsplit(url).netloc:
                return location
            page = _get(browser, location)
    raise AssertionError(f"the emulator does not come back: {page.status_code} {page.url}")


def _form(text: str, person: str) -> dict[str, str]:
    fields = re.findall(r'name="csrf[^"]*" value="([^"]*)"', text)
    return {"idp": _first_provider(text), "login": person, "password": "123"} | ({"csrf": fields[0]} if fields else {})


def _first_provider(text: str) -> str:
    found = re.search(r'name="idp"[^>]*value="([^"]+)"', text)
    return html.unescape(found[1]) if found else ""


def _get(browser: requests.Session, url: str) -> requests.Response:
    return browser.get(url, allow_redirects=False, timeout=5)


@dataclass
class TestDoor:
    """The provider's web room, reduced to what federation can see: pages come out as JSON."""

    __test__ = False

    interactions: dict[str, str] = field(default_factory=dict)
    outcomes: list[LoginOutcome] = field(default_factory=list)
    signed_in: Member | None = None
    held: list[str] = field(default_factory=list)

    def browser_id(self) -> str:
        """See the port."""
        if "browser" not in g:
            g.browser = request.cookies.get("browser", "nobody")
        return str(g.browser)

    def knows(self, interaction: str) -> bool:
        """See the port."""
        return self.interactions.get(interaction) == self.browser_id()

    def finish_login(self, outcome: LoginOutcome, interaction: str) -> AnyResponse:
        """See the port."""
        self.outcomes.append(outcome)
        return redirect(f"/continuer/{interaction}", 303)

    def member(self) -> Member | None:
        """See the port."""
        return self.signed_in

    def identities_url(self, done: str = "") -> str:
        """See the port."""
        return f"/compte/identites?fait={done}" if done else "/compte/identites"

    def hold(self, provider: str, upstream_session: str) -> None:
        """See the port."""
        self.held.append(f"{provider} {upstream_session}")

    def render(self, template: str, *, status: int = 200, **context: Any) -> Response:
        """See the port."""
        page = jsonify(json.loads(json.dumps({"template": template, **context}, default=_plain)))
        page.status_code = status
        return page

    def csrf(self, purpose: str) -> str:
        """See the port."""
        return f"csrf {purpose}"

    def check_csrf(self, purpose: str) -> bool:
        """See the port."""
        return request.form.get("csrf") == self.csrf(purpose)

    def sign_in_url(self, interaction: str) -> str:
        """See the port."""
        return f"/connexion/{interaction}"

    def reset_url(self, situation: str, dossier: str, interaction: str, why: str) -> str:
        """See the port."""
        return f"/reset/{situation}/{dossier}/{interaction}/{why}"

    def network(self) -> str:
        """See the port."""
        return "192.0.2.7"

    def reference(self) -> str:
        """See the port."""
        return "reference-1"


def _plain(value: Any) -> Any:
    return {name: getattr(value, name) for name in value.__slots__ if name != "password"}


class Following(FlaskClient):
    """A browser as far as it matters here: the page at which a journey ends is what it shows."""

    def open(self, *args: Any, **settings: Any) -> TestResponse:
        """Ask for a page, and once more where the answer leads to the end of the journey."""
        answer = super().open(*args, **settings)
        path = urlsplit(location := answer.headers.get("Location", "")).path
        ended = path.startswith("/federation/") and path.endswith("/fin")
        return super().open(location) if ended else answer


@dataclass
class World:
    """Everything at once: emulator, house, door, and a browser in front."""

    emulator: Emulator
    house: MemoryHouse
    door: TestDoor
    upstream: Upstream
    app: Flask

    def browser(self, name: str = "browser-1", interaction: str = "i1") -> FlaskClient:
        """Open a browser that has an interaction pending."""
        self.door.interactions[interaction] = name
        client = self.app.test_client()
        client.set_cookie("browser", name)
        return client

    def come_back(self, browser: FlaskClient, person: str, interaction: str = "i1") -> str:
        """Press the button and sign in at the emulator; returns the callback's path and query."""
        started = browser.get(self.upstream.start_path(interaction))
        if started.status_code != 303:
            raise AssertionError(started.get_data(as_text=True))
        parts = urlsplit(walk(started.headers["Location"], person))
        return f"{parts.path}?{parts.query}"

    def back(self, url: str, person: str) -> str:
        """Sign in at the emulator, on the way out already; returns the callback's path and query."""
        parts = urlsplit(walk(url, person))
        return f"{parts.path}?{parts.query}"

    def sign_in(self, person: str, browser: FlaskClient | None = None) -> TestResponse:
        """Go all the way to the answer of the callback."""
        client = browser or self.browser()
        return client.get(self.come_back(client, person))


def world(
    running: Emulator,
    house: MemoryHouse,
    *,
    cache: CachePolicy | None = None,
    decrypt: Decrypt | None = None,
    policy: LinkingPolicy | None = None,
    **changes: Any,
) -> World:
    """Assemble federation against a running emulator."""
    door = TestDoor()
    settings = running.settings(**changes)
    upstream, pages = franceconnect(settings, house.ports, door, cache=cache, decrypt=decrypt, policy=policy)
    app = Flask("test")
    app.test_client_class = Following
    app.register_blueprint(pages)
    return World(running, house, door, upstream, app)
