"""Basic, Hybrid and Form Post plans: a code works once, refresh tokens belong to one application."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest

from tests.support.conformance import checks
from tests.support.conformance.application import Application, Outcome
from tests.support.conformance.house import House
from tests.support.conformance.runs import DYNAMIC, WITH_CODE, Run, over
from tests.support.conformance.suite import Suite, application_key, show_keys

JWKS = "/rotating/jwks"
LATER = 31.0
"""Seconds; the suite waits thirty for a code, and sixty for a key set to be fetched again."""


@dataclass(frozen=True, slots=True)
class Redeemed:
    """An application whose code was redeemed, and when by the monotonic clock."""

    application: Application
    outcome: Outcome
    at: float

    def wait(self) -> None:
        """Return half a minute after the code was redeemed."""
        time.sleep(max(0.0, self.at + LATER - time.monotonic()))


@pytest.fixture(scope="module", autouse=True)
def redeemed(house: House) -> Iterator[dict[str, Redeemed]]:
    """A redeemed code of each run, made before everything else here, so that all of them wait half a minute at once.

    That of the Dynamic plan is of an application whose keys stand at an address.
    """
    suite = Suite(house)
    made = {}
    for run in (*WITH_CODE, DYNAMIC):
        if run is DYNAMIC:
            keys = show_keys(house.documents, JWKS, application_key())
            application = suite.register(run, jwks=None, jwks_uri=keys, grant_types=[*run.grant_types, "refresh_token"])
            outcome = application.sign_in(suite.browser(), scope="openid offline_access", prompt="consent")
        else:
            application = suite.register(run)
            outcome = application.sign_in(suite.browser())
        made[run.name] = Redeemed(application, outcome, time.monotonic())
    yield made
    suite.tidy()


@pytest.fixture
def refreshing(suite: Suite) -> Callable[[Run], tuple[Application, Application]]:
    """Registers the two applications of the module about refresh tokens."""

    def register(run: Run) -> tuple[Application, Application]:
        grants = [*run.grant_types, "refresh_token"]
        second = suite.house.documents.url + "/callback?dummy1=lorem&dummy2=ipsum"
        return (
            suite.register(run, grant_types=grants),
            suite.register(run, application_key("second"), grant_types=grants, redirect_uris=[second]),
        )

    return register


@over(*WITH_CODE, DYNAMIC)
def test_oidcc_refresh_token(
    run: Run, suite: Suite, refreshing: Callable[[Run], tuple[Application, Application]]
) -> None:
    """A refresh gives a new access token and perhaps an ID token of the same sign-in; nobody else's token works."""
    first, second = refreshing(run)
    scope = "openid offline_access"
    outcomes = [one.sign_in(suite.browser(), scope=scope, prompt="consent") for one in (first, second)]
    time.sleep(1.0)
    for application, outcome, fields in ((first, outcomes[0], {"scope": scope}), (second, outcomes[1], {})):
        refreshed = checks.token_answer(
            application.token(grant_type="refresh_token", refresh_token=outcome.tokens["refresh_token"], **fields)
        )
        assert outcome.tokens["access_token"] != refreshed["access_token"]
        application.userinfo(refreshed["access_token"], outcome.back["sub"])
        if "id_token" in refreshed:
            renewed = application.verified(refreshed["id_token"], None)
            same = ("iss", "sub", "aud", "auth_time")
            assert [outcome.back[name] for name in same] == [renewed[name] for name in same]
            assert outcome.back["iat"] < renewed["iat"]
            assert outcome.back.get("azp") == renewed.get("azp")
        outcome.tokens |= refreshed
    stolen = outcomes[1].tokens["refresh_token"]
    checks.refused(first.token(grant_type="refresh_token", refresh_token=stolen), {"invalid_grant"})


@over(*WITH_CODE)
def test_oidcc_codereuse(run: Run, suite: Suite) -> None:
    """A code that was redeemed a moment ago is refused."""
    application = suite.register(run)
    outcome = application.sign_in(suite.browser())
    checks.refused(application.redeem(outcome.answer), {"invalid_grant"})


@over(*WITH_CODE)
def test_oidcc_codereuse_30seconds(run: Run, house: House, redeemed: dict[str, Redeemed]) -> None:
    """A code is refused half a minute later too, and the access token that came of it is then worth nothing."""
    earlier = redeemed[run.name]
    earlier.wait()
    checks.refused(earlier.application.redeem(earlier.outcome.answer), {"invalid_grant"})
    headers = {"Authorization": f"Bearer {earlier.outcome.tokens['access_token']}"}
    answer = house.send("GET", house.metadata["userinfo_endpoint"], headers=headers)
    assert 400 <= answer.status_code < 500


def test_oidcc_refresh_token_rp_key_rotation(house: House, redeemed: dict[str, Redeemed]) -> None:
    """A refresh is signed with a key that the application has only now: its set is fetched again."""
    earlier = redeemed[DYNAMIC.name]
    earlier.wait()
    rotated = replace(earlier.application, key=application_key("rotated"))
    show_keys(house.documents, JWKS, rotated.key)
    held = earlier.outcome.tokens["refresh_token"]
    checks.token_answer(rotated.token(grant_type="refresh_token", refresh_token=held))
