"""A way back from the sign-in page to the application that sent one there (OpenID Connect Core 1.0 section 3.1.2.6)."""

from tests.support.cast import ISSUER
from tests.support.pages import Browser
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty


def test_the_application_is_told_access_denied(every_provider: Provider) -> None:
    """The answer goes where a code would have gone, with the error, the state and the issuer."""
    espace, browser = RelyingParty(every_provider), every_provider.browser()
    page = browser.get(espace.authorize_url())
    assert 'id="cancel"' in page.text
    back = browser.submit(page, {"step": "cancel"}, "cancel")
    assert back.url.startswith(espace.client.redirect_uris[0])
    assert ("access_denied", "state-0123456789-._~", ISSUER) == (
        back.query["error"],
        back.query["state"],
        back.query["iss"],
    )
    assert "code" not in back.query


def test_another_tab_goes_on(espace: RelyingParty, browser: Browser) -> None:
    """Nothing is left of it: neither the same page in another tab, nor another request, ends with it."""
    first, second = browser.get(espace.authorize_url()), browser.get(espace.authorize_url())
    browser.submit(first, {"step": "cancel"}, "cancel")
    assert "code" in browser.sign_in(second).query
    assert "code" in browser.get(first.url).query


def test_a_form_without_its_token_goes_nowhere(espace: RelyingParty, browser: Browser) -> None:
    """Another site cannot send somebody back (N-127)."""
    page = browser.get(espace.authorize_url())
    refused = browser.post(page.action("cancel"), {"step": "cancel", "csrf": "old"})
    assert (200, True) == (refused.status, refused.url.startswith(ISSUER))


def test_nobody_waits_on_a_plain_visit(browser: Browser) -> None:
    """Without an application there is nothing to go back to, and no such button."""
    page = browser.get(f"{ISSUER}/connexion")
    assert 'id="cancel"' not in page.text
    again = browser.submit(page, {"step": "cancel"}, "sign-in")
    assert 'id="sign-in-form"' in again.text
