"""When a store breaks: an answer that says so, never a pass (N-136, V-59)."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from idp.readiness import FRESH
from tests.support.cast import PARTNER
from tests.support.faults import FaultyKeyValue, broken_database
from tests.support.pages import Browser, Page
from tests.support.provider import Provider, copied_provider, running
from tests.support.relying_party import RelyingParty

DAY = 86400


@pytest.fixture
def faulty(tmp_path: Path) -> Iterator[tuple[Provider, FaultyKeyValue]]:
    """A provider whose key-value store fails on demand."""
    with running(copied_provider(tmp_path)) as provider:
        store = FaultyKeyValue(provider.application.kv)
        provider.application.__dict__["kv"] = store
        yield provider, store


def attempt(provider: Provider, party: RelyingParty, password: str) -> tuple[Browser, list[Page]]:
    """Try to sign in, whatever answers; return every page on the way."""
    browser = provider.browser()
    pages = [browser.get(party.authorize_url())]
    if 'id="sign-in"' in pages[-1].text:
        pages.append(browser.sign_in(pages[-1], password=password))
    if 'id="consent-allow"' in pages[-1].text:
        pages.append(browser.consent(pages[-1]))
    return browser, pages


def failing(at: int) -> tuple[Callable[[int], bool], Callable[[int], bool]]:
    """Return two choices of calls: the one of that number, and all from there on."""
    return at.__eq__, at.__le__


def honest(pages: list[Page]) -> bool:
    """Whether the last page is the application's, our own page, or 503 that says when to try again."""
    last = pages[-1]
    if last.status == 503:
        return "Retry-After" in last.headers and "<h1>" in last.text
    return last.status in {0, 200}


def test_a_broken_statement_never_lets_a_wrong_password_pass(provider: Provider) -> None:
    """Each statement of a sign-in fails in turn, and from there on: no session, no code, an honest answer."""
    engine = provider.application.engine
    party = RelyingParty(provider, PARTNER, None)
    with broken_database(engine, lambda _number: False) as count:
        attempt(provider, party, "not the password")
    assert count.calls > 15
    for at in range(count.calls):
        for when in failing(at):
            provider.clock.forward(DAY)
            with broken_database(engine, when):
                browser, pages = attempt(provider, party, "not the password")
            assert honest(pages), (at, pages[-1].status, pages[-1].text[:300])
            assert "code" not in pages[-1].query
            assert "__Host-idp-session" not in browser.cookies()


def test_a_broken_statement_ends_a_right_sign_in_at_the_application_or_in_503(provider: Provider) -> None:
    """Each statement fails in turn: the code that comes is whole, and consent was on record before it."""
    engine = provider.application.engine
    party = RelyingParty(provider, PARTNER, None)
    with broken_database(engine, lambda _number: False) as count:
        attempt(provider, party, "carafe-soleil-marin-42")
    for at in range(count.calls):
        provider.clock.forward(DAY)
        with broken_database(engine, failing(at)[0]):
            _, pages = attempt(provider, party, "carafe-soleil-marin-42")
        assert honest(pages), (at, pages[-1].status)
        if "code" in pages[-1].query:
            assert 200 == party.redeem(pages[-1].query["code"]).status_code


def test_a_broken_key_value_store_never_lets_a_wrong_password_pass(faulty: tuple[Provider, FaultyKeyValue]) -> None:
    """Each call of the key-value store fails in turn, and from there on: never a session (N-136, R-12)."""
    provider, store = faulty
    party = RelyingParty(provider, PARTNER, None)
    store.reset(lambda _number: False)
    attempt(provider, party, "not the password")
    for at in range(store.calls):
        for when in failing(at):
            provider.clock.forward(DAY)
            store.reset(when)
            browser, pages = attempt(provider, party, "not the password")
            assert honest(pages), (at, pages[-1].status)
            assert "__Host-idp-session" not in browser.cookies()


def test_while_a_store_is_gone_everything_says_so(provider: Provider, espace: RelyingParty) -> None:
    """Pages and endpoints answer 503 with `Retry-After`; afterwards everything works as before."""
    browser = provider.browser()
    back = espace.sign_in(browser, scope="openid offline_access")
    issued = espace.tokens(back)
    page = provider.browser().get(espace.authorize_url())
    provider.clock.forward(10)
    with broken_database(provider.application.engine):
        for path in (espace.authorize_url(), "/", "/connexion", page.url, "/deconnexion"):
            shown = browser.get(path)
            assert (503, True) == (shown.status, "Retry-After" in shown.headers), path
            assert "code" not in shown.query
        answers = [
            espace.redeem(back.query["code"]),
            espace.refresh(issued["refresh_token"]),
            espace.userinfo(issued["access_token"]),
        ]
    assert [503] * 3 == [answer.status_code for answer in answers]
    assert all("Retry-After" in answer.headers for answer in answers)
    assert 200 == espace.refresh(issued["refresh_token"]).status_code
    assert "code" in browser.get(espace.authorize_url()).query


def test_the_person_is_still_signed_in_when_a_logout_could_not_be_kept(
    provider: Provider, espace: RelyingParty, browser: Browser
) -> None:
    """A sign-out that failed says so; nobody walks away believing to be signed out."""
    issued = espace.tokens(espace.sign_in(browser))
    page = browser.get("/deconnexion")
    with broken_database(provider.application.engine, lambda number: number >= 3):
        assert 503 == browser.submit(page, {}, "logout-confirm").status
    assert "Vous êtes déconnecté" in browser.submit(browser.get("/deconnexion"), {}, "logout-confirm").text
    assert 401 == espace.userinfo(issued["access_token"]).status_code


def test_liveness_needs_no_store_and_readiness_does(provider: Provider, browser: Browser) -> None:
    """`/healthz` and `/jwks` answer from memory; `/readyz` says that the database is gone."""
    browser.get("/connexion")
    with broken_database(provider.application.engine), broken_database(provider.application.probing):
        assert 200 == browser.raw("GET", "/healthz").status_code
        assert 200 == browser.raw("GET", "/.well-known/openid-configuration").status_code
        answer = browser.raw("GET", "/readyz")
        assert (503, "down") == (answer.status_code, answer.get_json()["needed"]["database"])
    time.sleep(FRESH)
    assert 200 == browser.raw("GET", "/readyz").status_code
