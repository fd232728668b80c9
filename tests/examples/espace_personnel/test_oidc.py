"""The relying party by itself: what it asks of the provider, and how often."""

import time
from collections.abc import Callable

import pytest

from examples.espace_personnel.config import Registration
from examples.espace_personnel.oidc import KEYS_REST, ProviderUnavailable, RelyingParty, SignInRefused
from tests.examples.stand_in import SECRETS, StandIn, new_key


def registered(provider: StandIn, clock: Callable[[], int]) -> RelyingParty:
    """Return an application of that provider, with a clock of the test's own."""
    registration = Registration("app-basic", "openid", SECRETS["app-basic"])
    return RelyingParty(provider.issuer, registration, "http://localhost:8002/callback", clock)


def test_junk_costs_the_provider_nothing(provider: StandIn) -> None:
    """Whoever sends one token after another that no key verifies has the keys read once in a while, not each time."""
    now = int(time.time())
    application = registered(provider, lambda: now)
    read = []
    for after in (0, 0, 0, KEYS_REST - 1, 1, 0):
        now += after
        with pytest.raises(SignInRefused):
            application.read_logout("a.b.c")
        read.append(provider.key_requests)
    assert [2, 2, 2, 2, 3, 3] == read


def test_junk_keeps_a_new_key_away_for_a_moment_only(provider: StandIn) -> None:
    """A provider publishes a key before it signs with it; where one does not, the wait is short."""
    now = int(time.time())
    application = registered(provider, lambda: now)
    with pytest.raises(SignInRefused):
        application.read_logout("a.b.c")
    provider.key = new_key("second")
    with pytest.raises(SignInRefused):
        application.read_logout(provider.logout_token())
    now += KEYS_REST
    assert "session-1" == application.read_logout(provider.logout_token()).sid


def test_a_provider_out_of_breath_is_let_alone(provider: StandIn) -> None:
    """A reading that failed counts too, and what the kept keys verify is believed all the while."""
    now = int(time.time())
    application = registered(provider, lambda: now)
    genuine = provider.logout_token()
    application.read_logout(genuine)
    provider.keys_out = True
    with pytest.raises(ProviderUnavailable):
        application.read_logout("a.b.c")
    with pytest.raises(SignInRefused):
        application.read_logout("a.b.c")
    assert "session-1" == application.read_logout(genuine).sid
    assert 2 == provider.key_requests
