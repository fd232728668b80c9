"""Redis: gone, empty, slow, half open. It helps and never judges, so no security answer changes."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from idp.store.kv_stand_in import STANDS_IN
from tests.faults.conftest import Case
from tests.support.activation import ticked
from tests.support.harness.invariants import DAILY_GUESSES
from tests.support.harness.people import GaveUp, Person
from tests.support.harness.proxy import FaultProxy
from tests.support.redis_server import RedisServer

PATIENCE = 4
"""Calls in vain after which a process waits no longer for every one."""
PIECES = 2
"""Pieces that a call sends at most on a new connection."""


@pytest.fixture
def redis(case: Case) -> RedisServer:
    """The house's Redis itself."""
    assert case.house.stores.redis is not None
    return case.house.stores.redis


@pytest.fixture
def between(case: Case) -> Iterator[FaultProxy]:
    """The proxy before it, whole again after the case."""
    proxy = case.house.stores.redis_proxy
    assert proxy is not None
    yield proxy
    proxy.heal()
    case.house.wait_for("redis", "ok", 300)


def come_again(held: list[tuple[Person, str]]) -> int:
    """Check that everybody is in, after one clean sign-in at most, with every token alive; count the sign-ins."""
    signed_in_anew = 0
    for person, token in held[:: max(1, len(held) // 12)]:
        assert 200 == person.application.userinfo(token, person.dossier).status
        if person.silent_code() is None:
            signed_in_anew += 1
            assert person.code()
        person.leave()
    return signed_in_anew


@pytest.mark.case("R-10", "Redis stops without saving and starts again, under sign-ins")
def test_restarted(case: Case, redis: RedisServer) -> None:
    """Members sign in anew at most, tokens live on, and a code that was redeemed is not good again."""
    spent, down = case.person(22), 0.0
    code = spent.code()
    assert 200 == spent.application.redeem(code).status
    with case.crowd(4).at_work() as crowd:
        for _ in range(case.rounds(1, 10)):
            crowd.until(3)
            began = time.monotonic()
            redis.stop()
            redis.start()
            down = max(down, time.monotonic() - began)
        crowd.until(3)
    assert 400 == spent.application.redeem(code).status
    case.tell(
        redis_down=f"{down:.1f} s at most", failures_seen=len(case.history.failures()),
        signed_in_anew=come_again(crowd.held), longest_without_an_answer=f"{case.history.downtime():.1f} s",
    )  # fmt: skip


@pytest.mark.case("R-11", "FLUSHALL, under sign-ins")
def test_flushed(case: Case, redis: RedisServer) -> None:
    """What was spent stays spent, what was revoked stays revoked."""
    spent, left = case.person(22), case.person(23)
    code = spent.code()
    assert 200 == spent.application.redeem(code).status
    token = left.tokens()["access_token"]
    assert 200 == left.application.revoke(token).status
    assert left.sign_out()
    with case.crowd(4).at_work() as crowd:
        for _ in range(case.rounds(2, 30)):
            crowd.until(2)
            redis.flush()
        crowd.until(2)
    assert 400 == spent.application.redeem(code).status
    assert 401 == left.application.userinfo(token).status
    assert left.silent_code() is None
    case.tell(signed_in_anew=come_again(crowd.held), failures_seen=len(case.history.failures()))


@pytest.mark.case("R-12", "Redis gone for minutes")
def test_gone(case: Case, between: FaultProxy) -> None:
    """The database stands in: members sign in and out, guesses are few, and nothing of one time is good in another."""
    seconds = case.rounds(10, 300)
    guesser, leaver, there, spent = (case.person(number) for number in range(20, 24))
    token, left, unspent = there.tokens()["access_token"], leaver.tokens()["access_token"], spent.code()
    guesses, statuses = 0, set[int]()
    with case.history.phase("redis gone"), between.faulty(refusing=True):
        deadline = time.monotonic() + seconds
        stood_in = case.house.wait_for("redis", STANDS_IN)
        with case.crowd(4).at_work() as crowd:
            while time.monotonic() < deadline or guesses <= DAILY_GUESSES:
                statuses.add(guess(case, guesser))
                assert 200 == there.application.userinfo(token, there.dossier).status
                guesses += 1
                time.sleep(0.1)
            crowd.until(4)
        assert leaver.sign_out()
        assert 400 == spent.application.redeem(unspent).status
        code = spent.code()
        assert 200 == spent.application.redeem(code).status
        assert there.code()
    back = case.house.wait_for("redis", "ok")
    assert [400, 400] == [spent.application.redeem(one).status for one in (unspent, code)]
    assert 401 == leaver.application.userinfo(left).status
    assert leaver.silent_code() is None
    guesser.browser.again(lambda: guesser.browser.get(guesser.application.authorize_url()))
    looked = sum(bool(e.facts["looked_at"]) for e in case.history.of("guess"))
    assert 0 < looked <= DAILY_GUESSES // 3
    case.tell(
        gone=f"{seconds} s", stood_in_after=f"{stood_in:.1f} s", signed_in_meanwhile=len(crowd.held), guesses=guesses,
        passwords_looked_at=looked, statuses=sorted(statuses), back_after=f"{back:.1f} s",
        signed_in_anew=come_again(crowd.held),
    )  # fmt: skip


def guess(case: Case, guesser: Person) -> int:
    """Try a wrong password, by the page and its captcha; return the status."""
    began = time.monotonic()
    page = guesser.browser.get(guesser.application.authorize_url())
    if 'id="dossier"' in page.text:
        fields = {"situation": "affilie", "dossier": guesser.dossier, "password": "not the password"}
        assert 'id="captcha-field"' in page.text
        page = guesser.browser.submit(page, {**fields, **ticked(page)}, "sign-in")
    looked_at = "incorrect" in page.text
    case.history.add(began, "guesser", "guess", page.status, owner=guesser.dossier, looked_at=looked_at)
    return page.status


@contextmanager
def silence(fault: str, redis: RedisServer, between: FaultProxy, seconds: int) -> Iterator[None]:
    """Have Redis say nothing for so many seconds, which the block must wait for."""
    if fault == "half open":
        with between.faulty(silent=True):
            yield
    elif fault == "frozen":
        with redis.frozen():
            yield
    else:
        (redis.pause if fault == "paused" else redis.sleep)(seconds)
        yield


@pytest.mark.parametrize(
    "fault", ["half open", "frozen", *(pytest.param(fault, marks=pytest.mark.long) for fault in ("paused", "asleep"))]
)
@pytest.mark.case("R-13", "Redis answers nothing and keeps its connections")
def test_silent(case: Case, redis: RedisServer, between: FaultProxy, fault: str) -> None:
    """Pages come within two seconds, whatever they say: after a few calls in vain hardly anybody waits for it."""
    seconds, people = case.rounds(2, 30), [case.person(number, patience=1.0) for number in range(6)]
    for person in people:
        person.code()
    stopping = threading.Event()

    def ask(person: Person) -> None:
        while not stopping.is_set():
            try:
                person.silent_code()
            except GaveUp:
                continue

    threads = [threading.Thread(target=ask, args=(person,)) for person in people]
    began, asked = time.monotonic(), between.asked
    with silence(fault, redis, between, seconds):
        for thread in threads:
            thread.start()
        time.sleep(max(0.0, began + seconds - time.monotonic()))
        until, asked = time.monotonic(), between.asked - asked
    stopping.set()
    for thread in threads:
        thread.join()
    for person in people:
        person.patience = 30
        assert person.code()
    pages = [e for e in case.history.of("page") if began <= e.began <= until - 1]
    refused = sorted(e.seconds for e in pages if e.status == 503)
    slowest, p95 = max(e.seconds for e in pages), case.history.p95("page", since=began, until=until - 1)
    case.tell(
        silent=f"{seconds} s", pages=len(pages), refused=len(refused), calls_that_reached_redis=asked,
        p50=f"{refused[len(refused) // 2]:.2f} s", p95=f"{p95:.2f} s", slowest=f"{slowest:.2f} s",
    )  # fmt: skip
    # Each process waits with every thread once, then four times, then once a second: the rest is refused at once.
    threads_of = case.house.application.settings.server.threads
    assert asked <= case.house.workers * (threads_of + PATIENCE + seconds) * PIECES
    assert not case.long or p95 < 2
