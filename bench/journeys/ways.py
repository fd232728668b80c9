"""The two ways in: from the application's request over the pages to its tokens, by password and by FranceConnect."""

import base64
import hashlib
import json
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, urlencode, urlsplit

from bench.journeys.browser import Browser, Page
from bench.peers.grounds import CALLBACK, CLIENT
from bench.peers.wrk import Spoiled
from tests.support.cast import ISSUER, PASSWORD

KEPT: Final = ("browser", "lang")
"""Ends of the names of the cookies that a member's browser keeps when it is closed: the device is known again."""


_TILE: Final = re.compile(rb'name="idp" value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signs in: the number at the fund, the login at FranceConnect."""

    dossier: str
    login: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where people sign in: ports by host, with the headers of their proxies, and how the application authenticates."""

    hosts: Mapping[str, tuple[int, Mapping[str, str]]]
    authorization: str


Way = Callable[[Browser, Person, Page], Page]
"""Goes on from the sign-in page to the application's callback."""


def by_password(browser: Browser, person: Person, page: Page) -> Page:
    """Send number and password."""
    action, hidden = page.form('id="sign-in"')
    return browser.post(action, {**hidden, "situation": "affilie", "dossier": person.dossier, "password": PASSWORD})


def by_franceconnect(browser: Browser, person: Person, page: Page) -> Page:
    """Press the button, walk the emulator's pages, and come back."""
    interaction = urlsplit(page.url).path.rpartition("/")[2]
    page = browser.get(f"{ISSUER}/federation/franceconnect/start?interaction={interaction}")
    tile = _TILE.search(page.body)
    if tile is None:
        raise Spoiled(f"nobody is sent to FranceConnect: {page.status} {page.url} {page.body[:300]!r}")
    for mark, fields in (
        ('name="idp"', {"idp": tile[1].decode()}),
        ('name="login"', {"login": person.login, "password": "123"}),
        ("/consent", {}),
    ):
        action, hidden = page.form(mark)
        page = browser.post(action, {**hidden, **fields})
    return page


WAYS: Final[Mapping[str, Way]] = {"password": by_password, "franceconnect": by_franceconnect}


def sign_in(place: Place, browser: Browser, way: str, person: Person) -> None:
    """Sign a person in and redeem the code, as the application does; then close the browser.

    Raises:
        Spoiled: it does not end with tokens.
    """
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "response_type": "code",
        "client_id": CLIENT,
        "redirect_uri": CALLBACK,
        "scope": "openid profile email offline_access",
        "state": secrets.token_urlsafe(12),
        "nonce": secrets.token_urlsafe(12),
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    page = WAYS[way](browser, person, browser.get(f"{ISSUER}/authorize?{urlencode(asked)}"))
    told = parse_qs(urlsplit(page.url).query)
    if page.status or "code" not in told:
        raise Spoiled(f"a sign-in by {way} ends elsewhere: {page.status} {page.url} {page.body[-1500:]!r}")
    sent = {"grant_type": "authorization_code", "code": told["code"][0], "redirect_uri": CALLBACK}
    headers = {"Authorization": place.authorization, "Content-Type": "application/x-www-form-urlencoded"}
    answer = browser.ask(f"{ISSUER}/token", "POST", urlencode({**sent, "code_verifier": verifier}), headers)
    if answer.status != 200 or "id_token" not in json.loads(answer.body):
        raise Spoiled(f"no tokens after a sign-in by {way}: {answer.status} {answer.body[:300]!r}")
    browser.leave(*KEPT)
