"""What is asked when there is much: each request about another member, application or token, spread over all."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

from bench.growth.fill import COOKIE, REFRESH, Size, application, value
from bench.peers.grounds import CALLBACK
from bench.peers.scenarios import Scenario
from bench.peers.shapes import introspection, page, refreshed, tokens, userinfo
from bench.peers.stock import ATTEMPTS, BEHIND_A_PROXY, FORM, MACHINE_FORM, Stock
from bench.wire import raw

SHOWN: Final = 5000
"""At most so many different ones."""
TOKENS: Final = 1000
"""Access tokens, which have to be asked for."""


@dataclass(frozen=True, slots=True)
class Much:
    """Makes requests about what a filled provider holds."""

    size: Size
    secret: str
    made: list[tuple[str, str]] = field(default_factory=list)

    def scenarios(self) -> list[Scenario]:
        """Return the work."""
        return [
            Scenario("client_credentials, opaque", self._machine, tokens, 1),
            Scenario("userinfo", self._userinfo, userinfo, 1),
            Scenario("introspection", self._introspection, introspection, 1),
            Scenario("/authorize with a session", self._authorize, page, 1),
            Scenario("code exchange, PKCE, ID token ES256", self._exchange, tokens, 1, used_up=True),
            Scenario("refresh", self._refresh, refreshed, 1),
        ]

    def spread(self, of: int, most: int = SHOWN) -> list[int]:
        """Return numbers below `of`, evenly apart."""
        return [place * of // min(of, most) for place in range(min(of, most))]

    def _form(self, stock: Stock, endpoint: str, client_id: str, **form: str) -> bytes:
        pair = base64.b64encode(f"{client_id}:{self.secret}".encode()).decode()
        headers = {**BEHIND_A_PROXY, "Authorization": f"Basic {pair}", "Content-Type": FORM}
        return raw("POST", stock.side.paths[endpoint], headers, urlencode(form))

    def _each(self, make: Callable[[int, str], bytes]) -> list[bytes]:
        return [make(number, application(number, self.size)) for number in self.spread(self.size.tokens)]

    def _machine(self, stock: Stock, _count: int) -> list[bytes]:
        headers = {**BEHIND_A_PROXY, "Content-Type": FORM}
        made = []
        for number in self.spread(self.size.applications):
            pair = base64.b64encode(f"c{number}:{self.secret}".encode()).decode()
            sent = {**headers, "Authorization": f"Basic {pair}"}
            made.append(raw("POST", stock.side.paths["token"], sent, MACHINE_FORM))
        return made

    def _userinfo(self, stock: Stock, _count: int) -> list[bytes]:
        return [stock.userinfo(token) for token, _ in self._access(stock)]

    def _introspection(self, stock: Stock, _count: int) -> list[bytes]:
        return [self._form(stock, "introspection", client_id, token=token) for token, client_id in self._access(stock)]

    def _access(self, stock: Stock) -> list[tuple[str, str]]:
        """Return access tokens of many members with their applications, made once by as many refresh tokens."""
        if not self.made:
            numbers = self.spread(self.size.tokens, TOKENS)
            clients = [application(number, self.size) for number in numbers]
            asked = [self._refreshing(stock, *pair) for pair in zip(numbers, clients, strict=True)]
            issued = [one["access_token"] for one in stock.tokens(asked)]
            self.made.extend(zip(issued, clients, strict=True))
        return self.made

    def _refresh(self, stock: Stock, _count: int) -> list[bytes]:
        return self._each(lambda number, client_id: self._refreshing(stock, number, client_id))

    def _refreshing(self, stock: Stock, number: int, client_id: str) -> bytes:
        return self._form(stock, "token", client_id, grant_type="refresh_token", refresh_token=value(REFRESH, number))

    def _authorize(self, stock: Stock, _count: int) -> list[bytes]:
        # A number of requests that the attempts divide evenly, so that a code's place tells its verifier.
        numbers = self.spread(self.size.tokens)
        made = []
        for place in range(-(-len(numbers) // len(ATTEMPTS)) * len(ATTEMPTS)):
            number = numbers[place % len(numbers)]
            cookies = f"__Host-idp-session={value(COOKIE, number)}; __Host-idp-state=x"
            attempt = ATTEMPTS[place % len(ATTEMPTS)]
            target = stock.authorize_target(attempt, client_id=application(number, self.size))
            made.append(raw("GET", target, {**BEHIND_A_PROXY, "Cookie": cookies}))
        return made

    def _exchange(self, stock: Stock, count: int) -> list[bytes]:
        asked, numbers = self._authorize(stock, count), self.spread(self.size.tokens)
        return [
            self._form(
                stock,
                "token",
                application(numbers[place % len(asked) % len(numbers)], self.size),
                grant_type="authorization_code",
                code=code.value,
                redirect_uri=CALLBACK,
                code_verifier=code.verifier,
            )
            for place, code in enumerate(stock.codes(count, asked))
        ]
