"""Connected devices: each opened session is on record, shown while it lives, and may be ended from another one."""

import re
from dataclasses import replace

import pytest
from sqlalchemy import text

from idp.services.devices import Visit
from idp.services.sessions import Session
from idp.upstream import LoginOutcome
from tests.support.activation import messages, text_of
from tests.support.cast import MEMBER, PASSWORD
from tests.support.devices import FIREFOX, SAFARI, at_service, fill, opened, signed_in, states, titles, told
from tests.support.pages import Browser
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty
from tests.support.threads import at_once

NOTICE = "Nouvelle connexion"


def session_of(provider: Provider, browser: Browser) -> Session:
    """Return a browser's live session."""
    found = provider.application.sessions.get(browser.cookies()["__Host-idp-session"])
    assert found is not None
    return found


def test_the_page_shows_every_live_session_and_marks_this_one(every_provider: Provider) -> None:
    """Device in plain words, method, level, network without its last part, services used: never the raw header."""
    at_service(every_provider, SAFARI)
    browser = opened(every_provider)
    page = browser.get("/compte/appareils")
    assert ["Firefox sur Windows", "Safari sur iPhone"] == titles(page, "devices")
    assert ["Cet appareil"] == states(page)
    for words in ("Mot de passe", "Simple", "192.0.2.x", "Espace Personnel"):
        assert words in page.text
    for raw in ("Mozilla", "192.0.2.77"):
        assert raw not in page.text
    assert 'id="end-1"' not in page.text


def test_a_session_is_ended_from_another_one_with_all_it_gave(every_provider: Provider) -> None:
    """Its tokens are revoked, its refresh token opens nothing, and the browser asks to sign in again."""
    espace = RelyingParty(every_provider)
    lost, issued = at_service(every_provider, SAFARI)
    browser = opened(every_provider)
    page = browser.submit(browser.get("/compte/appareils"), {"id": sid_of(browser, 2)}, "end-2")
    assert 'id="notice"' in page.text
    assert ["Firefox sur Windows"] == titles(page, "devices")
    assert [False, True] == [signed_in(one) for one in (lost, browser)]
    assert 401 == espace.userinfo(issued["access_token"]).status_code
    assert "invalid_grant" == espace.refresh(issued["refresh_token"]).get_json()["error"]
    assert "Fermée à distance, depuis une autre connexion" in states(browser.get("/compte/historique"))


def sid_of(browser: Browser, number: int) -> str:
    """Return what the button of a session sends."""
    page = browser.get("/compte/appareils")
    before = page.text[: page.text.index(f'id="end-{number}"')]
    return before.rpartition('name="id" value="')[2].partition('"')[0]


def test_all_the_others_are_ended_at_once(every_provider: Provider) -> None:
    """This browser stays signed in, and says so."""
    others = [opened(every_provider, SAFARI) for _ in range(3)]
    browser = opened(every_provider)
    page = browser.submit(browser.get("/compte/appareils"), {"all": "1"}, "end-others")
    assert 'id="only-here"' in page.text
    assert [False, False, False, True] == [signed_in(one) for one in (*others, browser)]


def test_only_our_own_form_ends_a_session_and_only_one_s_own(provider: Provider) -> None:
    """Neither another site's form, nor another member's row, nor one's own session."""
    provider.application.dossiers.upsert(replace(MEMBER, dossier="7654321"), PASSWORD)
    stranger = provider.browser()
    stranger.sign_in(stranger.get("/connexion"), dossier="7654321")
    other, browser = opened(provider, SAFARI), opened(provider)
    with provider.application.store.reading() as unit:
        account = session_of(provider, stranger).account_id
        (foreign,) = [one.id for one in unit.sign_ins.not_ended(account, 0)]
    wanted = sid_of(browser, 2)
    browser.post("/compte/appareils", {"csrf": "no", "id": wanted})
    browser.post("/compte/appareils", {"all": "1"})
    page = browser.get("/compte/appareils")
    for row in (foreign, "", "\0", wanted[:-1]):
        browser.submit(page, {"id": row}, "end-2")
    assert [True] * 3 == [signed_in(one) for one in (other, stranger, browser)]


def test_what_the_key_value_store_has_forgotten_is_not_shown_as_live(provider: Provider) -> None:
    """It alone says which session lives; the history says that the other is over."""
    lost = opened(provider, SAFARI)
    provider.clock.forward(1)
    browser = opened(provider)
    provider.application.sessions.end(session_of(provider, lost))
    assert ["Firefox sur Windows"] == titles(browser.get("/compte/appareils"), "devices")
    shown = states(browser.get("/compte/historique"))
    assert ["En cours, sur cet appareil", "Terminée"] == [one for one in shown if not one.startswith("Premier")]


def test_a_session_that_ran_out_is_not_shown(provider: Provider) -> None:
    """Idle for too long, it is over."""
    opened(provider, SAFARI)
    provider.clock.forward(1801)
    assert ["Firefox sur Windows"] == titles(opened(provider).get("/compte/appareils"), "devices")


def test_signing_in_again_in_the_same_browser_is_one_device(provider: Provider) -> None:
    """The earlier row ends as renewed; the device is told once."""
    espace = RelyingParty(provider)
    browser = opened(provider)
    fill(browser, browser.get(espace.authorize_url(prompt="login")), FIREFOX)
    assert ["Firefox sur Windows"] == titles(browser.get("/compte/appareils"), "devices")
    assert "Suivie d’une nouvelle connexion dans le même navigateur" in states(browser.get("/compte/historique"))
    assert 1 == len(told(provider, NOTICE))


