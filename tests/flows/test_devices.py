"""Connected devices: each opened session is on record, shown while it lives, and may be ended from another one."""

from dataclasses import replace

from sqlalchemy import text

from idp.services.sessions import Session
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


def test_all_the_others_are_ended_at_once(provider: Provider) -> None:
    """This browser stays signed in, and says so."""
    others = [opened(provider, SAFARI) for _ in range(3)]
    browser = opened(provider)
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
