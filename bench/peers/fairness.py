"""Both sides do the same work: looked at before anything is measured, and a difference ends the run.

Each answers a request of every scenario, and what it answers is put into the same words (`shapes`). Each refuses what
it must: a wrong secret, a wrong code verifier, a code that was redeemed, a code without its challenge.
"""

from collections.abc import Sequence
from urllib.parse import urlencode

from bench.peers.ours import basic
from bench.peers.scenarios import Scenario
from bench.peers.stock import BEHIND_A_PROXY, FORM, MACHINE_FORM, Code, Stock, stock_at
from bench.peers.wrk import Spoiled
from bench.wire import raw


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
        _refuses(stock_at(stock.side, stock.authorization, 1))
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
