"""The scenarios: what is sent, whether it can be sent again, and what is to be reached beside the peer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from bench.peers.grounds import RESOURCE
from bench.peers.shapes import Shape, document, introspection, keys, nothing, page, pushed, refreshed, tokens, userinfo
from bench.peers.stock import ATTEMPTS, BEHIND_A_PROXY, MACHINE_FORM, Stock
from bench.wire import raw

SHOWN: Final = 64
"""Tokens that are shown in turn: no two requests under way have the same."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One kind of request.

    `make` returns the requests; of those that are used up as many as it is told. `shape` says what a right answer is,
    and fails on another. `times` is how many times the peer's throughput ours should have, `tail` how many times its
    99th percentile ours may have, where anything is asked of it; `endpoint` is the one that both must have. `bare` are
    the exchanges that it cannot do without (`bench.peers.bare`): what must outlive a power cut is written to
    PostgreSQL, what lives for minutes to Redis.
    """

    name: str
    make: Callable[[Stock, int], Sequence[bytes]]
    shape: Shape
    times: float
    tail: float | None = None
    endpoint: str = "token"
    used_up: bool = False
    bare: tuple[str, ...] = ()


def _get(stock: Stock, name: str) -> list[bytes]:
    return [raw("GET", stock.side.paths[name], BEHIND_A_PROXY)]


def _machine(stock: Stock, *, jwt: bool) -> list[bytes]:
    form = MACHINE_FORM + (f"&{urlencode({'resource': RESOURCE})}" if jwt else "")
    return [stock.form("token", form)]


def _exchange(stock: Stock, count: int) -> list[bytes]:
    return [stock.exchange(code) for code in stock.codes(count)]


def _refresh(stock: Stock, _count: int) -> list[bytes]:
    return [stock.refresh(one["refresh_token"]) for one in stock.granted(SHOWN)]


def _userinfo(stock: Stock, _count: int) -> list[bytes]:
    return [stock.userinfo(one["access_token"]) for one in stock.granted(SHOWN)]


def _machine_tokens(stock: Stock, count: int, name: str) -> list[bytes]:
    issued = stock.tokens(_machine(stock, jwt=False) * count)
    return [stock.form(name, urlencode({"token": one["access_token"]})) for one in issued]


def _pushed(stock: Stock, _count: int) -> list[bytes]:
    return [stock.form("par", urlencode(stock.request(attempt))) for attempt in ATTEMPTS]


NO_WORSE: Final = 1.1
"""Share of the peer's 99th percentile that counts as no worse: what two runs of one side differ by."""
LOWER: Final = 1.0

SCENARIOS: Final = (
    Scenario("discovery", lambda stock, _count: _get(stock, "discovery"), document, 2.5, endpoint="discovery"),
    Scenario("JWKS", lambda stock, _count: _get(stock, "jwks"), keys, 2.5, endpoint="jwks"),
    Scenario(
        "client_credentials, JWT ES256",
        lambda stock, _count: _machine(stock, jwt=True),
        tokens,
        3.0,
        LOWER,
        bare=("sign",),
    ),
    Scenario("client_credentials, opaque", lambda stock, _count: _machine(stock, jwt=False), tokens, 1.5, NO_WORSE),
    Scenario("userinfo", _userinfo, userinfo, 1.5, NO_WORSE, endpoint="userinfo", bare=("read",)),
    Scenario(
        "introspection",
        lambda stock, _count: _machine_tokens(stock, SHOWN, "introspection"),
        introspection,
        1.5,
        NO_WORSE,
        endpoint="introspection",
        bare=("read",),
    ),
    Scenario(
        "revocation",
        lambda stock, count: _machine_tokens(stock, count, "revocation"),
        nothing,
        1.0,
        endpoint="revocation",
        used_up=True,
        bare=("write",),
    ),
    Scenario("PAR", _pushed, pushed, 1.0, endpoint="par", bare=("call",)),
    Scenario(
        "/authorize with a session",
        lambda stock, _count: stock.authorize(),
        page,
        1.0,
        endpoint="authorize",
        bare=("read", "call", "call"),
    ),
    Scenario(
        "code exchange, PKCE, ID token ES256", _exchange, tokens, 1.0, used_up=True, bare=("sign", "call", "write")
    ),
    Scenario("refresh", _refresh, refreshed, 1.0, bare=("sign", "write")),
)
