"""What scenarios use up or show: a browser that is signed in, codes, tokens. Made before the clock runs."""

import base64
import hashlib
import json
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection
from itertools import islice
from typing import Any, Final, TypeVar
from urllib.parse import parse_qs, urlencode, urlsplit

from bench.peers.grounds import CALLBACK, CLIENT, SCOPE
from bench.peers.ours import NAME as OURS
from bench.peers.sides import Side
from tests.support.cast import ISSUER, PASSWORD
from tests.support.enumeration import HttpBrowser

VERIFIER: Final = secrets.token_urlsafe(48)
CHALLENGE: Final = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
BEHIND_A_PROXY: Final = {"Host": urlsplit(ISSUER).netloc, "X-Forwarded-Proto": "https"}
"""What the proxy that ends TLS would add: both sides take themselves for an issuer on https."""
FORM: Final = "application/x-www-form-urlencoded"
HANDS: Final = 8
"""Connections that make the stock."""
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Stock:
    """Makes codes and tokens at one side.

    `cookies` are of a browser that is signed in; `authorization` is the application's.
    """

    side: Side
    cookies: str
    authorization: str

    def authorize_target(self, **changes: str) -> str:
        """Return the path and query of an authorization request."""
        sent = {
            "response_type": "code",
            "client_id": CLIENT,
            "redirect_uri": CALLBACK,
            "scope": "openid profile email offline_access",
            "state": "state-0123456789",
            "nonce": "nonce-0123456789",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            **changes,
        }
        return f"{self.side.paths['authorize']}?{urlencode(sent)}"

    def code_form(self, code: str) -> str:
        """Return the form that redeems a code."""
        return urlencode(
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": CALLBACK,
                "code_verifier": VERIFIER,
            }
        )

    def codes(self, count: int) -> list[str]:
        """Return so many codes, not yet redeemed."""
        target = self.authorize_target()

        def one(connection: HTTPConnection) -> str:
            connection.request("GET", target, headers={**BEHIND_A_PROXY, "Cookie": self.cookies})
            answer = connection.getresponse()
            answer.read()
            location = answer.headers.get("Location", "")
            if not location.startswith(CALLBACK):
                raise SystemExit(f"{self.side.name}: no code for a signed-in browser: {answer.status} {location[:200]}")
            return parse_qs(urlsplit(location).query)["code"][0]

        return self._many(one, count)

    def token(self, form: str) -> dict[str, Any]:
        """Ask the token endpoint once."""
        return self._many(self._asking(form), 1)[0]

    def tokens(self, form: str, count: int) -> list[dict[str, Any]]:
        """Ask the token endpoint so many times for the same."""
        return self._many(self._asking(form), count)

    def granted(self) -> dict[str, Any]:
        """Return what one redeemed code gives: access, ID and refresh token."""
        return self.token(self.code_form(self.codes(1)[0]))

    def _asking(self, form: str) -> Callable[[HTTPConnection], dict[str, Any]]:
        def one(connection: HTTPConnection) -> dict[str, Any]:
            headers = {**BEHIND_A_PROXY, "Authorization": self.authorization, "Content-Type": FORM}
            connection.request("POST", self.side.paths["token"], form, headers)
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200:
                raise SystemExit(f"{self.side.name}: no token: {answer.status} {body[:300]!r}")
            issued: dict[str, Any] = json.loads(body)
            return issued

        return one

    def _many(self, one: Callable[[HTTPConnection], Made], count: int) -> list[Made]:
        def some(number: int) -> list[Made]:
            connection = HTTPConnection("127.0.0.1", self.side.port, timeout=30)
            try:
                return [one(connection) for _ in range(number)]
            finally:
                connection.close()

        hands = min(HANDS, count)
        shares = [count // hands + (hand < count % hands) for hand in range(hands)]
        with ThreadPoolExecutor(hands) as pool:
            return list(islice((made for share in pool.map(some, shares) for made in share), count))


def stock_at(side: Side, authorization: str) -> Stock:
    """Sign a browser in at a side, by password at ours; the peer signs in whoever comes."""
    browser = HttpBrowser(side.port)
    target = Stock(side, "", authorization).authorize_target(prompt="consent" if side.name != OURS else "login")
    page = browser.get(target, headers=BEHIND_A_PROXY)
    if side.name == OURS:
        page = browser.sign_in(page, password=PASSWORD)
    if "code" not in page.query:
        raise SystemExit(f"{side.name}: nobody can sign in: {page.status} {page.url} {page.text[:300]}")
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies().items())
    browser.close()
    return Stock(side, cookies, authorization)


MACHINE_FORM: Final = urlencode({"grant_type": "client_credentials", "scope": SCOPE})
"""What a program asks for itself with."""
