"""Measures whole sign-ins: what one costs beside its hash, and what our share is of one by FranceConnect."""

import statistics
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any, Final
from urllib.parse import urlsplit

from bench.journeys.browser import Browser
from bench.journeys.crowd import Crowd, hash_alone
from bench.journeys.emulated import dossiers, emulator, people
from bench.journeys.ways import Person, Place, sign_in
from bench.measured import Row
from bench.peers import ours
from bench.peers.counting import counted_of
from bench.peers.grounds import Grounds
from bench.peers.rounds import Told
from bench.peers.sides import Side
from bench.peers.stock import BEHIND_A_PROXY
from idp import config
from tests.support.cast import ISSUER

PEOPLE: Final = 16
COUNTED: Final = 40
"""Sign-ins whose statements and calls are counted."""
_DEFAULT: Final = config.Passwords()
HASHES: Final[Mapping[str, tuple[int, int, int]]] = {
    "keycloak": (7168, 5, 1),
    "default": (_DEFAULT.memory_kib, _DEFAULT.passes, _DEFAULT.lanes),
}
"""Memory in KiB, passes and lanes: those of Keycloak's published sizing, and our own."""


@dataclass
class SignIn:
    """One way in: its turns, and the milliseconds of the hash alone in the same rounds, where there is one."""

    row: Row = field(default_factory=Row)
    hash_ms: list[float] = field(default_factory=list)

    @classmethod
    def of(cls, kept: dict[str, Any]) -> "SignIn":
        """Return what was kept as JSON."""
        return cls(Row.of(kept["row"]), kept["hash_ms"])

    def hash(self) -> float:
        """The median milliseconds of the hash alone."""
        return statistics.median(self.hash_ms)

    def beside(self) -> float:
        """The share of everything but the hash, as a share of the hash: the median of the rounds."""
        pairs = zip(self.row.costs, self.hash_ms, strict=True)
        return statistics.median((cost.whole - alone) / alone for cost, alone in pairs)


@dataclass(frozen=True, slots=True)
class _Lane:
    name: str
    side: Side
    place: Place
    way: str
    people: list[Person]
    crowd: Crowd

    def once(self) -> Callable[[], None]:
        """Return what signs the people in one after the other, one a call; their devices are known already."""
        browsers = [(person, Browser(self.place.hosts)) for person in self.people]
        for person, browser in browsers:
            sign_in(self.place, browser, self.way, person)
        turns = cycle(browsers)

        def act() -> None:
            person, browser = next(turns)
            sign_in(self.place, browser, self.way, person)

        return act


def sign_ins(grounds: Grounds, rounds: int, seconds: int, told: Told) -> dict[str, SignIn]:
    """Measure the ways in by name (`keycloak`, `default`: by password, at that cost; `franceconnect`), in turns."""
    found = {name: SignIn() for name in (*HASHES, "franceconnect")}
    with (
        _password(grounds, "keycloak") as keycloak,
        _password(grounds, "default") as default,
        _franceconnect(grounds) as upstream,
    ):
        lanes = (keycloak, default, upstream)
        for lane in lanes:
            lane.crowd.warm()
        for lane in lanes:
            counted_of(grounds, lane.side, lane.once(), COUNTED).into(found[lane.name].row)
        for _ in range(rounds):
            for lane in lanes:
                before = grounds.spent(lane.side)
                reading = lane.crowd.turn(seconds)
                found[lane.name].row.add(reading, grounds.cost(before, lane.side, reading.requests))
                if lane.name in HASHES:
                    found[lane.name].hash_ms.append(hash_alone(*HASHES[lane.name]))
                row = found[lane.name].row
                told(f"sign-in, {lane.name}: {reading.rate:.1f}/s, {row.costs[-1].whole:.1f} ms of processors")
    return found


@contextmanager
def _password(grounds: Grounds, hashes: str) -> Iterator[_Lane]:
    members = dossiers(PEOPLE)
    with ours.running(grounds, hashes, members=members) as side:
        yield from _lane(hashes, side, place_at(grounds, side), "password", people(members))


@contextmanager
def _franceconnect(grounds: Grounds) -> Iterator[_Lane]:
    members = dossiers(PEOPLE)
    with (
        emulator(grounds.folder, members) as emulated,
        ours.running(grounds, more=emulated.settings, members=members) as side,
    ):
        place = place_at(grounds, side, {emulated.host: (emulated.port, {})})
        yield from _lane("franceconnect", side, place, "franceconnect", people(members))


def _lane(name: str, side: Side, place: Place, way: str, crowd: list[Person]) -> Iterator[_Lane]:
    lane = _Lane(name, side, place, way, crowd, Crowd(place, way, crowd))
    try:
        yield lane
    finally:
        lane.crowd.close()


def place_at(grounds: Grounds, side: Side, more: Mapping[str, Any] | None = None) -> Place:
    """Return where people sign in at a side; `more` hosts may be on the way."""
    proxied = {name: value for name, value in BEHIND_A_PROXY.items() if name != "Host"}
    return Place({urlsplit(ISSUER).netloc: (side.port, proxied), **(more or {})}, ours.basic(grounds.secret))
