"""A crowd: processes of light clients that sign in one after the other for so many seconds, each its own people."""

import multiprocessing
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from bench.journeys.browser import Browser
from bench.journeys.ways import Person, Place, sign_in
from bench.measured import Reading, percentiles
from idp.members.argon2id import Argon2id

PROCESSES: Final = 2
HANDS: Final = 2
"""Browsers at a time in each process: enough to keep two processors busy, too few to be told to wait."""


class Crowd:
    """People who sign in by one way, at one place; their browsers stay theirs from turn to turn."""

    def __init__(self, place: Place, way: str, people: Sequence[Person]) -> None:
        self._pools = [
            ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), _open, (place, way, people[one::PROCESSES]))
            for one in range(PROCESSES)
        ]

    def warm(self) -> None:
        """Let everybody sign in once."""
        for done in [pool.submit(_once) for pool in self._pools]:
            done.result()

    def turn(self, seconds: float) -> Reading:
        """Let them sign in for so many seconds, each as soon as the one before is done."""
        begun = time.monotonic()
        shares = [pool.submit(_turn, seconds) for pool in self._pools]
        taken = [one for share in shares for one in share.result()]
        return Reading(len(taken), time.monotonic() - begun, *percentiles(taken))

    def close(self) -> None:
        """End the processes."""
        for pool in self._pools:
            pool.shutdown()


def hash_alone(memory_kib: int, passes: int, lanes: int, seconds: float = 1.0) -> float:
    """Return the processor milliseconds of one hash, computed in as many processes at a time as sign people in."""
    with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn")) as pool:
        shares = list(pool.map(_hashes, *zip(*[(memory_kib, passes, lanes, seconds)] * PROCESSES, strict=True)))
    return 1000 * sum(spent for spent, _ in shares) / sum(count for _, count in shares)


def _hashes(memory_kib: int, passes: int, lanes: int, seconds: float) -> tuple[float, int]:
    hasher = Argon2id(memory_kib, passes, lanes)
    known, count = hasher.hash(b"carafe-soleil-marin-42"), 0
    begun, spent = time.monotonic(), time.process_time()
    while time.monotonic() - begun < seconds:
        hasher.verify(known, b"carafe-soleil-marin-42")
        count += 1
    return time.process_time() - spent, count


@dataclass
class _Here:
    """What this process signs in; set once, when it starts."""

    place: Place
    way: str
    people: list[tuple[Person, Browser]]

    def one(self, person: Person, browser: Browser) -> float:
        begun = time.perf_counter()
        sign_in(self.place, browser, self.way, person)
        return 1000 * (time.perf_counter() - begun)


_here: list[_Here] = []


def _open(place: Place, way: str, people: Sequence[Person]) -> None:
    _here.append(_Here(place, way, [(person, Browser(place.hosts)) for person in people]))


def _once() -> None:
    with ThreadPoolExecutor(HANDS) as pool:
        list(pool.map(lambda pair: _here[0].one(*pair), _here[0].people))


def _turn(seconds: float) -> list[float]:
    until = time.monotonic() + seconds

    def hand(number: int) -> list[float]:
        taken: list[float] = []
        mine = _here[0].people[number::HANDS]
        while time.monotonic() < until:
            taken.append(_here[0].one(*mine[len(taken) % len(mine)]))
        return taken

    with ThreadPoolExecutor(HANDS) as pool:
        return [one for share in pool.map(hand, range(HANDS)) for one in share]
