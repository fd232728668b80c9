"""A session that ended stays ended, whatever was under way."""

import threading
from collections.abc import Callable

import pytest

from idp.protocol.names import ACR_TWO_FACTORS
from idp.services.devices import Devices, Visit
from idp.services.sessions import FOLLOWED_FOR, Session, handle_of, new_cookie
from tests.flows.test_account_password import DONE, change
from tests.support.pages import Browser, Page
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty
from tests.support.second_factor import add_application, confirm


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


def _signed_out_beside(provider: Provider, monkeypatch: pytest.MonkeyPatch, last_step: Callable[[], Page]) -> Page:
    """Do the last step of another proof; when its session is about to be recorded, the one before is signed out."""
    house = provider.application
    recorded = house.devices.opened

    def beside(session: Session, previous: Session | None, visit: Visit) -> bool:
        monkeypatch.undo()
        assert previous is not None
        house.sign_out.end(previous, "remote")
        return recorded(session, previous, visit)

    monkeypatch.setattr(Devices, "opened", lambda _devices, *values: beside(*values))
    return last_step()


def test_a_sign_out_beside_another_sign_in(every_provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """The new session has another id, and its codes are good; the ended one is as it was left (N-081)."""
    espace, house, browser = RelyingParty(every_provider), every_provider.application, every_provider.browser()
    espace.sign_in(browser)
    before, key, _ = _record(every_provider, browser)
    page = browser.get(espace.authorize_url(prompt="login"))
    issued = espace.tokens(_signed_out_beside(every_provider, monkeypatch, lambda: browser.sign_in(page)))
    assert 200 == espace.userinfo(issued["access_token"]).status_code
    after = _record(every_provider, browser)[0]
    assert before.sid != after.sid
    with house.store.reading() as unit:
        opened = unit.sign_ins.latest(before.account_id, 0, 9)
    assert {(after.sid, None), (before.sid, "remote")} == {(one.sid, one.ended_reason) for one in opened}
    assert house.kv.get(key) is None


def test_a_sign_out_beside_a_second_factor(every_provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the session had proven counts no more: nobody is signed in by the second factor alone (N-081, N-098)."""
    espace, browser = RelyingParty(every_provider), every_provider.browser()
    espace.sign_in(browser)
    application = add_application(every_provider, browser)
    page = browser.get(espace.authorize_url(acr_values=ACR_TWO_FACTORS))
    asked = browser.submit(page, {"step": "confirm"}, "confirm-more")
    code = application.next_code()
    shown = _signed_out_beside(every_provider, monkeypatch, lambda: confirm(browser, asked, code))
    assert 'id="sign-in-form"' in shown.text
    assert "/connexion/" in browser.get("/compte").url


def _again(browser: Browser, espace: RelyingParty) -> None:
    """Have the member prove the password again."""
    browser.sign_in(browser.get(espace.authorize_url(prompt="login")))


RENEWALS: dict[str, Callable[[Browser, RelyingParty], object]] = {
    "password": lambda browser, _: change(browser),
    "sign-in": _again,
}


@pytest.mark.parametrize("renewal", RENEWALS)
def test_a_sign_out_before_the_new_cookie_is_there(every_provider: Provider, renewal: str) -> None:
    """It comes with the old cookie, in a tab beside: the session that went on from it ends (N-081, N-120)."""
    espace, house, browser = RelyingParty(every_provider), every_provider.application, every_provider.browser()
    espace.sign_in(browser)
    session, _, _ = _record(every_provider, browser)
    beside = _with_cookies_of(every_provider, browser)
    RENEWALS[renewal](browser, espace)
    after, key, _ = _record(every_provider, browser)
    assert (session.sid, True) == (after.sid, session.handle != after.handle)
    assert "/deconnexion/fin" in beside.submit(beside.get("/deconnexion"), {}, "logout-confirm").url
    assert house.kv.get(key) is None
    assert "/connexion/" in browser.get("/compte").url
    with house.store.reading() as unit:
        assert not unit.sign_ins.not_ended(session.account_id, 0)


@pytest.mark.parametrize("last", RENEWALS)
def test_a_sign_out_two_cookies_late(every_provider: Provider, last: str) -> None:
    """The session went on twice since the tab beside was opened, within a minute: it ends all the same (N-081)."""
    espace, house, browser = RelyingParty(every_provider), every_provider.application, every_provider.browser()
    espace.sign_in(browser)
    session, _, _ = _record(every_provider, browser)
    beside = _with_cookies_of(every_provider, browser)
    for renewal in ("sign-in", last):
        RENEWALS[renewal](browser, espace)
    after, key, _ = _record(every_provider, browser)
    assert session.sid == after.sid
    assert "/deconnexion/fin" in beside.submit(beside.get("/deconnexion"), {}, "logout-confirm").url
    assert house.kv.get(key) is None
    with house.store.reading() as unit:
        assert not unit.sign_ins.not_ended(session.account_id, 0)


@pytest.mark.parametrize("later", [0, FOLLOWED_FOR])
def test_an_old_cookie_ends_nothing_elsewhere_or_later(provider: Provider, later: int) -> None:
    """Whoever copied it is shown nothing in a browser of their own; nor is anybody after a minute."""
    espace, browser = RelyingParty(provider), provider.browser()
    espace.sign_in(browser)
    other = _with_cookies_of(provider, browser)
    if not later:
        other.forget("__Host-idp-browser")
    assert DONE in change(browser).text
    provider.clock.forward(later)
    assert "/deconnexion/fin" in other.get("/deconnexion").url
    assert "/connexion/" not in browser.get("/compte").url


@pytest.mark.parametrize("recorded", [False, True])
def test_a_sign_out_in_the_middle_of_a_renewal(every_provider: Provider, recorded: bool) -> None:
    """The old record is gone, the new one not there yet; the database has the session under one handle or the other."""
    espace, house, browser = RelyingParty(every_provider), every_provider.application, every_provider.browser()
    espace.sign_in(browser)
    session, key, _ = _record(every_provider, browser)
    fresh = new_cookie()
    house.sessions.renew(session, fresh, session.epoch)
    house.kv.delete(f"session:{handle_of(fresh)}")
    if recorded:
        with house.store.begin() as unit:
            assert unit.sign_ins.move(session.handle, handle_of(fresh))
    browser.submit(browser.get("/deconnexion"), {}, "logout-confirm")
    assert house.kv.get(key) is None
    with house.store.reading() as unit:
        assert not unit.sign_ins.not_ended(session.account_id, 0)


def _with_cookies_of(provider: Provider, browser: Browser) -> Browser:
    """Return a browser with the cookies that another has now: its tab beside, or whoever copied them."""
    other = provider.browser()
    for name, value in browser.cookies().items():
        other.client.set_cookie(name, value, domain="id.example.org", path="/", secure=True)
    return other
