"""Processes that are killed in the middle of what they do."""

import os
import signal
import time

import pytest

from tests.faults.conftest import Case
from tests.support.harness.history import Event
from tests.support.harness.house import House
from tests.support.harness.people import Person

POINTS = ("after_spend", "before_commit", "after_commit", "before_response")
NAMED = {"claims": '{"id_token": {"email": null}}'}
"""With a claim asked for by name, a code is redeemed the long way."""
EXCHANGES = [*((point, NAMED) for point in POINTS), *((point, dict[str, str]()) for point in POINTS[1:])]
"""A plain exchange spends the code in one with its commit: there is nothing between."""
FEW = {"members": 6}
BUSY = {"members": 16, "again": 6}
"""A crowd that signs in as fast as two processors let it: most come back by their session, as members do."""
CROWDS = pytest.mark.parametrize(("crowd", "each"), [(FEW, 6), (BUSY, 40)], ids=["few", "many"])
"""Who signs in meanwhile, and how many of them are waited for before and after."""


@pytest.mark.case("R-02", "kill -9 at each point of the code exchange")
def test_killed_in_the_code_exchange(case: Case) -> None:
    """Before the commit the code is good still; after it, it is spent, and asking again ends what nobody received."""
    rounds, waits = case.rounds(1, 25) * len(EXCHANGES), []
    for number in range(rounds):
        point, asked = EXCHANGES[number % len(EXCHANGES)]
        person = case.person(number)
        code = person.code(scope="openid email offline_access", **asked)
        case.house.crash_at(f"code-exchange.{point}")
        assert 0 == person.application.redeem(code, person.dossier).status
        assert case.house.crashed(f"code-exchange.{point}")
        waits.append(case.house.recover())
        again = person.application.redeem(code, person.dossier)
        committed = point in ("after_commit", "before_response")
        assert (400 if committed else 200) == again.status, again.body
        silent = person.silent_code()
        assert silent is not None
        assert 200 == person.application.redeem(silent, person.dossier).status
        person.leave()
    case.tell(rounds=rounds, both_processes_back_after=f"{max(waits):.1f} s at most")


@pytest.mark.case("R-04", "kill -9 at each point of a refresh, with rotation and without")
def test_killed_in_a_refresh(case: Case) -> None:
    """The token before works once more, since its answer was lost; never two live ones, and the family lives on."""
    # One that its client keeps is prolonged and committed in one exchange.
    ways = [*((point, case.mobile) for point in POINTS), *((point, case.person) for point in POINTS[2:])]
    rounds = case.rounds(1, 25) * len(ways)
    for number in range(rounds):
        point, member = ways[number % len(ways)]
        person = member(number)
        held = person.tokens(scope="openid offline_access")["refresh_token"]
        case.house.crash_at(f"refresh.{point}")
        assert 0 == person.application.refresh(held, person.dossier).status
        assert case.house.crashed(f"refresh.{point}")
        case.house.recover()
        again = person.application.refresh(held, person.dossier)
        assert 200 == again.status, (point, again.body)
        assert ("refresh_token" in again.body) == (member == case.mobile)
        assert 200 == person.application.refresh(again.body.get("refresh_token", held), person.dossier).status
        person.leave()
    case.tell(rounds=rounds, families_lost=0)


def back_after(house: House, began: float) -> float:
    """Return the seconds until the house serves again, its supervisor starting it where it has ended."""
    house.recover()
    return time.monotonic() - began


@pytest.mark.long
@CROWDS
@pytest.mark.case("R-05", "kill -9 of the parent process, under sign-ins")
def test_parent_killed(case: Case, crowd: dict[str, int], each: int) -> None:
    """Its children go with it; whoever starts it again finds the port free; sessions and tokens live on."""
    times = []
    with case.crowd(**crowd).at_work() as people:
        for _ in range(case.rounds(1, 5)):
            people.until(each // 2)
            server = case.house.server
            assert server is not None
            began = time.monotonic()
            os.kill(server.pid, signal.SIGKILL)
            server.process.wait()
            times.append(back_after(case.house, began))
        people.until(each // 2)
    everybody_is_still_signed_in(people.held)
    case.tell(
        back_after=f"{max(times):.1f} s", longest_without_an_answer=f"{case.history.downtime():.1f} s",
        failures_seen=len(case.history.failures()), **case.history.rates(),
    )  # fmt: skip
    # The many take the processors that the start needs.
    assert not case.long or crowd is BUSY or max(times) < 10


@pytest.mark.long
@CROWDS
@pytest.mark.case("R-05", "SIGHUP: new worker processes under sign-ins")
def test_reload(case: Case, crowd: dict[str, int], each: int) -> None:
    """Every process is replaced by a new one, and nobody's request is lost."""
    with case.crowd(**crowd).at_work() as people:
        people.until(each)
        before = set(case.house.worker_pids())
        assert case.house.server is not None
        case.house.server.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + 60
        while before & set(case.house.worker_pids()):
            assert time.monotonic() < deadline
            time.sleep(0.2)
        people.until(each)
    everybody_is_still_signed_in(people.held)
    lost = answers_lost(case)
    case.tell(answers_lost=len(lost), told_busy=len(case.history.failures()) - len(lost), **case.history.rates())
    # A process that ends resets a connection that was opened in that instant and has asked nothing yet: one of
    # thousands, of the many. What it has read of, it answers.
    assert {"ConnectionResetError"} >= {event.facts["error"] for event in lost}
    assert len(lost) <= (3 if crowd is BUSY else 0)


@pytest.mark.long
@CROWDS
@pytest.mark.case("R-05", "SIGTERM and a new start, under sign-ins")
def test_stopped_and_started(case: Case, crowd: dict[str, int], each: int) -> None:
    """What is under way ends well; only what finds nobody listening fails, and works when tried again."""
    with case.crowd(**crowd).at_work() as people:
        people.until(each)
        assert case.house.server is not None
        began = time.monotonic()
        assert 0 == case.house.server.stop(seconds=30)
        case.house.start()
        took = time.monotonic() - began
        people.until(each)
    everybody_is_still_signed_in(people.held)
    lost = [event for event in answers_lost(case) if event.facts["error"] != "ConnectionRefusedError"]
    refused = len(case.history.failures()) - len(lost)
    case.tell(down=f"{took:.1f} s", answers_lost=len(lost), refused_or_busy=refused, **case.history.rates())
    assert {"ConnectionResetError"} >= {event.facts["error"] for event in lost}
    assert len(lost) <= (3 if crowd is BUSY else 0)


def answers_lost(case: Case) -> list[Event]:
    """Return the failures that were no answer; all others must be the page, or the answer, that says to come again."""
    failures = case.history.failures()
    assert {0, 503} >= {event.status for event in failures}
    return [event for event in failures if event.status == 0]


def everybody_is_still_signed_in(held: list[tuple[Person, str]]) -> None:
    """Check that no session and no token was lost (I3)."""
    assert held
    for person, token in held[:: max(1, len(held) // 20)]:
        assert 200 == person.application.userinfo(token, person.dossier).status
        assert person.silent_code() is not None
        person.leave()
