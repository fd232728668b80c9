"""A house under test for every case, and the judgement after it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.cast import PARTNER
from tests.support.harness import vitals
from tests.support.harness.history import History
from tests.support.harness.house import MOBILE, House, Kind, open_stores
from tests.support.harness.invariants import violations
from tests.support.harness.people import Crowd, Person, WatchedApplication

DOSSIERS = tuple(str(2_000_000 + 137 * number) for number in range(24))
"""Members of every house."""


@dataclass
class Case:
    """One case: a house, what is written down, and what is told of it."""

    house: House
    history: History
    long: bool
    request: pytest.FixtureRequest

    def rounds(self, short: int, long: int) -> int:
        """Return how often to try it."""
        return long if self.long else short

    def tell(self, **figures: object) -> None:
        """Give figures for the report."""
        self.request.node.user_properties.extend((name.replace("_", " "), value) for name, value in figures.items())

    def person(self, number: int = 0, **options: Any) -> Person:
        """Return a member with a new browser."""
        found = Person(self.house.port, self.history, DOSSIERS[number % len(DOSSIERS)], number, **options)
        self.request.addfinalizer(found.leave)
        return found

    def mobile(self, number: int = 0) -> Person:
        """Return a member at an application whose refresh tokens rotate."""
        return self.person(number, client=MOBILE, secret=None)

    def partner(self, number: int = 0) -> Person:
        """Return a member at a third party's application, which needs consent."""
        return self.person(number, client=PARTNER, secret=None)

    def application(self, **options: Any) -> WatchedApplication:
        """Return an application."""
        return WatchedApplication(self.house.port, self.history, **options)

    def crowd(self, members: int = 6, **options: Any) -> Crowd:
        """Return members who will be at it."""
        return Crowd(options.pop("port", self.house.port), self.history, DOSSIERS[:members], **options)


class Houses:
    """The houses of a run, by kind, each started when it is first asked for."""

    def __init__(self, folder: Callable[[str], Path], stack: ExitStack) -> None:
        self._folder = folder
        self._stack = stack
        self._open: dict[Kind, House] = {}

    def of(self, kind: Kind) -> House:
        """Return the shared house on one kind of database, running."""
        if kind not in self._open:
            stores = open_stores(kind)
            self._stack.callback(stores.close)
            house = House(self._folder(f"house-{kind}") / "house", stores, dossiers=DOSSIERS)
            self._stack.callback(house.close)
            house.start()
            self._open[kind] = house
        self._open[kind].recover()
        return self._open[kind]


@pytest.fixture(scope="session")
def houses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Houses]:
    """The houses that cases share; what a case has broken, the next one finds mended."""
    with ExitStack() as stack:
        yield Houses(tmp_path_factory.mktemp, stack)


@pytest.fixture
def house(houses: Houses, request: pytest.FixtureRequest) -> House:
    """A house on PostgreSQL and Redis, or on what the case names as `house`'s parameter."""
    return houses.of(getattr(request, "param", "postgresql"))


@pytest.fixture
def case(house: House, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Case]:
    """A case on a house, and afterwards the ten invariants."""
    running = Case(house, History(tmp_path / "history.jsonl"), request.config.getoption("--faults"), request)
    running.application(who="observer").jwks()
    before = vitals.look(house)
    yield running
    house.recover()
    house.application.engine.dispose()  # the harness's own connections may have died with the case
    breaches = violations(house, running.history)
    breaches += [f"I10: {grown}" for grown in vitals.settles(house, before, 60 if running.long else 20)]
    assert [] == breaches
