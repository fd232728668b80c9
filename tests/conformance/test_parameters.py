"""Basic, Implicit, Hybrid and Form Post plans: parameters that a provider may not stumble over."""

from urllib.parse import urlsplit

from tests.support.conformance.browser import SuiteBrowser
from tests.support.conformance.runs import EVERY, Run, over
from tests.support.conformance.suite import Suite


@over(*EVERY)
def test_oidcc_display_page(run: Run, suite: Suite, browser: SuiteBrowser) -> None:
    """`display=page` is taken."""
    suite.register(run).sign_in(browser, display="page")


@over(*EVERY)
def test_oidcc_display_popup(run: Run, suite: Suite, browser: SuiteBrowser) -> None:
    """`display=popup` is taken."""
    suite.register(run).sign_in(browser, display="popup")


@over(*EVERY)
def test_oidcc_login_hint(run: Run, suite: Suite, browser: SuiteBrowser) -> None:
    """A hint of somebody unknown is taken."""
    suite.register(run).sign_in(browser, login_hint=f"buffy@{urlsplit(suite.house.issuer).hostname}")


@over(*EVERY)
def test_oidcc_ui_locales(run: Run, suite: Suite, browser: SuiteBrowser) -> None:
    """A language of pages that the provider does not speak is taken."""
    suite.register(run).sign_in(browser, ui_locales="se")


@over(*EVERY)
def test_oidcc_claims_locales(run: Run, suite: Suite, browser: SuiteBrowser) -> None:
    """A language of claims that the provider does not have is taken."""
    suite.register(run).sign_in(browser, claims_locales="se")


@over(*EVERY)
def test_oidcc_ensure_request_with_unknown_parameter_succeeds(run: Run, suite: Suite, browser: SuiteBrowser) -> None:
    """What nobody knows is ignored."""
    suite.register(run).sign_in(browser, extra="foobar")


@over(*EVERY)
def test_oidcc_ensure_request_with_acr_values_succeeds(run: Run, suite: Suite, browser: SuiteBrowser) -> None:
    """Asked for any of the levels that it supports, the provider gives one of them and says which."""
    levels = suite.house.metadata["acr_values_supported"]
    assert suite.register(run).sign_in(browser, acr_values=" ".join(levels)).claims["acr"] in levels
