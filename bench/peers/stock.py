"""What scenarios use up or show: browsers that are signed in, codes, tokens. Made before the clock runs."""

import base64
import hashlib
import json
import secrets
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import cycle, islice
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

from bench.peers.grounds import CALLBACK, CLIENT, SCOPE
from bench.peers.ours import NAME as OURS
from bench.peers.sides import Side
from bench.peers.wrk import Spoiled
from bench.wire import Answer, Wire, raw
from tests.support.cast import ISSUER, PASSWORD
from tests.support.enumeration import HttpBrowser

BEHIND_A_PROXY: Final = {"Host": urlsplit(ISSUER).netloc, "X-Forwarded-Proto": "https"}
"""What the proxy that ends TLS would add: both sides take themselves for an issuer on https."""
FORM: Final = "application/x-www-form-urlencoded"
HANDS: Final = 8
"""Connections that make the stock."""
BROWSERS: Final = 8
"""Browsers that are signed in."""
MACHINE_FORM: Final = urlencode({"grant_type": "client_credentials", "scope": SCOPE})
"""What a program asks for itself with."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What an application makes up for one sign-in: no two are alike, which a provider may look at."""

    state: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    def sent(self) -> dict[str, str]:
        """Return the parameters that go along."""
        hashed = hashlib.sha256(self.verifier.encode()).digest()
        challenge = base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()
        return {
            "state": self.state,
            "nonce": self.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }


ATTEMPTS: Final = tuple(Attempt() for _ in range(64))
"""Those that are shown in turn."""


@dataclass(frozen=True, slots=True)
class Code:
    """A code that is not yet redeemed, with the verifier that redeems it."""

    value: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Stock:
    """Makes codes and tokens at one side.

    `cookies` are of browsers that are signed in, one string each; `authorization` is the application's.
    """

    side: Side
    cookies: tuple[str, ...]
    authorization: str

    def request(self, attempt: Attempt = ATTEMPTS[0], **changes: str) -> dict[str, str]:
        """Return an authorization request's parameters."""
        return {
            "response_type": "code",
            "client_id": CLIENT,
            "redirect_uri": CALLBACK,
            "scope": "openid profile email offline_access",
            **attempt.sent(),
            **changes,
        }

    def authorize_target(self, attempt: Attempt = ATTEMPTS[0], **changes: str) -> str:
        """Return the path and query of an authorization request."""
        return f"{self.side.paths['authorize']}?{urlencode(self.request(attempt, **changes))}"

    def authorize(self) -> list[bytes]:
        """Return an authorization request of each attempt, of the browsers in turn."""
        return [
            raw("GET", self.authorize_target(attempt), {**BEHIND_A_PROXY, "Cookie": cookie})
            for attempt, cookie in zip(ATTEMPTS, cycle(self.cookies), strict=False)
        ]

    def form(self, name: str, form: str) -> bytes:
        """Return a form that the application sends to one of the endpoints, authenticated."""
        headers = {**BEHIND_A_PROXY, "Authorization": self.authorization, "Content-Type": FORM}
        return raw("POST", self.side.paths[name], headers, form)

    def exchange(self, code: Code) -> bytes:
        """Return the request that redeems a code."""
        sent = {
            "grant_type": "authorization_code",
            "code": code.value,
            "redirect_uri": CALLBACK,
            "code_verifier": code.verifier,
        }
        return self.form("token", urlencode(sent))

    def refresh(self, token: str) -> bytes:
        """Return the request that uses a refresh token."""
        return self.form("token", urlencode({"grant_type": "refresh_token", "refresh_token": token}))

    def userinfo(self, token: str) -> bytes:
        """Return the request that shows an access token at the userinfo endpoint."""
        return raw("GET", self.side.paths["userinfo"], {**BEHIND_A_PROXY, "Authorization": f"Bearer {token}"})

    def codes(self, count: int, asked: Sequence[bytes] = ()) -> list[Code]:
        """Return so many codes, not yet redeemed; `asked` are the requests of `ATTEMPTS` where they are special."""
        answers = self.asked(list(islice(cycle(asked or self.authorize()), count)))
        return [
            Code(self.code(answer), attempt.verifier) for answer, attempt in zip(answers, cycle(ATTEMPTS), strict=False)
        ]

    def tokens(self, requests: Sequence[bytes]) -> list[dict[str, Any]]:
        """Return what the token endpoint issues."""
        return [self.issued(answer) for answer in self.asked(requests)]

    def granted(self, count: int) -> list[dict[str, Any]]:
        """Return what so many redeemed codes give: access, ID and refresh token."""
        return self.tokens([self.exchange(code) for code in self.codes(count)])

    def code(self, answer: Answer) -> str:
        """Return the code that an answer carries.

        Raises:
            Spoiled: there is none.
        """
        location = answer.header("location")
        if answer.status not in {302, 303} or not location.startswith(f"{CALLBACK}?"):
            raise Spoiled(
                f"{self.side.name}: no code for a browser that is signed in: {answer.status} {location[:200]}"
            )
        told = parse_qs(urlsplit(location).query)
        if "code" not in told:
            raise Spoiled(f"{self.side.name}: no code for a browser that is signed in: {told}")
        return told["code"][0]

    def issued(self, answer: Answer) -> dict[str, Any]:
        """Return the tokens that an answer carries.

        Raises:
            Spoiled: it is a refusal.
        """
        if answer.status != 200:
            raise Spoiled(f"{self.side.name}: no token: {answer.status} {answer.body[:300]!r}")
        issued: dict[str, Any] = json.loads(answer.body)
        return issued

    def asked(self, requests: Sequence[bytes]) -> list[Answer]:
        """Send requests over a few connections at a time and return their answers, in order."""

        def some(hand: int) -> list[Answer]:
            wire = Wire(self.side.port)
            try:
                return [wire.ask(one) for one in requests[hand::hands]]
            finally:
                wire.close()

        hands = min(HANDS, len(requests))
        with ThreadPoolExecutor(hands) as pool:
            shares = list(pool.map(some, range(hands)))
        return [shares[place % hands][place // hands] for place in range(len(requests))]


def stock_at(side: Side, authorization: str, browsers: int = BROWSERS) -> Stock:
    """Sign a few browsers in at a side, by password at ours; the peer signs in whoever comes."""
    empty = Stock(side, (), authorization)
    return Stock(side, tuple(_signed_in(empty) for _ in range(browsers)), authorization)


def _signed_in(stock: Stock) -> str:
    """Return the cookies of a browser that has signed in."""
    browser, side = HttpBrowser(stock.side.port), stock.side
    target = stock.authorize_target(prompt="consent" if side.name != OURS else "login")
    page = browser.get(target, headers=BEHIND_A_PROXY)
    if side.name == OURS:
        page = browser.sign_in(page, password=PASSWORD)
    if "code" not in page.query:
        raise Spoiled(f"{side.name}: nobody can sign in: {page.status} {page.url} {page.text[:300]}")
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies().items())
    browser.close()
    return cookies
