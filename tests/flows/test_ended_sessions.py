"""A session that ended stays ended, whatever was under way."""

import threading
from collections.abc import Callable

import pytest

from idp.services.sessions import Session
from tests.flows.test_account_password import DONE, change
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


ASKED: dict[str, Callable[[Browser, RelyingParty], bool]] = {
    "account": lambda browser, _: "/connexion/" in browser.get("/compte").url,
    "silent": lambda browser, app: "login_required" == browser.get(app.authorize_url(prompt="none")).query.get("error"),
    "page": lambda browser, app: "/connexion/" in browser.get(app.authorize_url()).url,
    "sign-out": lambda browser, _: "/deconnexion/fin" in browser.get("/deconnexion").url,
}


@pytest.mark.parametrize("asked", ASKED)
def test_a_stale_store_brings_no_session_back(every_provider: Provider, asked: str) -> None:
    """A replica that was promoted before it heard of the removal, a power cut: the database knows (D2, N-081)."""
    espace, house, browser = RelyingParty(every_provider), every_provider.application, every_provider.browser()
    espace.sign_in(browser)
    session, key, raw = _record(every_provider, browser)
    house.sign_out.end(session)
    house.kv.set(key, raw, 1800)
    assert ASKED[asked](browser, espace)
    assert house.kv.get(key) is None


def test_a_sign_in_inherits_nothing_of_a_stale_store(every_provider: Provider) -> None:
    """Neither the id of the session that was ended, whose codes are dead, nor its applications."""
    espace, house, browser = RelyingParty(every_provider), every_provider.application, every_provider.browser()
    page = browser.get(espace.authorize_url())
    espace.sign_in(browser)
    session, key, raw = _record(every_provider, browser)
    house.sign_out.end(session)
    house.kv.set(key, raw, 1800)
    issued = espace.tokens(browser.sign_in(page))
    assert 200 == espace.userinfo(issued["access_token"]).status_code
    assert session.sid != _record(every_provider, browser)[0].sid


def test_a_sign_out_that_began_before_the_session_was_renewed(every_provider: Provider) -> None:
    """It read the old handle, and ends the session under the new one (N-120)."""
    browser = every_provider.browser()
    browser.sign_in(browser.get("/connexion"))
    session, _, _ = _record(every_provider, browser)
    assert DONE in change(browser).text
    every_provider.application.sign_out.end(session)
    assert "/connexion/" in browser.get("/compte").url


def _record(provider: Provider, browser: Browser) -> tuple[Session, str, bytes]:
    """Return a browser's session, and what the key-value store has of it."""
    cookie, sessions = browser.cookies()["__Host-idp-session"], provider.application.sessions
    key, session = sessions.key(cookie), sessions.get(cookie)
    assert key is not None
    assert session is not None
    raw = provider.application.kv.get(key)
    assert raw is not None
    return session, key, raw


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
