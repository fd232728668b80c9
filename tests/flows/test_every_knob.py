"""Every fault that the emulator can show, against the sign-in of a whole provider (N-061 to N-063, R-27 to R-30).

One provider and one emulator for all of them. The rows are made from the emulator's own table of knobs, so that a knob
that nobody thought of here fails.
"""

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import delete, func, select

from federation.emulator.errors import AUTHORIZE_ERRORS
from federation.emulator.keys import SigningKeys
from federation.emulator.knobs import KNOBS, Knob
from federation.links import federation_links
from idp.store.tables_members import SignInRow
from tests.federation.conftest import PEOPLE
from tests.support.cast import ISSUER
from tests.support.pages import Page
from tests.support.provider import Provider, copied_provider, running
from tests.support.stores import Clock
from tests.support.upstream_world import CLIENT_ID, CLIENT_SECRET, Emulator, emulator, walk

BASE = f"{ISSUER}/federation/franceconnect"
TIMEOUT = 0.4

DENIED = "Vous avez interrompu la connexion avec FranceConnect"
TROUBLE = "FranceConnect a rencontré un problème technique"
LATER = "FranceConnect est momentanément indisponible"
FAILED = "La connexion avec FranceConnect n’a pas abouti"
SILENT = "FranceConnect ne répond pas"
EXPIRED = "Cette étape n’est plus valable"
IN = "in"
"""Nothing is lost: the member is signed in."""
STAYS = "stays"
"""FranceConnect keeps the browser on a page of its own."""
PROOF = "proof"
"""The person must prove the dossier again."""


def positions(knob: Knob) -> tuple[Any, ...]:
    """Return what to turn a knob to: every choice of it, and what stands for the rest."""
    by_kind = {"choice": knob.choices, "flag": (True,), "seconds": (2 * TIMEOUT,), "status": (401, 429, 500, 503)}
    return by_kind[knob.kind]


def expected(name: str, value: Any) -> str:
    """Return what must come of a fault: the title of a page, or one of the words above."""
    if name in {"logout_without_state", "logout_page", "encryption", "rotated_key", "unknown_kid", "new_email"}:
        # A kid that is not published: the only key that fits the algorithm is tried.
        return IN
    if (name, value) in {("discovery_body", "cut"), ("discovery_delay", 2 * TIMEOUT)}:
        # Nobody is sent to a host that does not answer: a browser would end on a page of its own.
        return SILENT
    if name.startswith(("jwks_", "discovery_")):
        # The last good keys are kept, and the endpoints are known facts.
        return IN
    if name == "authorize_error":
        return {"access_denied": DENIED, "server_error": TROUBLE, "temporarily_unavailable": LATER}.get(value, FAILED)
    if name in {"token_delay", "userinfo_delay"} or value in {"huge", "cut"}:
        return SILENT
    if name in {"token_status", "userinfo_status"}:
        return FAILED if value == 401 else SILENT
    fixed = {"authorize_page": STAYS, "callback_state": EXPIRED, "new_sub": PROOF}
    return fixed.get(name, FAILED)


CASES = [(knob.name, value, expected(knob.name, value)) for knob in KNOBS for value in positions(knob)]
FAULTY = [case for case in CASES if case[2] not in {IN, PROOF}]
HARMLESS = [(name, value) for name, value, outcome in CASES if outcome == IN]


