"""SQLite: a second writer, and processes that are killed in a loop."""

import os
import signal
import sqlite3
from pathlib import Path

import pytest

from tests.faults.conftest import Case
from tests.faults.test_crashes import everybody_is_still_signed_in

pytestmark = pytest.mark.parametrize("house", ["sqlite"], indirect=True)


def file_of(case: Case) -> Path:
    """Return the database's file."""
    return case.house.stores.home / "idp.sqlite3"


def sound(case: Case) -> str:
    """Return what SQLite says of its file."""
    connection = sqlite3.connect(file_of(case))
    try:
        return str(connection.execute("PRAGMA integrity_check").fetchone()[0])
    finally:
        connection.close()


@pytest.mark.long
@pytest.mark.case("R-25", "another program holds SQLite's write lock")
def test_second_writer(case: Case) -> None:
    """Whoever must write is told to try again, and does; who reads notices nothing; nothing is half written."""
    person = case.person()
    token, code = person.tokens()["access_token"], person.code()
    other = sqlite3.connect(file_of(case), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    answer = person.application.redeem(code, person.dossier)
    assert (503, True) == (answer.status, "retry-after" in {name.lower() for name in answer.headers})
    assert 200 == person.application.userinfo(token, person.dossier).status
    other.execute("ROLLBACK")
    other.close()
    assert 200 == person.application.redeem(code, person.dossier).status
    redeemed = [event.seconds for event in case.history.of("redeem") if event.status == 503]
    case.tell(told_after=f"{max(redeemed):.1f} s")


@pytest.mark.long
@pytest.mark.case("R-25", "kill -9 of every process in a loop, under sign-ins")
def test_killed_in_a_loop(case: Case) -> None:
    """The file is sound each time, sessions and tokens live on."""
    rounds = case.rounds(1, 20)
    with case.crowd(4).at_work() as crowd:
        for _ in range(rounds):
            crowd.until(3)
            server = case.house.server
            assert server is not None
            for pid in (server.pid, *case.house.worker_pids()):
                os.kill(pid, signal.SIGKILL)
            server.process.wait()
            assert "ok" == sound(case)
            case.house.recover()
        crowd.until(3)
    everybody_is_still_signed_in(crowd.held)
    case.tell(rounds=rounds, integrity_check="ok", sign_ins=len(crowd.held))
