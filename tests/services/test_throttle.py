"""The counting of the sign-in's brake."""

from dataclasses import replace

import pytest

from idp import config
from idp.services.local_counters import LocalCounters
from idp.services.throttle import Throttle
from idp.services.throttle_policy import Limits
from idp.upstream_ports import KeyValueUnavailable
from tests.support.threads import at_once

LIMITS = Limits.of(config.Passwords())


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1_000_000

    def __call__(self) -> int:
        """Return the present time."""
        return self.now


class Gone(LocalCounters):
    """Counters that never answer."""

    def get(self, key: str) -> bytes | None:
        """Refuse."""
        raise KeyValueUnavailable(key)

    def many(self, *keys: str) -> list[bytes | None]:
        """Refuse."""
        raise KeyValueUnavailable(*keys)


@pytest.fixture
def clock() -> Clock:
    """A clock at a fixed time."""
    return Clock()


@pytest.fixture
def throttle(clock: Clock) -> Throttle:
    """A brake over working counters."""
    return Throttle(LocalCounters(clock), LIMITS, clock)


def _fail(throttle: Throttle, clock: Clock, times: int, dossier: str = "d", network: str = "n") -> list[int]:
    """Fail as often as asked, waiting each time; return the waits."""
    waits = []
    for _ in range(times):
        attempt = throttle.admit(dossier, network)
        assert attempt.granted
        attempt.failed()
        waits.append(attempt.retry_after)
        clock.now += attempt.retry_after
    return waits


def test_the_waits_are_those_of_the_policy(throttle: Throttle, clock: Clock) -> None:
    """Each failure announces its delay, which ends when it said."""
    assert [0, 0, 2, 4, 8, 16] == _fail(throttle, clock, 6)


def test_an_attempt_inside_a_delay_is_refused_and_not_counted(throttle: Throttle, clock: Clock) -> None:
    """Impatience does not lengthen the wait, and the remaining time is told."""
    _fail(throttle, clock, 3)
    clock.now -= 2
    refused = [throttle.admit("d", "n") for _ in range(5)]
    assert {(attempt.granted, attempt.retry_after) for attempt in refused} == {(False, 2)}
    clock.now += 2
    assert throttle.admit("d", "n").granted


def test_two_hundred_parallel_guesses_reach_the_hash_three_times(throttle: Throttle) -> None:
    """The counter is taken before the password is looked at (V-54)."""
    attempts = at_once(200, lambda _number: throttle.admit("d", "n"))
    assert sum(attempt.granted for attempt in attempts) == 3


def test_a_success_forgets_the_failures_of_its_network(throttle: Throttle, clock: Clock) -> None:
    """A member who finds the password starts afresh."""
    _fail(throttle, clock, 5)
    throttle.admit("d", "n").succeeded()
    assert [0, 0, 2] == _fail(throttle, clock, 3)


def test_an_attempt_that_never_reached_the_password_is_given_back(throttle: Throttle, clock: Clock) -> None:
    """A busy server makes nobody wait longer than the next step, and opens nothing."""
    _fail(throttle, clock, 3)
    throttle.admit("d", "n").withdrawn()
    attempt = throttle.admit("d", "n")
    assert attempt.granted


def test_another_network_has_its_own_delay(throttle: Throttle, clock: Clock) -> None:
    """Somebody else's few guesses do not make the member wait (C-11)."""
    _fail(throttle, clock, 5, network="attacker")
    clock.now -= 8
    assert throttle.admit("d", "member").granted


def test_a_dossier_accepts_twenty_five_failures_in_any_day(throttle: Throttle, clock: Clock) -> None:
    """However many networks guess, the cap holds, and each place is free again a day later."""
    started = clock.now
    for number in range(25):
        _fail(throttle, clock, 1, network=f"n{number}")
    refused = throttle.admit("d", "fresh")
    assert not refused.granted
    assert refused.cause == "dossier_everywhere"
    assert refused.retry_after == started + 86400 - clock.now
    clock.now += refused.retry_after
    assert throttle.admit("d", "fresh").granted


