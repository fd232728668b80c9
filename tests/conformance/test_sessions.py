"""Basic, Implicit, Hybrid and Form Post plans: who is signed in, since when, and when the person is asked again."""

import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from tests.support.conformance import checks
from tests.support.conformance.application import Application, Outcome
from tests.support.conformance.browser import SuiteBrowser
from tests.support.conformance.house import House
from tests.support.conformance.runs import EVERY, Run, over
from tests.support.conformance.suite import Suite


@dataclass(frozen=True, slots=True)
class Earlier:
    """A sign-in that is some seconds old."""

    application: Application
    browser: SuiteBrowser
    outcome: Outcome


@pytest.fixture(scope="module")
def earlier(house: House) -> Iterator[Callable[[str, Run], Earlier]]:
    """Two sign-ins of each run, all of them more than two seconds ago, so that no module waits by itself."""
    suite = Suite(house)
    made = {}
    for run in EVERY:
        application = suite.register(run)
        for purpose in ("prompt", "max_age"):
            browser = suite.browser()
            made[purpose, run.name] = Earlier(application, browser, application.sign_in(browser))
    time.sleep(2.1)
    yield lambda purpose, run: made[purpose, run.name]
    suite.tidy()


@over(*EVERY)
def test_oidcc_prompt_login(run: Run, earlier: Callable[[str, Run], Earlier]) -> None:
    """`prompt=login` shows the sign-in page although somebody is signed in, and the sign-in is a later one."""
    before = earlier("prompt", run)
    after = before.application.sign_in(before.browser, prompt="login")
    assert "sign-in" in after.answer.visit.kinds
    assert before.outcome.claims["sub"] == after.claims["sub"]
    assert before.outcome.claims["auth_time"] < after.claims["auth_time"]


@over(*EVERY)
def test_oidcc_max_age_1(run: Run, earlier: Callable[[str, Run], Earlier]) -> None:
    """`max_age=1` shows the sign-in page to whoever signed in two seconds ago, and the new time is told."""
    before = earlier("max_age", run)
    after = before.application.sign_in(before.browser, max_age="1")
    assert "sign-in" in after.answer.visit.kinds
    assert before.outcome.claims["sub"] == after.claims["sub"]
    assert before.outcome.claims["auth_time"] < after.claims["auth_time"]
    assert abs(time.time() - after.claims["auth_time"]) < 10


@over(*EVERY)
def test_oidcc_max_age_10000(run: Run, suite: Suite, browser: SuiteBrowser) -> None:
    """Within the age nobody is asked, and the time of the sign-in is told and stays."""
    application = suite.register(run)
    first = application.sign_in(browser, max_age="15000")
    second = application.sign_in(browser, max_age="10000")
    assert second.answer.silent
    assert first.claims["auth_time"] == second.claims["auth_time"]
    assert first.claims["sub"] == second.claims["sub"]


@over(*EVERY)
def test_oidcc_prompt_none_not_logged_in(run: Run, suite: Suite, browser: SuiteBrowser) -> None:
    """Nobody is signed in and nobody may be asked: an error with a long state unchanged."""
    state = checks.long_text(128, secrets.choice)
    assert suite.register(run).refused(browser, *checks.NOBODY, prompt="none", state=state).silent


@over(*EVERY)
def test_oidcc_prompt_none_logged_in(run: Run, suite: Suite, browser: SuiteBrowser) -> None:
    """Whoever is signed in and has agreed sees nothing: the same person, since the same time."""
    application = suite.register(run)
    first = application.sign_in(browser)
    second = application.sign_in(browser, prompt="none")
    assert second.answer.silent
    assert [first.claims[name] for name in ("sub", "auth_time")] == [
        second.claims[name] for name in ("sub", "auth_time")
    ]


@over(*EVERY)
def test_oidcc_id_token_hint(run: Run, suite: Suite, browser: SuiteBrowser) -> None:
    """An ID token as a hint finds the person that it names."""
    application = suite.register(run)
    first = application.sign_in(browser)
    second = application.sign_in(browser, prompt="none", id_token_hint=first.id_token)
    assert second.answer.silent
    assert [first.claims[name] for name in ("sub", "auth_time")] == [
        second.claims[name] for name in ("sub", "auth_time")
    ]
