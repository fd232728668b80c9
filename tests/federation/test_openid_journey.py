"""A person who is no member comes by an ordinary OpenID provider, against the emulator in that guise."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from flask import Flask, redirect
from flask.testing import FlaskClient

from federation.assemble import openid
from federation.emulator.keys import SigningKeys
from federation.openid import OpenIdSettings
from federation.provider_metadata import CachePolicy
from idp.upstream import Entrance, Outage, Visitor
from tests.federation.conftest import PEOPLE
from tests.support.federation_pages import of, told
from tests.support.ports import NOW, MemoryHouse, account
from tests.support.upstream_world import CLIENT_ID, CLIENT_SECRET, Emulator, Following, TestDoor, emulator, walk

NAME = "proconnect"
BASE = f"http://localhost/federation/{NAME}"


@dataclass
class Staff:
    """The fund's side: who arrived, and what opens for whom."""

    running: Emulator
    house: MemoryHouse
    welcome: bool = True
    arrived: list[Visitor] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.door = TestDoor()
        self.app = Flask("test")
        self.app.test_client_class = Following
        self.entrance = self.attached()

    def attached(self, **changes: Any) -> Entrance:
        """Build the entrance and attach its pages."""
        values: dict[str, Any] = {
            "name": NAME,
            "label": "ProConnect",
            "issuer": self.running.issuer,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "redirect_uri": f"{BASE}/callback",
            "post_logout_redirect_uri": f"{BASE}/logout",
            "algorithm": "ES256",
            "scopes": ("openid", "given_name", "usual_name", "email", "uid"),
            "acr_values": ("eidas1",),
            "timeout": 1.0,
        }
        settings = OpenIdSettings(**values | changes)
        cache = CachePolicy(cool_down=0)
        entrance, pages = openid(settings, self.house.ports, self.door, self.arrive, cache=cache)
        self.app.register_blueprint(pages)
        return entrance

    def arrive(self, visitor: Visitor, interaction: str) -> Any | None:
        """Keep who came; let them in or not."""
        self.arrived.append(visitor)
        return redirect(f"/console/{interaction}") if self.welcome else None

    def browser(self, name: str = "browser-1") -> FlaskClient:
        """Open a browser that has an interaction pending."""
        self.door.interactions["i1"] = name
        client = self.app.test_client()
        client.set_cookie("browser", name)
        return client

    def come_back(self, browser: FlaskClient, session: requests.Session | None = None) -> str:
        """Go to the provider and sign in there; returns the callback's path and query."""
        started = browser.get(self.entrance.start_path("i1"))
        assert 303 == started.status_code, started.text
        parts = urlsplit(walk(started.headers["Location"], "angela", session))
        return f"{parts.path}?{parts.query}"


@pytest.fixture
def staff(house: MemoryHouse, signing_keys: SigningKeys) -> Iterator[Staff]:
    """The fund's staff, by a provider that knows it under its own addresses."""
    known: dict[str, Any] = {
        "redirect_uris": (f"{BASE}/callback",),
        "post_logout_redirect_uris": (f"{BASE}/logout",),
        "scopes": frozenset({"openid", "given_name", "usual_name", "email", "uid"}),
    }
    with emulator(house.clock, PEOPLE, signing_keys, "generic", **known) as running:
        yield Staff(running, house)


def test_composition_learns_who_came(staff: Staff) -> None:
    """Issuer and subject, level, our own time, the claims asked for; what it answers goes to the browser."""
    browser = staff.browser()
    assert "/console/i1" == browser.get(staff.come_back(browser)).headers["Location"]
    visitor = staff.arrived[0]
    assert (NAME, staff.running.issuer, "eidas1", NOW) == (
        visitor.provider,
        visitor.issuer,
        visitor.acr,
        visitor.auth_time,
    )
    assert "DUBOIS" == visitor.claims["usual_name"]
    assert "birthdate" not in visitor.claims
    assert "DUBOIS" not in repr(visitor)


def test_when_the_person_proved_it_is_the_providers_to_say(staff: Staff, house: MemoryHouse) -> None:
    """What was proven a while ago is no sign-in of now; a provider that is ahead of us makes none of the future."""
    browser = staff.browser()
    back = staff.come_back(browser)
    house.clock.forward(20)
    browser.get(back)
    assert [NOW] == [one.auth_time for one in staff.arrived]


def test_pkce_is_used(staff: Staff) -> None:
    """The request carries a challenge, and a code without its verifier would be refused by this provider."""
    query = parse_qs(urlsplit(staff.browser().get(staff.entrance.start_path("i1")).headers["Location"]).query)
    assert ["S256"] == query["code_challenge_method"]
    assert 43 == len(query["code_challenge"][0])


def test_nobody_opens_a_members_account(staff: Staff, house: MemoryHouse) -> None:
    """The very person of a dossier: without a target nothing opens, nothing is linked, and the page says so."""
    house.directory.add(account())
    staff.welcome = False
    browser = staff.browser()
    answer = browser.get(staff.come_back(browser))
    audited = house.trace()
    for page in (answer, browser.get(answer.request.url)):
        assert 403 == page.status_code
        told(page, "Vous n’avez pas d’accès à ce service")
    assert audited == house.trace()
    assert ([], [], []) == (staff.door.outcomes, of(house), house.mails)
    assert "nobody" in house.trace()


