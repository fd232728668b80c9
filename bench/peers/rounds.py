"""Rounds of measurements in turn, and what a row of the table says of them."""

import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from bench.peers.grounds import Grounds
from bench.peers.scenarios import Scenario
from bench.peers.sides import Side, seconds_of
from bench.peers.stock import BEHIND_A_PROXY, Stock
from bench.peers.wrk import Reading, measure, raw

WARM_UP = 1
"""Seconds of requests before the first measurement of a scenario at a side."""
STOCK = 3000
"""Requests of a measurement that uses them up."""
LONGEST = 60
"""Seconds that such a measurement may take."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one answer cost, on the mean: milliseconds of processors by program, transactions, calls of Redis."""

    own: float
    postgres: float
    redis: float
    transactions: float
    commands: float


@dataclass
class Row:
    """One scenario at one side: a reading and a cost a round."""

    readings: list[Reading] = field(default_factory=list)
    costs: list[Cost] = field(default_factory=list)

    def rate(self) -> float:
        """The median of the rounds' rates, answers a second."""
        return statistics.median(one.rate for one in self.readings)

    def spread(self) -> float:
        """How far the rounds' rates lie apart, as a share of the median."""
        rates = [one.rate for one in self.readings]
        return (max(rates) - min(rates)) / self.rate()

    def latency(self, percentile: str) -> float:
        """The median of the rounds' percentiles (`p50`, `p95`, `p99`), milliseconds."""
        return statistics.median(float(getattr(one, percentile)) for one in self.readings)

    def cost(self, what: str) -> float:
        """The median of one kind of cost."""
        return statistics.median(float(getattr(one, what)) for one in self.costs)


Told = Callable[[str], None]


def in_turns(
    grounds: Grounds, stocks: Sequence[Stock], scenarios: Sequence[Scenario], rounds: int, seconds: int, told: Told
) -> Iterator[tuple[Scenario, dict[str, Row]]]:
    """Measure each scenario: side after side, and round again, so that what the machine does else falls on all alike.

    Args:
        grounds: what the sides stand on.
        stocks: the sides.
        scenarios: what to send.
        rounds: how often each side has its turn.
        seconds: how long a measurement takes.
        told: is told of each measurement, for who waits.
    """
    for scenario in scenarios:
        rows = {stock.side.name: Row() for stock in stocks}
        for number in range(rounds):
            for stock in stocks:
                reading, cost = _one(grounds, stock, scenario, seconds, warm=number == 0)
                row = rows[stock.side.name]
                row.readings.append(reading)
                row.costs.append(cost)
                told(f"{scenario.name}: {stock.side.name} {reading.rate:.0f}/s, 99 % within {reading.p99:.1f} ms")
        yield scenario, rows


def _one(grounds: Grounds, stock: Stock, scenario: Scenario, seconds: int, *, warm: bool) -> tuple[Reading, Cost]:
    side = stock.side
    if warm:
        _sent(grounds, side, scenario, scenario.make(stock, STOCK // 10), WARM_UP)
    requests = scenario.make(stock, STOCK)
    programs, before = grounds.pids(), _spent(grounds, side)
    reading = _sent(grounds, side, scenario, requests, seconds)
    after = _spent(grounds, side)
    spent = [late - early for early, late in zip(before, after, strict=True)]
    own, postgres, redis = (1000 * one / reading.requests for one in spent[: 1 + len(programs)])
    return reading, Cost(own, postgres, redis, spent[3] / reading.requests, spent[4] / reading.requests)


def _sent(grounds: Grounds, side: Side, scenario: Scenario, requests: Sequence[bytes], seconds: int) -> Reading:
    if not scenario.used_up:
        return measure(side.port, requests, grounds.folder, seconds=seconds)
    spare = raw("GET", side.paths["jwks"], BEHIND_A_PROXY)
    return measure(side.port, requests, grounds.folder, seconds=LONGEST, spare=spare)


def _spent(grounds: Grounds, side: Side) -> tuple[float, float, float, int, int]:
    pids = grounds.pids()
    commits = grounds.commits(side.database) if side.database else 0
    return side.seconds(), seconds_of(pids["PostgreSQL"]), seconds_of(pids["Redis"]), commits, grounds.commands()
