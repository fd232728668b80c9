"""PostgreSQL: restarted, crashed, sessions ended, the connection cut at a commit, every connection busy."""

import threading
import time
from collections.abc import Iterator
from typing import Literal

import pytest
from sqlalchemy import create_engine, text

from tests.faults.conftest import Case
from tests.faults.test_crashes import everybody_is_still_signed_in
from tests.support import processes
from tests.support.harness.house import DURABLE
from tests.support.harness.people import Answer, Person, at_once, statuses
from tests.support.harness.proxy import FaultProxy
from tests.support.postgresql import PostgresServer

COMMIT = b"COMMIT\x00"
"""The statement as it is sent; not a part of READ COMMITTED."""


@pytest.fixture
def postgres(case: Case) -> PostgresServer:
    """The house's PostgreSQL itself."""
    assert case.house.stores.postgres is not None
    return case.house.stores.postgres


@pytest.fixture
def between(case: Case) -> Iterator[FaultProxy]:
    """The proxy before it, whole again after the case."""
    proxy = case.house.stores.postgres_proxy
    assert proxy is not None
    yield proxy
    proxy.heal()


@pytest.mark.parametrize("how", ["fast", "immediate"])
@pytest.mark.case("R-18", "PostgreSQL restarts under sign-ins")
def test_restarted(case: Case, postgres: PostgresServer, how: str) -> None:
    """Answers fail while it is away and at no other time; the same processes go on; nothing acknowledged is lost."""
    before, away = case.house.worker_pids(), 0.0
    with case.crowd(4).at_work() as crowd:
        for _ in range(case.rounds(1, 5)):
            crowd.until(4)
            began = time.monotonic()
            assert postgres.program is not None
            if how == "fast":
                postgres.stop()
            else:
                postgres.crash()
            postgres.start(DURABLE)
            away = max(away, time.monotonic() - began)
            crowd.until(4)
    assert before == case.house.worker_pids()
    everybody_is_still_signed_in(crowd.held)
    down = case.history.downtime()
    case.tell(
        away=f"{away:.1f} s at most", longest_without_an_answer=f"{down:.1f} s",
        failures_seen=len(case.history.failures()), sign_ins=len(crowd.held),
    )  # fmt: skip
    assert not case.long or down < 10


@pytest.mark.case("R-19", "pg_terminate_backend on every session of the house, again and again")
def test_sessions_ended(case: Case) -> None:
    """Nothing is repeated that may have been carried out; the pool mends itself."""
    engine = create_engine(case.house.stores.direct_url, isolation_level="AUTOCOMMIT")
    query = text(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
        "WHERE datname = current_database() AND application_name = 'carpimko-idp' AND pid <> pg_backend_pid()"
    )
    rounds, ended = case.rounds(3, 60), 0
    with case.crowd(4).at_work() as crowd:
        for _ in range(rounds):
            crowd.until(1)
            with engine.connect() as connection:
                ended += connection.execute(query).scalar_one()
            time.sleep(0.5)
        crowd.until(4)
    engine.dispose()
    everybody_is_still_signed_in(crowd.held)
    case.tell(
        sessions_ended=ended, failures_seen=len(case.history.failures()), sign_ins=len(crowd.held),
        longest_without_an_answer=f"{case.history.downtime():.1f} s",
    )  # fmt: skip


def cut(person: Person, between: FaultProxy, when: Literal["before", "after"]) -> tuple[str, Answer]:
    """Redeem a code, its commit cut; again with another where it was another's commit, such as that of the notes."""
    for _ in range(10):
        code = person.code()
        between.trap(COMMIT, when)
        answer = person.application.redeem(code, person.dossier)
        between.heal()
        if answer.status != 200:
            return code, answer
    raise AssertionError("the commit was never its own")


@pytest.mark.case("R-20", "the connection is cut exactly at COMMIT")
def test_cut_at_commit(case: Case, between: FaultProxy) -> None:
    """Whoever asked is told to try again, never that it went well or that it did not; asking again finds out."""
    rounds = case.rounds(1, 25)
    for number in range(rounds * 2):
        when: Literal["before", "after"] = "before" if number % 2 == 0 else "after"
        person = case.person(number)
        code, answer = cut(person, between, when)
        assert (503, True) == (answer.status, "Retry-After" in {name.title() for name in answer.headers}), answer
        assert (200 if when == "before" else 400) == person.application.redeem(code, person.dossier).status
        silent = person.silent_code()
        assert silent is not None
        assert 200 == person.application.redeem(silent, person.dossier).status
    case.tell(commits_cut=rounds * 2, told_wrongly=0)


@pytest.mark.case("R-20", "the connection is cut at the COMMIT of a sign-in")
def test_a_sign_in_cut_at_commit(case: Case, between: FaultProxy) -> None:
    """The person sees our page, presses "try again" and is in; what is on record is there whole, once a session."""
    rounds = case.rounds(1, 25)
    for number in range(rounds * 2):
        person = case.person(number)
        form = person.browser.get(person.application.authorize_url())
        between.trap(COMMIT, "before" if number % 2 == 0 else "after")
        page = person.posts(form)
        assert "code" in page.query or 'id="dossier"' in page.text
        assert person.code()
        between.heal()
    case.tell(commits_cut=rounds * 2)


@pytest.mark.case("R-22", "every connection to the database waits for a lock")
def test_pool_exhausted(case: Case) -> None:
    """Answers are 503 with `Retry-After` within seconds, the process says that it lives; afterwards all works."""
    people = [case.person(number) for number in range(30)]
    codes = [person.code() for person in people]
    engine, held = create_engine(case.house.stores.direct_url), threading.Event()
    done = threading.Event()

    def hold() -> None:
        with engine.begin() as connection:
            connection.execute(text("LOCK TABLE grants IN ACCESS EXCLUSIVE MODE"))
            held.set()
            done.wait(60)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(60)
    alive: list[float] = []

    def look() -> None:
        while not done.is_set():
            began = time.monotonic()
            if processes.answers(f"http://127.0.0.1:{case.house.port}/healthz"):
                alive.append(time.monotonic() - began)
            time.sleep(0.2)

    looker = threading.Thread(target=look)
    looker.start()
    began = time.monotonic()
    answers = at_once(30, lambda number: people[number].application.redeem(codes[number]))
    took = time.monotonic() - began
    done.set()
    holder.join()
    looker.join()
    engine.dispose()
    assert {503} == set(statuses(answers))
    assert len(alive) >= 2
    assert all(e.facts["retry_after"] for e in case.history.of("redeem") if e.status == 503)
    again = at_once(30, lambda number: people[number].application.redeem(codes[number], people[number].dossier))
    assert {200} == set(statuses(again))
    case.tell(
        asked=30, answered_within=f"{took:.1f} s", healthz_answered=len(alive), slowest_healthz=f"{max(alive):.2f} s"
    )
