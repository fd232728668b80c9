"""The paths of the journey."""

from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.support.federation_pages import told
from tests.support.ports import MemoryHouse, account
from tests.support.upstream_world import SIGNED_OUT, Emulator, World, walk, world


def test_store_down(here: World, house: MemoryHouse) -> None:
    """Without its store the journey says so instead of breaking."""
    browser = here.browser()
    house.kv.down = True
    told(browser.get(here.upstream.start_path("i1")), "Le service est momentanément indisponible")


def test_logout(here: World, house: MemoryHouse) -> None:
    """The FranceConnect session ends with all three parameters, and the browser comes back here."""
    house.directory.add(account())
    session = requests.Session()
    browser = here.browser()
    started = browser.get(here.upstream.start_path("i1"))
    parts = urlsplit(walk(started.headers["Location"], "angela", session))
    browser.get(f"{parts.path}?{parts.query}")
    url = here.upstream.logout_url(here.door.outcomes[0].upstream_session or "", "return-1")
    assert url is not None
    assert {"id_token_hint", "state", "post_logout_redirect_uri"} == set(parse_qs(urlsplit(url).query))
    assert SIGNED_OUT == parse_qs(urlsplit(url).query)["post_logout_redirect_uri"][0]
    back = browser.get("/federation/franceconnect/logout?state=return-1")
    assert "/deconnexion/fin?retour=return-1" == back.headers["Location"]


@pytest.mark.parametrize("query", ["", "?state=", "?state=a%0d%0ab", "?state=//evil.example"])
def test_logout_without_state(here: World, query: str) -> None:
    """The return from FranceConnect's logout works without a usable state."""
    answer = here.browser().get(f"/federation/franceconnect/logout{query}")
    assert "/deconnexion/fin" == answer.headers["Location"]


def test_a_franceconnect_that_does_not_answer(running: Emulator, house: MemoryHouse, free_port: int) -> None:
    """Nobody is sent to a host that is down: the page says so, and the other way in stays."""
    down = world(running, house, issuer=f"http://127.0.0.1:{free_port}/api/v2")
    answer = down.browser().get(down.upstream.start_path("i1"))
    assert "Location" not in answer.headers
    told(answer, "FranceConnect ne répond pas")