def test_callback_twice(staff: Staff) -> None:
    """A reload goes where the first answer went; nobody arrives twice."""
    browser = staff.browser()
    back = staff.come_back(browser)
    assert ["/console/i1", "/console/i1"] == [browser.get(back).headers["Location"] for _ in range(2)]
    assert 1 == len(staff.arrived)


def test_state_of_another_browser(staff: Staff) -> None:
    """A callback brought to another browser is refused (V-70)."""
    back = staff.come_back(staff.browser())
    assert 400 == staff.browser("browser-2").get(back).status_code
    assert [] == staff.arrived


@pytest.mark.parametrize(
    ("knobs", "status", "title"),
    [
        ({"authorize_error": "access_denied"}, 200, "Vous avez interrompu la connexion"),
        ({"authorize_error": "server_error"}, 502, "La connexion n’a pas abouti"),
        ({"callback_iss": "absent"}, 502, "La connexion n’a pas abouti"),
        ({"callback_iss": "other"}, 502, "La connexion n’a pas abouti"),
        ({"callback_code": "absent"}, 502, "La connexion n’a pas abouti"),
        ({"callback_code": "unknown"}, 502, "La connexion n’a pas abouti"),
        ({"token_status": 503}, 503, "Le service d’identification ne répond pas"),
        ({"userinfo_plain": True}, 502, "La connexion n’a pas abouti"),
        ({"id_token_claim": "acr"}, 502, "La connexion n’a pas abouti"),
        ({"id_token_claim": "nonce"}, 502, "La connexion n’a pas abouti"),
        ({"id_token_alg": "none"}, 502, "La connexion n’a pas abouti"),
        ({"userinfo_claim": "sub"}, 502, "La connexion n’a pas abouti"),
        ({"discovery_status": 500}, 503, "Le service d’identification ne répond pas"),
    ],
)
def test_faults_bring_nobody(staff: Staff, knobs: dict[str, Any], status: int, title: str) -> None:
    """No faulty answer brings anybody; each ends at a page with a way on."""
    staff.running.turn(**knobs)
    browser = staff.browser()
    started = browser.get(staff.entrance.start_path("i1"))
    if started.status_code == 303:
        parts = urlsplit(walk(started.headers["Location"], "angela"))
        started = browser.get(f"{parts.path}?{parts.query}")
    assert status == started.status_code
    told(started, title)
    assert [] == staff.arrived


def test_a_provider_that_does_not_name_itself(staff: Staff) -> None:
    """Where it is configured so, an answer without `iss` is taken; one with another's never is (N-061)."""
    other = "quiet"
    callback = {"redirect_uri": f"{BASE}/callback", "name": other, "names_itself": False}
    staff.entrance = staff.attached(**callback)
    staff.running.turn(callback_iss="absent")
    browser = staff.browser()
    back = staff.come_back(browser).replace(NAME, other)
    assert "/console/i1" == browser.get(back).headers["Location"]
    staff.running.turn(callback_iss="other")
    assert 502 == browser.get(staff.come_back(browser).replace(NAME, other)).status_code


def test_pause(staff: Staff) -> None:
    """Paused by hand: nobody leaves, and the entrance says why."""
    pause = Outage(NOW, paused=True)
    staff.house.paused[NAME] = pause
    told(staff.browser().get(staff.entrance.start_path("i1")), "La connexion est suspendue quelques instants")
    assert pause == staff.entrance.outage()


def test_breaker(staff: Staff, house: MemoryHouse) -> None:
    """Failures withdraw the entrance, and it comes back by itself."""
    staff.running.turn(token_status=500)
    for _ in range(5):
        browser = staff.browser()
        browser.get(staff.come_back(browser))
    assert Outage(NOW) == staff.entrance.outage()
    staff.running.turn()
    house.clock.forward(31)
    browser = staff.browser()
    assert "/console/i1" == browser.get(staff.come_back(browser)).headers["Location"]
    assert staff.entrance.outage() is None


def test_logout(staff: Staff) -> None:
    """The provider's session ends with what was kept of it, and the browser comes back here, state or none."""
    session = requests.Session()
    browser = staff.browser()
    browser.get(staff.come_back(browser, session))
    url = staff.entrance.logout_url(staff.arrived[0].upstream_session, "return-1")
    back = urlsplit(session.get(url or "", allow_redirects=False, timeout=5).headers["Location"])
    assert f"/federation/{NAME}/logout" == back.path
    assert "/deconnexion/fin?retour=return-1" == browser.get(f"{back.path}?{back.query}").headers["Location"]
    assert "/deconnexion/fin" == browser.get(back.path).headers["Location"]


def test_unknown_answers(staff: Staff, house: MemoryHouse) -> None:
    """Without a trip, or with the store gone, a page with a way on."""
    browser = staff.browser()
    answer = browser.get(f"/federation/{NAME}/callback?{urlencode({'state': 'a', 'code': 'b'})}")
    assert 400 == answer.status_code
    told(answer)
    house.kv.down = True
    told(browser.get(staff.entrance.start_path("i1")), "Le service est momentanément indisponible")
