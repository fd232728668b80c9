"""Signing keys that change while members sign in, and two nodes that start on an empty database."""

import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from idp.store.tables import HouseSecretRow, KeyRow
from tests.faults.conftest import DOSSIERS, Case
from tests.faults.test_crashes import BUSY
from tests.support.harness.house import House, open_stores
from tests.support.harness.people import WatchedApplication

AHEAD = 6
"""Seconds for which a key is published before it signs; a quarter of an hour, with the time between left out."""
CACHE = 2
"""Seconds for which an application keeps the set of keys: the same share of it as an hour of half a day."""


@pytest.fixture
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house of its own: its keys are moved in time."""
    stores = open_stores("postgresql")
    made = House(tmp_path_factory.mktemp("keys") / "house", stores, 2, DOSSIERS)
    made.start()
    yield made
    made.close()
    stores.close()


@pytest.mark.long
@pytest.mark.case("R-37", "signing keys rotate under sign-ins, applications keep the set of keys for a while")
def test_rotation(case: Case) -> None:
    """Every ID token verifies with the keys that applications had read before (I9); nobody's sign-in fails."""
    stopping = threading.Event()

    def read() -> None:
        application = WatchedApplication(case.house.port, case.history, who="cache of every application")
        while not stopping.is_set():
            application.jwks()
            stopping.wait(CACHE)

    reader = threading.Thread(target=read)
    reader.start()
    rotations = 0
    try:
        with case.crowd(**BUSY).at_work() as crowd:
            for _ in range(5):
                crowd.until(20)
                line = ("--config", str(case.house.file), "keys", "rotate", "--algorithm", "ES256")
                program = [sys.executable, "-c", "from idp.cli import main; main()", *line]
                done = subprocess.run(program, env=case.house.environment(), capture_output=True, text=True, check=True)
                rotations += "Nothing to do" not in done.stdout
                soon(case.house)
                time.sleep(AHEAD + 3)
            crowd.until(20)
    finally:
        stopping.set()
        reader.join()
    signed = Counter(kid_of(e.facts["id_token"]) for e in case.history.of("redeem") if "id_token" in e.facts)
    busy = [event for event in case.history.failures() if event.act == "page"]
    assert busy == case.history.failures()
    assert len(signed) >= rotations
    case.tell(rotations=rotations, keys_that_signed=len(signed), sign_ins=signed.total(), **case.history.rates(),
              tokens_that_failed=0, told_busy=len(busy))  # fmt: skip


def soon(house: House) -> None:
    """Leave out the time between: the published key signs in a few seconds, and the one before it until then."""
    then, signing = house.application.clock() + AHEAD, KeyRow.algorithm == "ES256"
    with house.application.store.begin() as unit:
        waits = signing & (KeyRow.active_from > then)
        ends = signing & (KeyRow.active_from <= then) & (KeyRow.retire_at > then)
        unit.session.execute(update(KeyRow).where(ends).values(retire_at=then))
        unit.session.execute(update(KeyRow).where(waits).values(active_from=then))


def kid_of(token: str) -> str:
    """Return the key that a token names."""
    return token.partition(".")[0]


@pytest.mark.parametrize("kind", ["postgresql", pytest.param("sqlite", marks=pytest.mark.long)])
@pytest.mark.case("R-08", "two nodes start at the same moment on an empty database")
def test_two_first_starts(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """One schema, one key of each algorithm, one secret; both serve, with the same keys."""
    rounds = 10 if request.config.getoption("--faults") and kind == "postgresql" else 1
    for number in range(rounds):
        stores = open_stores("postgresql" if kind == "postgresql" else "sqlite")
        shared = {"keys": {"kek_file": str(tmp_path / f"kek-{number}")}}
        first, second = (House(tmp_path / f"{number}-{one}", stores, 1, (), shared, empty=True) for one in range(2))
        try:
            programs = first.begin(), second.begin()
            for one, program in zip((first, second), programs, strict=True):
                program.wait_until(one.ready, 90)
            with first.application.store.reading() as unit:
                keys = unit.session.execute(select(KeyRow.algorithm, func.count()).group_by(KeyRow.algorithm)).all()
                secrets = unit.session.execute(select(func.count()).select_from(HouseSecretRow)).scalar_one()
            assert {"ES256": 1, "RS256": 1} == {row[0]: row[1] for row in keys}
            assert 1 == secrets
        finally:
            second.close()
            first.close()
            stores.close()
    request.node.user_properties.append(("starts", rounds * 2))
