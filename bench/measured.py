"""What a measurement says: readings by turn, what an answer costs, and how far the turns lie apart.

Plain values that go to `results.json` and come back.
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Reading:
    """What one turn gave: answers, seconds, and the latencies' percentiles in milliseconds."""

    requests: int
    seconds: float
    p50: float
    p95: float
    p99: float

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.requests / self.seconds


@dataclass(frozen=True, slots=True)
class Cost:
    """What one answer cost, on the mean: milliseconds of processors by program."""

    own: float
    postgres: float
    redis: float

    @property
    def whole(self) -> float:
        """Milliseconds of processors in all the programs that answer."""
        return self.own + self.postgres + self.redis


@dataclass
class Row:
    """One kind of work at one side: a reading and a cost a turn, and what is counted exactly.

    `statements` are those of SQL, the beginning and the end of a transaction apart in `turns`; `calls` are those of
    Redis. None where nothing was counted.
    """

    readings: list[Reading] = field(default_factory=list)
    costs: list[Cost] = field(default_factory=list)
    statements: float | None = None
    turns: float | None = None
    calls: float | None = None

    def add(self, reading: Reading, cost: Cost) -> None:
        """Take one more turn in."""
        self.readings.append(reading)
        self.costs.append(cost)

    def rate(self) -> float:
        """The median of the turns' rates, answers a second."""
        return statistics.median(one.rate for one in self.readings)

    def spread(self) -> float:
        """How far the turns' rates lie apart, as a share of the median."""
        return spread([one.rate for one in self.readings])

    def latency(self, percentile: str) -> float:
        """The median of the turns' percentiles (`p50`, `p95`, `p99`), milliseconds."""
        return statistics.median(float(getattr(one, percentile)) for one in self.readings)

    def cost(self, what: str = "whole") -> float:
        """The median of one kind of cost, milliseconds."""
        return statistics.median(float(getattr(one, what)) for one in self.costs)

    @classmethod
    def of(cls, kept: dict[str, Any]) -> "Row":
        """Return a row that was kept as JSON."""
        return cls(
            [Reading(**one) for one in kept["readings"]],
            [Cost(**one) for one in kept["costs"]],
            kept["statements"],
            kept["turns"],
            kept["calls"],
        )


@dataclass(frozen=True, slots=True)
class Ratio:
    """One row over another, round by round, so that what the machine did else in a round falls out.

    The median of the rounds, and the least and the most.
    """

    middle: float
    least: float
    most: float

    @classmethod
    def of(cls, own: Sequence[float], other: Sequence[float]) -> "Ratio":
        """Return the ratios of values taken in the same rounds."""
        each = [one / another for one, another in zip(own, other, strict=True)]
        return cls(statistics.median(each), min(each), max(each))

    def __str__(self) -> str:
        return f"{self.middle:.2f} ({self.least:.2f} to {self.most:.2f})"


def times(own: Row, other: Row) -> Ratio:
    """Return how many times one rate is another."""
    return Ratio.of([one.rate for one in own.readings], [one.rate for one in other.readings])


def longer(own: Row, other: Row, percentile: str = "p50") -> Ratio:
    """Return how many times as long one side takes."""
    taken = ([float(getattr(one, percentile)) for one in row.readings] for row in (own, other))
    return Ratio.of(*taken)


def spread(values: Sequence[float]) -> float:
    """Return how far values lie apart, as a share of their median."""
    middle = statistics.median(values)
    return (max(values) - min(values)) / middle if middle else 0.0


def percentiles(taken: Sequence[float]) -> tuple[float, float, float]:
    """Return the 50th, 95th and 99th percentile."""
    if len(taken) < 2:
        return (taken[0],) * 3
    cuts = statistics.quantiles(taken, n=100, method="inclusive")
    return cuts[49], cuts[94], cuts[98]
