"""Applications learn from the browser that a session changed: OpenID Connect Session Management 1.0."""

import re
from dataclasses import replace
from urllib.parse import urlencode

import pytest

from idp.protocol.oidc_session_state import session_state
from tests.support.cast import APP, ESPACE, ISSUER, PASSWORD, SECRET
from tests.support.pages import Browser, Page
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty

STATE = "__Host-idp-state"


def expected(client_id: str, browser: Browser, told: str) -> str | None:
    """Return the value that the frame would compute in this browser for a page of the application."""
    return session_state(client_id, f"{APP}/", browser.cookies().get(STATE, ""), told.partition(".")[2])


def test_oidcc_session_management_rp_initiated_logout(espace: RelyingParty, browser: Browser) -> None:
    """The answer tells the state of this browser; after the logout the browser's state is gone."""
    page = espace.sign_in(browser)
    told = page.query["session_state"]
    assert told == expected("espace", browser, told)
    issued = espace.tokens(page)
    browser.get(f"/logout?{urlencode({'id_token_hint': issued['id_token']})}")
    assert STATE not in browser.cookies()


def test_discovery_names_the_frame(browser: Browser) -> None:
    """And the frame answers there, to anybody, without a word against frames."""
    told = browser.raw("GET", "/.well-known/openid-configuration").get_json()
    assert f"{ISSUER}/check-session" == told["check_session_iframe"]
    frame = browser.raw("GET", told["check_session_iframe"])
    assert (200, "text/html") == (frame.status_code, frame.mimetype)
    assert "X-Frame-Options" not in frame.headers
    assert f'"{STATE}"' in frame.text


def test_scripts_may_read_the_state_in_frames_of_other_sites(espace: RelyingParty, browser: Browser) -> None:
    """SameSite=None and Secure, not HttpOnly; the session's own cookie is none of that."""
    page = browser.get(espace.authorize_url())
    fields = {"situation": "affilie", "dossier": "1234567", "password": PASSWORD}
    headers = {"Origin": ISSUER, "Sec-Fetch-Site": "same-origin"}
    sent = {**page.hidden(), **fields}
    cookies = browser.raw("POST", page.action("sign-in"), data=sent, headers=headers).headers.getlist("Set-Cookie")
    (state,) = [one for one in cookies if one.startswith(f"{STATE}=")]
    (session,) = [one for one in cookies if one.startswith("__Host-idp-session=")]
    assert re.fullmatch(rf"{STATE}=[\w-]{{43}}; Secure; Path=/; SameSite=None", state)
    assert "HttpOnly" in session
    assert "SameSite=Lax" in session


def test_another_session_is_another_state(provider: Provider, espace: RelyingParty) -> None:
    """Two sign-ins of one member, two states; proving oneself again in one session changes nothing."""
    one, two = provider.browser(), provider.browser()
    for browser in (one, two):
        espace.sign_in(browser)
    first = one.cookies()[STATE]
    assert first != two.cookies()[STATE]
    espace.sign_in(one, prompt="login")
    assert first == one.cookies()[STATE]


@pytest.mark.parametrize("mode", ["query", "fragment", "form_post"])
def test_every_response_mode_carries_it(provider: Provider, browser: Browser, mode: str) -> None:
    """Query, fragment and form."""
    client = replace(ESPACE, response_modes=frozenset({"query", "fragment", "form_post"}))
    provider.application.clients.upsert(client, SECRET)
    page = RelyingParty(provider, client).sign_in(browser, response_mode=mode)
    told = field_of(page, mode)
    assert told == expected("espace", browser, told)


def field_of(page: Page, mode: str) -> str:
    """Return `session_state` from where a response mode puts it."""
    if mode == "form_post":
        return page.hidden()["session_state"]
    query = page.url.partition("#" if mode == "fragment" else "?")[2]
    return dict(part.split("=", 1) for part in query.split("&"))["session_state"]


def test_an_error_tells_it_where_a_session_lives(espace: RelyingParty, browser: Browser) -> None:
    """`prompt=none` for another member: refused, with the state of the session that is there; without one, nothing."""
    without = browser.get(espace.authorize_url(prompt="none")).query
    assert ("login_required", None) == (without["error"], without.get("session_state"))
    espace.sign_in(browser)
    refused = browser.get(espace.authorize_url(prompt="none", max_age="0")).query
    assert "login_required" == refused["error"]
    assert refused["session_state"] == expected("espace", browser, refused["session_state"])


def test_a_lost_state_is_there_again_with_the_next_answer(espace: RelyingParty, browser: Browser) -> None:
    """A browser that lost the cookie would tell applications of a change at each look."""
    espace.sign_in(browser)
    known = browser.cookies()[STATE]
    browser.forget(STATE)
    assert "code" in browser.get(espace.authorize_url()).query
    assert known == browser.cookies()[STATE]


def test_a_native_application_gets_none(provider: Provider, browser: Browser) -> None:
    """No page of a private scheme can ask."""
    native = replace(
        ESPACE,
        client_id="native",
        token_endpoint_auth_method="none",
        application_type="native",
        redirect_uris=("com.example.app:/cb",),
    )
    provider.application.clients.upsert(native)
    page = RelyingParty(provider, native, None).sign_in(browser)
    assert "code" in page.query
    assert "session_state" not in page.query
