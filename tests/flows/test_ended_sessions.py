"""A session that ended stays ended, whatever was under way."""

import threading

from tests.support.pages import Browser
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty


def test_a_use_under_way_does_not_bring_a_session_back(provider: Provider, browser: Browser) -> None:
    """A request that read the session before the sign-out cannot write it again after (I3, N-081)."""
    espace = RelyingParty(provider)
    espace.sign_in(browser)
    sessions = provider.application.sessions
    session = sessions.get(browser.cookies()["__Host-idp-session"])
    assert session is not None
    sessions.end(session)
    provider.clock.forward(120)
    assert sessions.used(session, "another") is None
    assert "login_required" == browser.get(espace.authorize_url(prompt="none")).query["error"]


def test_parallel_use_and_sign_out(provider: Provider) -> None:
    """Of many requests beside a sign-out, none leaves a session behind."""
    espace = RelyingParty(provider)
    for _ in range(5):
        browser = provider.browser()
        espace.sign_in(browser)
        cookie = browser.cookies()["__Host-idp-session"]
        session = provider.application.sessions.get(cookie)
        assert session is not None
        provider.clock.forward(90)
        uses = [
            threading.Thread(target=provider.application.sessions.used, args=(session, f"app-{number}"))
            for number in range(4)
        ]
        for use in uses:
            use.start()
        provider.application.sessions.end(session)
        for use in uses:
            use.join()
        assert provider.application.sessions.get(cookie) is None
