"""Measures the same work with few rows and with many, in turns, and whole sign-ins by password too."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, Final

from bench.growth.fill import Size, dossier, fill
from bench.growth.work import Much
from bench.journeys.crowd import Crowd
from bench.journeys.sign_ins import place_at
from bench.journeys.ways import Person
from bench.measured import Row
from bench.peers import ours
from bench.peers.grounds import CLIENT, Grounds
from bench.peers.rounds import Told, turn, warm
from bench.peers.stock import Stock, stock_at

FEW: Final = Size(1000, 10, 10)
APPLICATIONS: Final = 20_000
CONNECTIONS: Final = 8
"""Requests at a time: fewer than the few have tokens, so that no two wait for one row."""
WARM_UP: Final = 5
"""Seconds of requests before a work is measured: time for each application to have called each of the two processes."""
PEOPLE: Final = 32
LIVES: Final = "[tokens]\naccess_token = 3600\n"
"""Access tokens that outlive the run."""
SIGN_IN: Final = "password sign-in"


@dataclass(frozen=True, slots=True)
class _Filled:
    stock: Stock
    much: Much
    crowd: Crowd


def growth(grounds: Grounds, rows: int, rounds: int, seconds: int, only: list[str], told: Told) -> Mapping[str, Any]:
    """Return what each kind of work takes with few (`small`) and with many (`large`)."""
    many = Size(rows, min(APPLICATIONS, rows), rows)
    filling: list[float] = []
    with _filled(grounds, FEW, 1, filling, told) as small, _filled(grounds, many, 2, filling, told) as large:
        found: dict[str, tuple[Row, Row]] = {}
        for few, much in zip(small.much.scenarios(), large.much.scenarios(), strict=True):
            if only and not any(part in few.name for part in only):
                continue
            pair = (Row(), Row())
            lanes = list(zip((small, large), (few, much), pair, strict=True))
            rates = [warm(grounds, one.stock, scenario, WARM_UP).rate for one, scenario, _ in lanes]
            for number in range(rounds):
                # Each begins every other round: what drifts in between falls on both alike.
                order = list(zip(lanes, rates, strict=True))[:: -1 if number % 2 else 1]
                for (one, scenario, row), rate in order:
                    row.add(*turn(grounds, one.stock, scenario, seconds, rate, CONNECTIONS))
            told(f"growth, {few.name}: {pair[0].latency('p50'):.2f} to {pair[1].latency('p50'):.2f} ms")
            found[few.name] = pair
        if not only or any(part in SIGN_IN for part in only):
            pair = found[SIGN_IN] = _sign_ins(grounds, (small, large), rounds, seconds)
            told(f"growth, {SIGN_IN}: {pair[0].latency('p50'):.0f} to {pair[1].latency('p50'):.0f} ms")
        made = [{"name": name, "small": asdict(pair[0]), "large": asdict(pair[1])} for name, pair in found.items()]
        return {"few": FEW.told(), "many": many.told(), "fill_seconds": filling[-1], "rows": made}


def _sign_ins(grounds: Grounds, both: tuple[_Filled, _Filled], rounds: int, seconds: int) -> tuple[Row, Row]:
    pair = (Row(), Row())
    for one in both:
        one.crowd.warm()
    for _ in range(rounds):
        for one, row in zip(both, pair, strict=True):
            before = grounds.spent(one.stock.side)
            reading = one.crowd.turn(seconds)
            row.add(reading, grounds.cost(before, one.stock.side, reading.requests))
    return pair


@contextmanager
def _filled(grounds: Grounds, size: Size, place: int, filling: list[float], told: Told) -> Iterator[_Filled]:
    with ours.running(grounds, "keycloak", LIVES, cache=place) as side:
        stock = stock_at(side, ours.basic(grounds.secret), 1)
        stock.granted(1)
        taken = fill(side.database, grounds.socket, place, size, CLIENT)
        told(f"growth: {size.dossiers} dossiers, {size.tokens} tokens and sessions filled in {taken:.0f} s")
        filling.append(taken)
        much = Much(size, grounds.secret)
        people = [Person(dossier(number)) for number in much.spread(size.dossiers, PEOPLE)]
        crowd = Crowd(place_at(grounds, side), "password", people)
        try:
            yield _Filled(stock, much, crowd)
        finally:
            crowd.close()
