"""Rounds of measurements in turn."""

from collections.abc import Callable, Iterator, Sequence

from bench.measured import Cost, Reading, Row
from bench.peers.counting import REQUESTS, counted
from bench.peers.grounds import Grounds
from bench.peers.scenarios import Scenario
from bench.peers.stock import Stock
from bench.peers.wrk import CONNECTIONS, measure

WARM_UP = 1
"""Seconds of requests before the first measurement of a scenario at a side."""
FIRST = 300
"""Requests that warm a side up, where they are used up."""
LEAST, MOST = 1000, 6000
"""Bounds of the stock for one turn: what is used up has to be made first, which takes longer than using it."""

Told = Callable[[str], None]


def in_turns(
    grounds: Grounds,
    stocks: Sequence[Stock],
    scenarios: Sequence[Scenario],
    rounds: int,
    seconds: int,
    told: Told,
    connections: int = CONNECTIONS,
) -> Iterator[tuple[Scenario, dict[str, Row]]]:
    """Measure each scenario: side after side, and round again, so that what the machine does else falls on all alike.

    Args:
        grounds: what the sides stand on.
        stocks: the sides.
        scenarios: what to send.
        rounds: how often each side has its turn.
        seconds: how long a measurement takes.
        told: is told of each measurement, for who waits.
        connections: how many requests are under way at a time.
    """
    for scenario in scenarios:
        rows = {stock.side.name: Row() for stock in stocks}
        expected = {stock.side.name: warm(grounds, stock, scenario) for stock in stocks}
        for _ in range(rounds):
            for stock in stocks:
                name = stock.side.name
                reading, cost = turn(grounds, stock, scenario, seconds, expected[name].rate, connections)
                rows[name].add(reading, cost)
                told(f"{scenario.name}: {name} {reading.rate:.0f}/s, 99 % within {reading.p99:.1f} ms")
        for stock in stocks:
            counted(grounds, stock.side, scenario.make(stock, REQUESTS)).into(rows[stock.side.name])
        yield scenario, rows


def turn(
    grounds: Grounds, stock: Stock, scenario: Scenario, seconds: int, rate: float, connections: int = CONNECTIONS
) -> tuple[Reading, Cost]:
    """Measure once; `rate` is what is expected, from which the size of the stock follows."""
    count = min(MOST, max(LEAST, int(rate * seconds)))
    first, *requests = scenario.make(stock, count + 1)
    answer = stock.asked([first])[0]
    scenario.shape(answer)
    before = grounds.spent(stock.side)
    reading = measure(
        stock.side.port,
        requests or [first],
        grounds.folder,
        seconds=seconds,
        once=scenario.used_up,
        octets=answer.octets,
        connections=connections,
    )
    return reading, grounds.cost(before, stock.side, reading.requests)


def warm(grounds: Grounds, stock: Stock, scenario: Scenario, seconds: int = WARM_UP) -> Reading:
    """Send requests before anything is measured; what it reads says how quick the side is."""
    requests = scenario.make(stock, FIRST)
    return measure(stock.side.port, requests, grounds.folder, seconds=seconds, once=scenario.used_up)
