"""Both sides do the same work: looked at before anything is measured, and a difference ends the run.

Each answers a request of every scenario, and what it answers is put into the same words (`shapes`). Each refuses what
it must: a wrong secret, a wrong code verifier, a code that was redeemed, a code without its challenge; and a push by
nobody, with an address that is not registered, without a challenge, or with a reference in it. What was pushed gives a
code once.
"""

import json
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode

from bench.peers.grounds import CALLBACK, CLIENT
from bench.peers.ours import basic
from bench.peers.scenarios import Scenario
from bench.peers.stock import BEHIND_A_PROXY, FORM, MACHINE_FORM, Attempt, Code, Stock, stock_at
from bench.peers.wrk import Spoiled
from bench.wire import raw

ELSEWHERE: Final = f"{CALLBACK}/elsewhere"
"""An address that no application registered."""


def standing(stocks: Sequence[Stock], scenarios: Sequence[Scenario]) -> tuple[list[Scenario], list[str]]:
    """Return the scenarios that every side can do, and the names of those that ours cannot.

    Raises:
        Spoiled: the peer cannot do one.
    """
    own, other = (stock.side for stock in stocks)
    for scenario in scenarios:
        if scenario.endpoint not in other.paths:
            raise Spoiled(f"{scenario.name}: {other.name} has no such endpoint")
    can = [scenario for scenario in scenarios if scenario.endpoint in own.paths]
    return can, [scenario.name for scenario in scenarios if scenario not in can]


def same_work(stocks: Sequence[Stock], scenarios: Sequence[Scenario]) -> dict[str, dict[str, str]]:
    """Return what each scenario is answered, by its name.

    Raises:
        Spoiled: two sides answer otherwise, or one accepts what it should refuse.
    """
    for stock in stocks:
        # A code that comes twice costs the browser its grant: one that nothing else is measured with.
        looked_at = stock_at(stock.side, stock.authorization, 1)
        if "par" in stock.side.paths:
            _holds_pushes_against_the_rules(looked_at)
        _refuses(looked_at)
    found = {}
    for scenario in scenarios:
        shapes = [scenario.shape(stock.asked(scenario.make(stock, 1)[:1])[0]) for stock in stocks]
        if any(shape != shapes[0] for shape in shapes):
            told = "; ".join(f"{stock.side.name}: {shape}" for stock, shape in zip(stocks, shapes, strict=True))
            raise Spoiled(f"{scenario.name}: not the same work. {told}")
        found[scenario.name] = shapes[0]
    return found


def _refuses(stock: Stock) -> None:
    wrong = {**BEHIND_A_PROXY, "Authorization": basic("not the secret"), "Content-Type": FORM}
    used, fresh = stock.codes(2)
    guessed = Code(fresh.value, "x" * 64)
    bare = stock.request()
    del bare["code_challenge"], bare["code_challenge_method"]
    unproven = raw(
        "GET", f"{stock.side.paths['authorize']}?{urlencode(bare)}", {**BEHIND_A_PROXY, "Cookie": stock.cookies[0]}
    )
    stock.issued(stock.asked([stock.exchange(used)])[0])
    expected = {
        "a wrong client secret": (raw("POST", stock.side.paths["token"], wrong, MACHINE_FORM), {401}),
        "a wrong code verifier": (stock.exchange(guessed), {400}),
        "a code that was redeemed": (stock.exchange(used), {400}),
    }
    for what, (request, statuses) in expected.items():
        answer = stock.asked([request])[0]
        if answer.status not in statuses:
            raise Spoiled(f"{stock.side.name} accepts {what}: {answer.status} {answer.body[:200]!r}")
    answer = stock.asked([unproven])[0]
    if "code=" in answer.header("location"):
        raise Spoiled(f"{stock.side.name} gives a code without a challenge")


def _holds_pushes_against_the_rules(stock: Stock) -> None:
    path, sound, other = stock.side.paths["par"], stock.request(), Attempt()
    wrong = {**BEHIND_A_PROXY, "Authorization": basic("not the secret"), "Content-Type": FORM}
    nobody = {**BEHIND_A_PROXY, "Content-Type": FORM}
    bare = {name: value for name, value in sound.items() if not name.startswith("code_challenge")}
    (answer,) = stock.asked([stock.form("par", urlencode(stock.request(other)))])
    if answer.status != 201:
        raise Spoiled(f"{stock.side.name} refuses a sound push: {answer.status} {answer.body[:200]!r}")
    uri = json.loads(answer.body)["request_uri"]
    refused = {
        "a push with a wrong secret": (raw("POST", path, wrong, urlencode(sound)), {401}),
        "a push by nobody": (raw("POST", path, nobody, urlencode(sound)), {400, 401}),
        "an address that is not registered": (
            stock.form("par", urlencode({**sound, "redirect_uri": ELSEWHERE})),
            {400},
        ),
        "a push without a challenge": (stock.form("par", urlencode(bare)), {400}),
        "a reference in a push": (stock.form("par", urlencode({**sound, "request_uri": uri})), {400}),
    }
    for what, (request, statuses) in refused.items():
        answer = stock.asked([request])[0]
        if answer.status not in statuses:
            raise Spoiled(f"{stock.side.name} accepts {what}: {answer.status} {answer.body[:200]!r}")
    target = f"{stock.side.paths['authorize']}?{urlencode({'client_id': CLIENT, 'request_uri': uri})}"
    use = raw("GET", target, {**BEHIND_A_PROXY, "Cookie": stock.cookies[0]})
    stock.issued(stock.asked([stock.exchange(Code(stock.code(stock.asked([use])[0]), other.verifier))])[0])
    again = stock.asked([use])[0]
    if "code=" in again.header("location"):
        raise Spoiled(f"{stock.side.name} gives a second code for what was pushed once")
