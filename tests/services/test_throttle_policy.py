"""The delays of the sign-in, as pure rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp import config
from idp.services.throttle_policy import Limits, is_exempt, pace, pair_delay, suspicious, wide_delay

LIMITS = Limits.of(config.Passwords())


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(0, 0), (1, 0), (2, 0), (3, 2), (4, 4), (5, 8), (13, 2048), (14, 3600), (25, 3600), (10**9, 3600)],
)
def test_the_delay_doubles_from_the_third_failure_to_an_hour(failures: int, seconds: int) -> None:
    """Two failures are free, then 2, 4, 8 seconds and so on, an hour at most."""
    assert seconds == pair_delay(LIMITS, failures)


@pytest.mark.parametrize(("failures", "seconds"), [(10, 0), (11, 2), (12, 4), (18, 256), (19, 300), (25, 300)])
def test_the_brake_on_every_network_is_later_and_shorter(failures: int, seconds: int) -> None:
    """Other people's guesses slow a member down late, and for five minutes at most (C-11)."""
    assert seconds == wide_delay(LIMITS, failures)


@given(st.integers(0, 10**6), st.integers(0, 20), st.integers(1, 600), st.integers(1, 86400))
def test_a_delay_never_shrinks_nor_exceeds_the_longest(failures: int, free: int, first: int, longest: int) -> None:
    """Whatever the settings, one more failure never shortens the wait."""
    limits = Limits(free, first, longest, 50, 2000)
    delay = pair_delay(limits, failures)
    assert 0 <= delay <= pair_delay(limits, failures + 1) <= longest


@given(st.builds(Limits, *[st.integers(1, 5000)] * 5), st.integers(0, 100))
def test_counting_alone_is_never_more_generous(limits: Limits, failures: int) -> None:
    """Without the shared counters every limit is at least as strict (R-12)."""
    for strict in (limits.stricter(), limits.standing_in()):
        assert pair_delay(strict, failures) >= pair_delay(limits, failures)
        assert strict.daily_failures <= limits.daily_failures
        assert strict.network_failures <= limits.network_failures
        assert strict.global_failures <= limits.global_failures
        assert strict.sprayed_dossiers <= max(2, limits.sprayed_dossiers)


@pytest.mark.parametrize(
    ("network", "sprayed", "everybody", "seconds"),
    [(0, 0, 0, 0), (49, 9, 1999, 0), (50, 0, 0, 30), (0, 10, 0, 30), (0, 0, 2000, 10), (50, 0, 2000, 30)],
)
def test_a_network_is_paced_for_its_failures_or_everybodys(
    network: int, sprayed: int, everybody: int, seconds: int
) -> None:
    """Many failures, many different dossiers (N-097) or an attack on the whole house each slow a network down."""
    found = pace(LIMITS, network_failures=network, sprayed=sprayed, all_failures=everybody)
    assert seconds == found


@pytest.mark.parametrize(
    ("network", "exempt"),
    [
        ("10.1.2.3", True),
        ("2001:db8:9:9::/64", True),
        ("11.0.0.1", False),
        ("2001:db9::/64", False),
        ("unknown", False),
    ],
)
def test_only_named_networks_are_exempt(network: str, exempt: bool) -> None:
    """A network is exempt when it lies within one that is named; what is no network never is, nor is any by default."""
    limits = Limits.of(config.Passwords(unthrottled_networks=("10.0.0.0/8", "2001:db8::/32")))
    assert exempt == is_exempt(limits, network)
    assert not is_exempt(LIMITS, network)


@pytest.mark.parametrize(
    ("failures", "sprayed", "suspect"), [(0, 0, False), (24, 4, False), (25, 0, True), (0, 5, True), (500, 500, True)]
)
def test_suspicion_comes_before_the_wait(failures: int, sprayed: int, suspect: bool) -> None:
    """From half of the failures on that make a network wait, whether on one dossier or on many."""
    assert suspect == suspicious(LIMITS, network_failures=failures, sprayed=sprayed)