class House:
    """A provider, the emulator it is registered with, and a count of what must not grow."""

    def __init__(self, provider: Provider, upstream: Emulator, there: Clock) -> None:
        self.provider, self.upstream, self.there = provider, upstream, there
        self.browser = provider.browser()

    def begin(self) -> str:
        """Open a sign-in page long after everything before it, in a new browser; return its interaction."""
        self.provider.clock.forward(700)
        self.there.now = self.provider.clock.now
        self.browser = self.provider.browser()
        return self.browser.get("/connexion").url.rpartition("/")[2]

    def arrive(self, person: str = "member") -> Page:
        """Press the button, sign in over there, and come back."""
        interaction = self.begin()
        return self._gone(self.browser.get(f"{BASE}/start?interaction={interaction}", follow=False), person)

    def link(self, person: str = "member") -> Page:
        """Sign in with the password, leave for FranceConnect from the account, and come back."""
        self.begin()
        self.browser.sign_in(self.browser.get(f"{ISSUER}/compte/identites"))
        page = self.browser.get(f"{ISSUER}/compte/identites/franceconnect/relier")
        found = re.search(r'class="fr-connect" id="[^"]*" href="([^"]*)"', page.text)
        assert found, page.text[-2000:]
        return self._gone(self.browser.get(found[1], follow=False), person)

    def _gone(self, started: Page, person: str) -> Page:
        """Sign in over there and come back, or see the page of ours that says why not."""
        where = started.headers["Location"]
        return self.browser.get(walk(where, person) if where.startswith(self.upstream.issuer) else where)

    def unlink(self) -> None:
        """End every link, as if none had ever been."""
        with self.provider.application.store.begin() as unit:
            unit.session.execute(delete(federation_links))

    def kept(self) -> tuple[int, int]:
        """Count the sessions that were opened and the links that were made."""
        with self.provider.application.store.reading() as unit:
            tables = (SignInRow.__table__, federation_links)
            sessions, links = (
                unit.session.execute(select(func.count()).select_from(table)).scalar_one() for table in tables
            )
        return sessions, links


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One house for every fault; somebody without a dossier came by once, so that the keys are known."""
    folder: Path = tmp_path_factory.mktemp("knobs")
    secret = folder / "secret"
    secret.write_text(CLIENT_SECRET, encoding="utf-8")
    member = PEOPLE["angela"] | {"given_name": "Angela Claire", "given_name_array": ["Angela", "Claire"]}
    there = Clock()
    registration: dict[str, Any] = {
        "redirect_uris": (f"{BASE}/callback",),
        "post_logout_redirect_uris": (f"{BASE}/logout",),
    }
    with emulator(there, {**PEOPLE, "member": member}, SigningKeys(), **registration) as upstream:
        franceconnect = {
            "enabled": True,
            "environment": "emulator",
            "issuer": upstream.issuer,
            "client_id": CLIENT_ID,
            "client_secret_file": secret,
            "timeout": TIMEOUT,
        }
        with running(copied_provider(folder / "house", franceconnect=franceconnect)) as provider:
            made = House(provider, upstream, there)
            assert "Nous n’avons pas trouvé de dossier à votre nom" in made.arrive("other").text
            yield made


@pytest.fixture(autouse=True)
def _at_rest(house: House) -> Iterator[None]:
    """Every knob at rest before and after, and no thread of ours left over."""
    house.upstream.turn()
    yield
    house.upstream.turn()
    assert [] == [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]


@pytest.mark.parametrize(("knob", "value", "title"), FAULTY)
def test_a_fault_opens_nothing(house: House, knob: str, value: Any, title: str) -> None:
    """The page that is due, with a way on; no session and no link, whatever FranceConnect says."""
    before = house.kept()
    house.upstream.turn(**{knob: value})
    if title == STAYS:
        interaction = house.begin()
        started = house.browser.get(f"{BASE}/start?interaction={interaction}", follow=False)
        there = requests.get(started.headers["Location"], timeout=5)
        assert value in there.text
        assert "ce n'est pas FranceConnect" in there.text
        assert 'id="sign-in"' in house.browser.get(f"/connexion/{interaction}").text
    else:
        page = house.arrive()
        assert title in page.text
        assert "/federation/franceconnect/start" in page.text or title == EXPIRED
        assert 'class="button' in page.text
        assert page.status in ({200} if title == DENIED else {400, 502, 503})
    assert before == house.kept()


@pytest.mark.parametrize(("knob", "value", "title"), [case for case in FAULTY if case[2] != STAYS])
def test_a_fault_links_nothing(house: House, knob: str, value: Any, title: str) -> None:
    """The same faults for a member who links from the account: told why, led back to it, still signed in."""
    house.unlink()
    house.upstream.turn(**{knob: value})
    page = house.link()
    assert title in page.text
    assert 'href="/compte/identites"' in page.text or title == EXPIRED
    assert page.status in ({200} if title == DENIED else {400, 502, 503})
    assert 0 == house.kept()[1]
    assert "Pas relié" in house.browser.get("/compte/identites").text


@pytest.mark.parametrize(("knob", "value"), HARMLESS)
def test_what_need_cost_nobody_a_link(house: House, knob: str, value: Any) -> None:
    """What does not keep a member from signing in does not keep one from linking."""
    house.unlink()
    house.upstream.turn(**{knob: value})
    assert "FranceConnect est relié à votre dossier." in house.link().text
    assert 1 == house.kept()[1]


@pytest.mark.parametrize(("knob", "value"), HARMLESS)
def test_what_need_cost_nobody_a_sign_in(house: House, knob: str, value: Any) -> None:
    """Keys kept while they cannot be fetched, paths known without discovery, keys fetched again on a bad signature."""
    house.upstream.turn(**{knob: value})
    assert "Angela" in house.arrive().text
    sessions, _ = house.kept()
    assert "Angela" in house.browser.get("/").text
    assert sessions == house.kept()[0]


def test_another_subject_of_the_same_person(house: House) -> None:
    """After a correction of the civil status FranceConnect sends a new `sub`: the dossier is proven anew, not taken."""
    house.arrive()
    before = house.kept()
    house.upstream.turn(new_sub=True)
    assert "/federation/franceconnect/preuve" in house.arrive().url
    assert before == house.kept()


@pytest.mark.parametrize(("knob", "ends"), [("logout_without_state", "/deconnexion/fin"), ("logout_page", "")])
def test_signing_out_ends_here_first(house: House, knob: str, ends: str) -> None:
    """Whatever FranceConnect's logout does, the session here is over before the browser goes there."""
    house.arrive()
    house.upstream.turn(**{knob: True})
    leaving = house.browser.submit(house.browser.get("/deconnexion"), {})
    assert leaving.url.startswith(house.upstream.issuer)
    assert "Angela" not in house.browser.get("/").text
    there = requests.get(leaving.url, allow_redirects=False, timeout=5)
    assert (303 if ends else 500) == there.status_code
    if ends:
        assert house.browser.get(there.headers["Location"]).url.endswith(ends)


def test_every_returned_error_is_tried() -> None:
    """No error of FranceConnect is left out."""
    assert set(AUTHORIZE_ERRORS) == {value for name, value, _ in CASES if name == "authorize_error"}
