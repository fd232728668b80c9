"""The browser's part of the configuration that `demo.json` has for the suite, done on the pages as they are."""

from urllib.parse import urlencode

import pytest

from tests.support.conformance.application import Application
from tests.support.conformance.house import House
from tests.support.conformance.runs import BASIC
from tests.support.conformance.scripted import ScriptedBrowser
from tests.support.conformance.suite import Suite


@pytest.fixture
def scripted(house: House) -> ScriptedBrowser:
    """A browser that does what the configuration says."""
    return ScriptedBrowser(house, house.demonstration.contract["suite"]["configurations"]["dynamic"]["browser"])


def address(application: Application, **changes: str) -> str:
    """Return the address of a request."""
    endpoint = application.house.metadata["authorization_endpoint"]
    return f"{endpoint}?{urlencode(application.request(**changes))}"


def test_sign_in_consent_and_logout(suite: Suite, scripted: ScriptedBrowser) -> None:
    """The script signs in and agrees, comes back, needs nothing the second time, and signs out."""
    application = suite.register(BASIC[0])
    scripted.go(address(application))
    assert ["Sign in", "Agree"] == scripted.seen
    assert scripted.url.startswith(f"{application.redirect_uri}?code=")
    scripted.seen.clear()
    scripted.go(address(application))
    assert [] == scripted.seen
    scripted.go(suite.house.metadata["end_session_endpoint"])
    assert ["Sign out", "Signed out"] == scripted.seen


def test_a_second_sign_in(suite: Suite, scripted: ScriptedBrowser) -> None:
    """Asked to sign in again, the script does."""
    application = suite.register(BASIC[0])
    scripted.go(address(application))
    scripted.seen.clear()
    scripted.go(address(application, prompt="login"))
    assert ["Sign in"] == scripted.seen


def test_an_error_page_is_recognised(suite: Suite, scripted: ScriptedBrowser) -> None:
    """Where nobody may be sent back the script finds what names an error page."""
    application = suite.register(BASIC[0])
    scripted.go(address(application, redirect_uri=f"{application.redirect_uri}/other"))
    assert ["Error page"] == scripted.seen
