"""The parts of a run, each on servers of its own; what one returns is what `results.json` keeps of it."""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import asdict
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from bench.growth.run import growth
from bench.journeys.sign_ins import sign_ins
from bench.memory import memory
from bench.peers import bare, ours, peer
from bench.peers.fairness import same_work, standing
from bench.peers.grounds import grounds
from bench.peers.rounds import Told, in_turns
from bench.peers.scenarios import SCENARIOS
from bench.peers.stock import stock_at
from bench.peers.wrk import CONNECTIONS, measure
from bench.tables import tables

COLD_START: Final = "bench.cold_start"
"""The module that measures it, by `seconds(rounds)`: the seconds from the command to the first answer, by round."""


FEW: Final = 4
"""Requests at a time where a provider is not asked for all it has: what a busy hour of a fund brings."""


def measured(part: str, wanted: argparse.Namespace, told: Told) -> Any:
    """Measure one part; None when it cannot be measured here, which is told."""
    return _PARTS[part](wanted, told)


def _chosen(wanted: argparse.Namespace) -> list[Any]:
    return [one for one in SCENARIOS if not wanted.only or any(some in one.name for some in wanted.only)]


def _peers(wanted: argparse.Namespace, told: Told) -> Any:
    return _beside_the_peer(wanted, told, CONNECTIONS) | {"bare": _bare(wanted, told)}


def _bare(wanted: argparse.Namespace, told: Told) -> dict[str, list[float]]:
    """Return what an application reaches that only makes a scenario's exchanges: answers a second, by round."""
    with grounds() as ground, bare.running(ground) as side:
        chosen = _chosen(wanted)
        measure(side.port, [bare.request(("sign", "read", "write", "call"))], ground.folder, seconds=1)
        found: dict[str, list[float]] = {scenario.name: [] for scenario in chosen}
        for _ in range(wanted.rounds):
            for scenario in chosen:
                reading = measure(side.port, [bare.request(scenario.bare)], ground.folder, seconds=wanted.seconds)
                found[scenario.name].append(reading.rate)
                told(f"{scenario.name}: {side.name} {reading.rate:.0f}/s")
        return found


def _few(wanted: argparse.Namespace, told: Told) -> Any:
    return {"connections": FEW, **_beside_the_peer(wanted, told, FEW)}


def _beside_the_peer(wanted: argparse.Namespace, told: Told, connections: int) -> dict[str, Any]:
    with grounds() as ground, ours.running(ground) as own, peer.running(ground) as other:
        authorization = ours.basic(ground.secret)
        stocks = [stock_at(own, authorization), stock_at(other, authorization)]
        scenarios, absent = standing(stocks, _chosen(wanted))
        same = same_work(stocks, scenarios)
        rows = [
            {
                "name": scenario.name,
                "times": scenario.times,
                "tail": scenario.tail,
                "sides": {name: asdict(row) for name, row in sides.items()},
            }
            for scenario, sides in in_turns(ground, stocks, scenarios, wanted.rounds, wanted.seconds, told, connections)
        ]
        memory = {side.name: {"peak": side.peak(), **asdict(side.memory())} for side in (own, other)}
        return {"rows": rows, "absent": absent, "same": same, "memory": memory}


def _sign_ins(wanted: argparse.Namespace, told: Told) -> Any:
    with grounds() as ground:
        found = sign_ins(ground, wanted.rounds, wanted.seconds, told)
        return {name: asdict(one) for name, one in found.items()}


def _growth(wanted: argparse.Namespace, told: Told) -> Any:
    with grounds() as ground:
        return growth(ground, wanted.rows, wanted.rounds, wanted.seconds, wanted.only, told)


def _memory(wanted: argparse.Namespace, told: Told) -> Any:
    with grounds() as ground:
        return memory(ground, wanted.minutes, told)


def _tables(_wanted: argparse.Namespace, told: Told) -> Any:
    with grounds() as ground:
        return tables(ground, told)


def _cold_start(wanted: argparse.Namespace, told: Told) -> Any:
    if find_spec(COLD_START) is None:
        told(f"cold start: not measured, there is no {COLD_START}")
        return None
    return {"seconds": import_module(COLD_START).seconds(wanted.rounds)}


_PARTS: Final[Mapping[str, Callable[[argparse.Namespace, Told], Any]]] = {
    "peers": _peers,
    "few": _few,
    "sign-ins": _sign_ins,
    "growth": _growth,
    "memory": _memory,
    "cold-start": _cold_start,
    "tables": _tables,
}
