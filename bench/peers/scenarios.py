"""The scenarios: what is sent, whether it can be sent again, and what is to be reached beside the peer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from bench.peers.grounds import RESOURCE
from bench.peers.stock import BEHIND_A_PROXY, FORM, MACHINE_FORM, Stock
from bench.peers.wrk import raw


@dataclass(frozen=True, slots=True)
class Scenario:
    """One kind of request.

    `make` returns the requests; of those that are used up as many as it is told, else one. `goal` is how many times
    the peer's throughput ours should have.
    """

    name: str
    make: Callable[[Stock, int], Sequence[bytes]]
    goal: float
    used_up: bool = False


def _get(stock: Stock, name: str) -> list[bytes]:
    return [raw("GET", stock.side.paths[name], BEHIND_A_PROXY)]


def _form(stock: Stock, name: str, form: str) -> bytes:
    headers = {**BEHIND_A_PROXY, "Authorization": stock.authorization, "Content-Type": FORM}
    return raw("POST", stock.side.paths[name], headers, form)


def _authorize(stock: Stock, _count: int) -> list[bytes]:
    return [raw("GET", stock.authorize_target(), {**BEHIND_A_PROXY, "Cookie": stock.cookies})]


def _machine(stock: Stock, *, jwt: bool) -> list[bytes]:
    form = MACHINE_FORM + (f"&{urlencode({'resource': RESOURCE})}" if jwt else "")
    return [_form(stock, "token", form)]


def _exchange(stock: Stock, count: int) -> list[bytes]:
    return [_form(stock, "token", stock.code_form(code)) for code in stock.codes(count)]


def _refresh(stock: Stock, _count: int) -> list[bytes]:
    token = stock.granted()["refresh_token"]
    return [_form(stock, "token", urlencode({"grant_type": "refresh_token", "refresh_token": token}))]


def _userinfo(stock: Stock, _count: int) -> list[bytes]:
    headers = {**BEHIND_A_PROXY, "Authorization": f"Bearer {stock.granted()['access_token']}"}
    return [raw("GET", stock.side.paths["userinfo"], headers)]


def _introspection(stock: Stock, _count: int) -> list[bytes]:
    token = stock.token(MACHINE_FORM)["access_token"]
    return [_form(stock, "introspection", urlencode({"token": token}))]


def _revocation(stock: Stock, count: int) -> list[bytes]:
    issued = stock.tokens(MACHINE_FORM, count)
    return [_form(stock, "revocation", urlencode({"token": one["access_token"]})) for one in issued]


SCENARIOS: Final = (
    Scenario("discovery", lambda stock, _count: _get(stock, "discovery"), 2.5),
    Scenario("JWKS", lambda stock, _count: _get(stock, "jwks"), 2.5),
    Scenario("client_credentials, JWT ES256", lambda stock, _count: _machine(stock, jwt=True), 3.0),
    Scenario("client_credentials, opaque", lambda stock, _count: _machine(stock, jwt=False), 1.5),
    Scenario("userinfo", _userinfo, 1.5),
    Scenario("introspection", _introspection, 1.5),
    Scenario("revocation", _revocation, 1.0, used_up=True),
    Scenario("/authorize with a session", _authorize, 1.0),
    Scenario("code exchange, PKCE, ID token ES256", _exchange, 1.0, used_up=True),
    Scenario("refresh", _refresh, 1.0),
)