def test_a_new_device_is_told_once(every_provider: Provider) -> None:
    """When, which device, how, and what to do; nothing to click, no whole number (N-100)."""
    browser = opened(every_provider)
    browser.submit(browser.get("/deconnexion"), {}, "logout-confirm")
    opened(every_provider, FIREFOX, browser)
    (message,) = told(every_provider, NOTICE)
    for words in ("Firefox sur Windows", "12•••67", "14 novembre 2023", "Ce n’était pas vous", "192.0.2.x"):
        assert words in message
    assert "http" not in message
    opened(every_provider, SAFARI)
    assert 2 == len(told(every_provider, NOTICE))


def test_many_windows_of_one_new_browser_are_told_once(every_provider: Provider) -> None:
    """Sign-ins that race each leave a row, and one message."""
    browser = every_provider.browser()
    page = browser.get("/connexion")
    cookie = browser.cookies()["__Host-idp-browser"]
    fields = {**page.hidden(), "situation": "affilie", "dossier": "1234567", "password": PASSWORD}
    own = {"Origin": "https://id.example.org", "Sec-Fetch-Site": "same-origin"}

    def submit(_number: int) -> int:
        window = every_provider.browser()
        window.client.set_cookie("__Host-idp-browser", cookie, domain="id.example.org", secure=True)
        return window.raw("POST", page.action("sign-in"), data=fields, headers=own).status_code

    assert [303, 303] == at_once(2, submit)
    assert 1 == len(told(every_provider, NOTICE))
    opened(every_provider, FIREFOX, browser)
    assert 3 == len(titles(browser.get("/compte/appareils"), "devices"))


def test_a_session_that_cannot_be_recorded_is_not_handed_out(provider: Provider) -> None:
    """Where the database does not answer, nobody holds a session that its member cannot see."""
    browser = provider.browser()
    page = browser.get("/connexion")
    with provider.application.store.begin() as unit:
        unit.session.execute(text("DROP TABLE sign_ins"))
    answer = fill(browser, page, FIREFOX)
    assert 500 <= answer.status
    assert "__Host-idp-session" not in browser.cookies()


@pytest.mark.parametrize("absent", ["idle", "absolute"])
def test_what_a_session_left_behind_ends_with_all_the_others(provider: Provider, absent: str) -> None:
    """A session that ran out is none any more, but its refresh token went on: after the page's words nothing does."""
    espace = RelyingParty(provider)
    _, left = at_service(provider, SAFARI)
    provider.clock.forward(getattr(provider.application.settings.sessions, absent) + 1)
    for _ in range(2):
        opened(provider, SAFARI)
    browser, own = at_service(provider)
    left |= espace.refresh(left["refresh_token"]).get_json()
    browser.submit(browser.get("/compte/appareils"), {"all": "1"}, "end-others")
    assert "invalid_grant" == espace.refresh(left["refresh_token"]).get_json()["error"]
    assert 401 == espace.userinfo(left["access_token"]).status_code
    assert 200 == espace.refresh(own["refresh_token"]).status_code
    assert signed_in(browser)


def test_none_is_left_however_many_there_were(provider: Provider) -> None:
    """The page shows the latest; all are ended, with what the first of them issued."""
    espace = RelyingParty(provider)
    first, issued = at_service(provider, SAFARI)
    devices, live = provider.application.edge.devices, session_of(provider, first)
    outcome = LoginOutcome(live.account_id, live.acr, live.amr, live.auth_time, live.provider)
    provider.clock.forward(1)
    for number in range(60):
        visit = Visit(f"browser-{number}", SAFARI, "192.0.2.1", f"r-{number}")
        assert devices.enter(outcome, visit, epoch=live.epoch, interaction="", previous=None)
    browser = opened(provider)
    assert 61 == devices.end_others(session_of(provider, browser))
    assert [False, True] == [signed_in(one) for one in (first, browser)]
    assert "invalid_grant" == espace.refresh(issued["refresh_token"]).get_json()["error"]
    with provider.application.store.reading() as unit:
        assert 1 == len(unit.sign_ins.not_ended(live.account_id, 0))


@pytest.mark.parametrize("button", ["end-2", "end-others"])
def test_a_change_of_address_ends_with_the_sessions_in_which_it_may_have_been_asked_for(
    provider: Provider, button: str
) -> None:
    """Whoever sat in one of them does not move the member's address by the link that was sent before."""
    stranger, _ = opened(provider, SAFARI), opened(provider, SAFARI)
    stranger.submit(stranger.get("/compte/adresse-e-mail/changer"), {"email": "stranger@example.net"}, "send-link")
    (proof,) = messages(provider, "stranger@example.net")
    found = re.search(r"https://id\.example\.org(/adresse-e-mail/\S+)", text_of(proof))
    assert found is not None
    browser = opened(provider)
    assert 'id="confirm-email"' in browser.get(found[1]).text
    chosen = {"id": sid_of(browser, 2)} if button == "end-2" else {"all": "1"}
    browser.submit(browser.get("/compte/appareils"), chosen, button)
    assert 'id="confirm-email"' not in browser.get(found[1]).text


def test_a_code_of_a_session_that_was_ended_with_the_others_is_dead(provider: Provider) -> None:
    """It was on its way to the application when the member ended the session."""
    espace = RelyingParty(provider)
    away = provider.browser()
    code = fill(away, away.get(espace.authorize_url()), SAFARI).query["code"]
    browser = opened(provider)
    assert 1 == provider.application.edge.devices.end_others(session_of(provider, browser))
    assert "invalid_grant" == espace.redeem(code).get_json()["error"]