def test_spraying_slows_its_network_and_no_other(throttle: Throttle, clock: Clock) -> None:
    """One guess on each of ten dossiers is enough to be paced (N-097)."""
    for number in range(10):
        _fail(throttle, clock, 1, dossier=f"d{number}", network="spray")
    first, second = throttle.admit("x", "spray"), throttle.admit("y", "spray")
    assert (first.granted, second.granted, second.cause, second.retry_after) == (True, False, "network", 30)
    assert throttle.admit("y", "other").granted


def test_a_network_is_suspect_from_half_of_what_makes_it_wait(throttle: Throttle, clock: Clock) -> None:
    """Five dossiers tried, or twenty-five failures of one: a captcha for an hour, and for no other network (N-096)."""
    for number in range(5):
        assert not throttle.suspects("spray")
        _fail(throttle, clock, 1, dossier=f"d{number}", network="spray")
    assert throttle.suspects("spray")
    assert not throttle.suspects("other")
    clock.now += 3600
    assert not throttle.suspects("spray")


def test_without_the_shared_counters_every_network_is_suspect(clock: Clock) -> None:
    """An outage tightens the brake and never opens the door (N-136)."""
    assert Throttle(Gone(clock), LIMITS, clock).suspects("n")


def test_successes_of_a_large_network_are_not_failures(throttle: Throttle) -> None:
    """A hundred members behind one address sign in without waiting."""
    for number in range(100):
        attempt = throttle.admit(f"d{number}", "office")
        assert attempt.granted
        attempt.succeeded()


def test_without_the_shared_counters_this_process_counts_more_strictly(clock: Clock) -> None:
    """Gone counters mean a delay after the first failure, and a spread that is noticed at two (R-12, N-136)."""
    throttle = Throttle(Gone(clock), LIMITS, clock)
    assert [4, 8] == _fail(throttle, clock, 2)
    attempts = at_once(50, lambda _number: throttle.admit("other", "n2"))
    assert sum(attempt.granted for attempt in attempts) == 1


def test_full_local_counters_refuse(clock: Clock) -> None:
    """When nothing can be counted any more nobody is let through."""
    throttle = Throttle(Gone(clock), replace(LIMITS), clock)
    full = LocalCounters(clock, most=0)
    throttle._alone._kv = full
    attempt = throttle.admit("d", "n")
    assert (attempt.granted, attempt.retry_after) == (False, 30)


def test_a_network_of_a_test_suite_is_never_delayed(clock: Clock) -> None:
    """However often it fails, and however many of its sign-ins run at once; everybody else is counted as ever."""
    passwords = config.Passwords(unthrottled_networks=("127.0.0.0/8", "2001:db8::/32"))
    throttle = Throttle(LocalCounters(clock), Limits.of(passwords), clock)
    for network in ("127.0.0.1", "2001:db8:1:2::/64"):
        for attempt in [throttle.admit("d", network) for _ in range(50)]:
            assert (True, 0) == (attempt.granted, attempt.retry_after)
            attempt.failed()
    assert [0, 0, 2] == _fail(throttle, clock, 3, network="192.0.2.1")


def test_what_stands_in_counts_for_all_processes_and_more_strictly(clock: Clock) -> None:
    """Two processes without the shared counters have one allowance between them, smaller than the usual one."""
    shared = LocalCounters(clock)
    processes = [Throttle(Gone(clock), LIMITS, clock, shared) for _ in range(2)]
    admitted = 0
    for number in range(60):
        attempt = processes[number % 2].admit("d", f"n{number}")
        if attempt.granted:
            admitted += 1
            attempt.failed()
        clock.now += 600
    assert LIMITS.standing_in().daily_failures == admitted < LIMITS.daily_failures
    assert processes[0].suspects("n")


def test_a_stand_in_that_is_gone_too_leaves_each_process_alone(clock: Clock) -> None:
    """As strictly, never openly."""
    throttle = Throttle(Gone(clock), LIMITS, clock, Gone(clock))
    assert throttle.admit("d", "n").retry_after == 2 * LIMITS.first_delay
    assert not throttle.admit("d", "n").granted
