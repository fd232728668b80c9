"""What a worker holds under load, requests of every kind by `wrk` and sign-ins by a crowd: looked at all the time."""

import threading
import time
from typing import Any, Final

from bench.journeys.crowd import Crowd
from bench.journeys.emulated import dossiers, people
from bench.journeys.sign_ins import place_at
from bench.peers import ours
from bench.peers.grounds import Grounds
from bench.peers.rounds import Told
from bench.peers.scenarios import SCENARIOS
from bench.peers.sides import Side
from bench.peers.stock import stock_at
from bench.peers.wrk import measure

PEOPLE: Final = 8
LASTING: Final = "[tokens]\naccess_token = 7200\n"
"""Settings: the access tokens that are shown all the time must outlive ten minutes, which is how long ours last."""
SETTLE: Final = 15
"""Seconds of load before anything is noted: what is loaded at the first use is there then."""


def memory(grounds: Grounds, minutes: float, told: Told) -> dict[str, Any]:
    """Return `samples` of `[second, KiB resident, KiB as its share]` of the largest worker, and the `peak` in KiB."""
    members, seconds = dossiers(PEOPLE), max(5, round(minutes * 60))
    with ours.running(grounds, members=members, more=LASTING) as side:
        stock = stock_at(side, ours.basic(grounds.secret))
        mixed = [
            request
            for scenario in SCENARIOS
            if not scenario.used_up and scenario.endpoint in side.paths
            for request in scenario.make(stock, 1)[:8]
        ]
        crowd = Crowd(place_at(grounds, side), "password", people(members))
        try:
            _loaded(grounds, side, mixed, crowd, SETTLE)
            samples = _loaded(grounds, side, mixed, crowd, seconds)
        finally:
            crowd.close()
        told(f"memory: {samples[0][1] >> 10} to {samples[-1][1] >> 10} MiB in {seconds} s, {side.peak() >> 10} at most")
        return {"samples": samples, "peak": side.peak()}


def _loaded(
    grounds: Grounds, side: Side, requests: list[bytes], crowd: Crowd, seconds: int
) -> list[tuple[int, int, int]]:
    """Load a provider for so many seconds and return what was seen meanwhile."""
    over = threading.Event()
    samples: list[tuple[int, int, int]] = []
    every, begun = max(1, seconds // 60), time.monotonic()

    def look() -> None:
        while not over.wait(every):
            held = side.memory()
            samples.append((round(time.monotonic() - begun), held.resident, held.share))

    watching = threading.Thread(target=look)
    signing_in = threading.Thread(target=crowd.turn, args=(seconds,))
    watching.start()
    signing_in.start()
    try:
        measure(side.port, requests, grounds.folder, seconds=seconds)
        signing_in.join()
    finally:
        over.set()
        watching.join()
    return samples
