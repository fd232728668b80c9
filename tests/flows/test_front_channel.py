"""Tokens through the browser: every response type and mode, from the application to the member and back."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from idp.protocol.oidc_response_types import SUPPORTED
from idp.services.sessions import Session
from keys.half_hash import half_hash
from tests.support.cast import ISSUER, MEMBER, PARTNER
from tests.support.pages import Browser, Page
from tests.support.provider import Provider, copied_provider, running
from tests.support.relying_party import RelyingParty, claims_of, front
from tests.support.threads import at_once

STATE = "state-0123456789-._~"
FRONT = [name for name in SUPPORTED if name != "code"]
WITH_TOKEN = [name for name in FRONT if "token" in name.split()]


def channel_of(page: Page) -> str:
    """Return by which way an application was told, and that it was told by no other."""
    place = urlsplit(page.url)
    if page.status == 0:
        assert not (place.query and place.fragment)
        return "fragment" if place.fragment else "query"
    assert (ISSUER, 200) == (page.url[: len(ISSUER)], page.status)
    return "form_post"


@pytest.mark.parametrize("mode", [None, "fragment", "form_post"])
@pytest.mark.parametrize("response_type", FRONT)
def test_a_sign_in_brings_what_was_asked_for(provider: Provider, response_type: str, mode: str | None) -> None:
    """In the fragment, or posted, and never in the query; with `state` and `iss` (N-010, N-011)."""
    app = front(provider)
    back = app.sign_in(provider.browser(), response_type=response_type, response_mode=mode, nonce="n-0123456789")
    assert (mode or "fragment") == channel_of(back)
    told, parts = back.answer, set(response_type.split())
    assert (STATE, ISSUER) == (told["state"], told["iss"])
    assert parts - {"token"} == {"code", "id_token"} & told.keys()
    assert ("token" in parts) == ("access_token" in told)
    if "id_token" in parts:
        claims = claims_of(told["id_token"])
        hashes = {"c_hash": told.get("code"), "at_hash": told.get("access_token"), "s_hash": STATE}
        assert "n-0123456789" == claims["nonce"]
        assert {name: half_hash(value, "ES256") for name, value in hashes.items() if value} == {
            name: value for name, value in claims.items() if name.endswith("_hash")
        }
    if "token" in parts:
        assert "angela@example.org" == app.userinfo(told["access_token"]).get_json()["email"]
    if "code" in parts:
        assert 200 == app.redeem(told["code"]).status_code


def test_hybrid_on_every_store(every_provider: Provider) -> None:
    """One authorization from sign-in to code reuse: 31 seconds later both access tokens are dead (N-024)."""
    app, browser = front(every_provider), every_provider.browser()
    told = app.sign_in(browser, response_type="code id_token token").answer
    issued = app.redeem(told["code"]).get_json()
    first, later = claims_of(told["id_token"]), claims_of(issued["id_token"])
    assert [first[name] for name in ("iss", "sub", "sid")] == [later[name] for name in ("iss", "sub", "sid")]
    tokens = (told["access_token"], issued["access_token"])
    assert [200, 200] == [app.userinfo(token).status_code for token in tokens]
    every_provider.clock.forward(31)
    again = app.redeem(told["code"])
    assert (400, "invalid_grant") == (again.status_code, again.get_json()["error"])
    assert [401, 401] == [app.userinfo(token).status_code for token in tokens]


@pytest.mark.parametrize("wait", [0, 1, 31, 100])
def test_a_reused_code_ends_every_token(provider: Provider, wait: int) -> None:
    """The plain flow, at userinfo and at refresh too (conformance: codereuse, codereuse-30seconds)."""
    app = RelyingParty(provider)
    back = app.sign_in(provider.browser(), scope="openid offline_access")
    issued = app.tokens(back)
    provider.clock.forward(wait)
    again = app.redeem(back.query["code"])
    assert (400, "invalid_grant") == (again.status_code, again.get_json()["error"])
    assert 401 == app.userinfo(issued["access_token"]).status_code
    assert 400 == app.refresh(issued["refresh_token"]).status_code


@pytest.mark.parametrize("response_type", WITH_TOKEN)
def test_a_sign_out_ends_the_token_of_the_browser(every_provider: Provider, response_type: str) -> None:
    """Nothing of the session lives on, redeemed or not (N-054, N-081)."""
    app, browser = front(every_provider), every_provider.browser()
    told = app.sign_in(browser, response_type=response_type).answer
    assert 200 == app.userinfo(told["access_token"]).status_code
    browser.submit(browser.get("/deconnexion"), {})
    assert 401 == app.userinfo(told["access_token"]).status_code
    if "code" in told:
        assert 400 == app.redeem(told["code"]).status_code


@pytest.mark.parametrize("mode", [None, "form_post"])
@pytest.mark.parametrize("response_type", FRONT)
def test_errors_come_the_same_way(provider: Provider, response_type: str, mode: str | None) -> None:
    """Silent failures and bad requests alike: fragment or form, never the query, and nothing else in them."""
    app, browser = front(provider), provider.browser()
    faults: dict[str, dict[str, str | None]] = {
        "login_required": {"prompt": "none"},
        "invalid_scope": {"scope": "profile"},
        "invalid_request": {"claims": "{"},
    }
    for error, changes in faults.items():
        page = browser.get(app.authorize_url(response_type=response_type, response_mode=mode, **changes))
        assert (mode or "fragment") == channel_of(page)
        told = page.answer
        assert (error, STATE, ISSUER) == (told["error"], told["state"], told["iss"])
        assert told.keys() <= {"error", "error_description", "state", "iss"}


@pytest.mark.parametrize("mode", [None, "form_post"])
@pytest.mark.parametrize("response_type", FRONT)
def test_nonce_is_compulsory_with_an_id_token(provider: Provider, response_type: str, mode: str | None) -> None:
    """Conformance: ensure-request-without-nonce-fails, and for `code token` that it succeeds."""
    app, browser = front(provider), provider.browser()
    page = browser.get(app.authorize_url(response_type=response_type, response_mode=mode, nonce=None))
    if response_type == "code token":
        assert "access_token" in browser.sign_in(page).answer
        return
    assert ((mode or "fragment"), "invalid_request") == (channel_of(page), page.answer["error"])


def test_a_missing_response_type_is_told_in_the_query(provider: Provider) -> None:
    """Or in a form, where that was asked for (conformance: response-type-missing)."""
    app, browser = front(provider), provider.browser()
    for mode, way in ((None, "query"), ("form_post", "form_post")):
        page = browser.get(app.authorize_url(response_type=None, response_mode=mode))
        assert (way, "invalid_request", STATE) == (channel_of(page), page.answer["error"], page.answer["state"])


@pytest.mark.parametrize("response_type", FRONT)
def test_no_token_comes_in_a_query(provider: Provider, response_type: str) -> None:
    """Asked for expressly, it is refused in the fragment; a member who is signed in changes nothing."""
    app, browser = front(provider), provider.browser()
    app.sign_in(browser)
    page = browser.get(app.authorize_url(response_type=response_type, response_mode="query"))
    assert ("fragment", "invalid_request") == (channel_of(page), page.answer["error"])


@pytest.mark.parametrize("response_type", FRONT)
def test_nobody_gets_tokens_without_leave(provider: Provider, response_type: str) -> None:
    """An application that was registered for codes stays with codes (N-006)."""
    app, browser = RelyingParty(provider), provider.browser()
    app.sign_in(browser)
    page = browser.get(app.authorize_url(response_type=response_type))
    assert ("fragment", "unauthorized_client") == (channel_of(page), page.answer["error"])


def test_a_refusal_of_consent_comes_the_same_way(provider: Provider) -> None:
    """A third party's application learns of it in the fragment; after consent it gets its tokens."""
    changes = {"first_party": False, "redirect_uris": PARTNER.redirect_uris, "token_endpoint_auth_method": "none"}
    app, browser = front(provider, **changes), provider.browser()
    page = browser.sign_in(browser.get(app.authorize_url(response_type="id_token token")))
    refused = browser.consent(page, "deny")
    assert ("fragment", "access_denied") == (channel_of(refused), refused.answer["error"])
    page = browser.get(app.authorize_url(response_type="id_token token"))
    told = browser.consent(page).answer
    assert {"access_token", "id_token"} <= told.keys()
    provider.application.edge.consents.withdraw(_account_id(provider), "front")
    assert 401 == app.userinfo(told["access_token"]).status_code


def test_a_signed_in_member_sees_no_page(provider: Provider) -> None:
    """Single sign-on and `prompt=none` as for a code, with the same subject and time of sign-in."""
    app, browser = front(provider), provider.browser()
    first = app.sign_in(browser, response_type="id_token").answer
    provider.clock.forward(10)
    page = browser.get(app.authorize_url(response_type="id_token", prompt="none", id_token_hint=first["id_token"]))
    again = claims_of(page.answer["id_token"])
    before = claims_of(first["id_token"])
    assert [before[name] for name in ("sub", "auth_time", "sid")] == [
        again[name] for name in ("sub", "auth_time", "sid")
    ]
    assert before["iat"] + 10 == again["iat"]


def test_an_application_in_the_browser_may_have_its_code_in_the_fragment(provider: Provider) -> None:
    """Where it is registered for that mode; the code is redeemed as any other."""
    app = front(provider, response_modes=frozenset({"query", "fragment"}), token_endpoint_auth_method="none")
    back = app.sign_in(provider.browser(), response_mode="fragment")
    assert "fragment" == channel_of(back)
    assert 200 == app.redeem(back.answer["code"]).status_code


@pytest.mark.parametrize("verifier", [None, "x" * 43])
def test_missing_and_wrong_verifiers_are_invalid_grants(provider: Provider, verifier: str | None) -> None:
    """In the hybrid flow as in the plain one (N-020; conformance of FAPI 2.0 asks for this very code)."""
    for response_type in ("code", "code id_token token"):
        app = front(provider)
        told = app.sign_in(provider.browser(), response_type=response_type).answer
        fields = {"grant_type": "authorization_code", "redirect_uri": app.client.redirect_uris[0]}
        sent = {**fields, "code": told["code"], **({"code_verifier": verifier} if verifier else {})}
        answer = app.token(**sent)
        assert (400, "invalid_grant") == (answer.status_code, answer.get_json()["error"])


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("response_type", ["code", "code id_token token"])
def test_a_form_from_an_application_works_through_login(provider: Provider, response_type: str, known: bool) -> None:
    """POST is as good as GET, in a browser that was here before and in a new one (ensure-post-request-succeeds)."""
    app, browser = front(provider), provider.browser()
    if known:
        browser.get("/")
    asked = Page(app.authorize_url(response_type=response_type), 0, "", {}).query
    cross_site = {"Origin": "https://app.example.org", "Sec-Fetch-Site": "cross-site"}
    page = browser.post("/authorize", asked, headers=cross_site)
    told = browser.sign_in(page).answer
    assert (STATE, 200) == (told["state"], app.redeem(told["code"]).status_code)


def _account_id(provider: Provider) -> str:
    with provider.application.store.reading() as unit:
        account = unit.accounts.by_dossier(MEMBER.dossier)
    assert account is not None
    return account.id


@pytest.mark.parametrize("mode", [None, "form_post"])
def test_tokens_on_their_way_are_neither_kept_nor_told_on(provider: Provider, mode: str | None) -> None:
    """The answer is in no cache and in no Referer, and no page of another origin can frame or read it (N-009)."""
    app, browser = front(provider), provider.browser()
    app.sign_in(browser)
    answer = browser.raw("GET", app.authorize_url(response_type="code id_token token", response_mode=mode))
    assert (303 if mode is None else 200) == answer.status_code
    kept = {name: answer.headers[name] for name in ("Cache-Control", "Referrer-Policy", "X-Frame-Options")}
    assert {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY"} == kept
    if mode is None:
        place = urlsplit(answer.headers["Location"])
        assert ("", True) == (place.query, "access_token" in place.fragment)


def test_what_an_application_sends_stays_text_in_a_posted_error(provider: Provider) -> None:
    """Its `state` cannot leave its attribute, nor name another field or another address."""
    app, state = front(provider), "\"><script>alert(1)</script><form action='https://evil.example'>"
    page = provider.browser().get(app.authorize_url(response_mode="form_post", prompt="none", state=state))
    assert (app.client.redirect_uris[0], state) == (page.action(), page.answer["state"])
    assert 1 == page.text.count("<form") == page.text.count("<script")


@pytest.mark.parametrize("mode", [None, "form_post"])
@pytest.mark.parametrize("response_type", [None, "code", "id_token", "token", "nonsense"])
def test_a_third_party_is_told_of_faults_after_a_sign_in_alone(
    provider: Provider, response_type: str | None, mode: str | None
) -> None:
    """No open redirector by fragment or form either (N-013): the link alone leads to our own page."""
    app = front(provider, first_party=False, redirect_uris=PARTNER.redirect_uris)
    asked = app.authorize_url(response_type=response_type, response_mode=mode, scope="profile")
    page = provider.browser().get(asked)
    assert (200, "/connexion/") == (page.status, urlsplit(page.url).path[:11])
    assert PARTNER.redirect_uris[0] not in page.text


def test_a_sign_out_beside_an_answer_leaves_no_token(every_provider: Provider) -> None:
    """Whichever comes first, nothing of the session lives on (N-081)."""
    app, house = front(every_provider), every_provider.application
    url = app.authorize_url(response_type="code token")

    def race(browser: Browser, session: Session) -> dict[str, str]:
        def act(number: int) -> dict[str, str]:
            if number == 0:
                return browser.get(url).answer
            house.sign_out.end(session)
            return {}

        return at_once(2, act)[0]

    for _ in range(4):
        browser = every_provider.browser()
        app.sign_in(browser)
        session = house.sessions.get(browser.cookies()["__Host-idp-session"])
        assert session is not None
        told = race(browser, session)
        if "access_token" in told:
            assert 401 == app.userinfo(told["access_token"]).status_code
            assert 400 == app.redeem(told["code"]).status_code


@pytest.mark.parametrize(("policy", "confidential"), [("always", False), ("public", True)])
def test_who_may_go_without_a_challenge(tmp_path: Path, policy: str, confidential: bool) -> None:
    """Setting `authorize.pkce`: public clients never; a code without one is redeemed without a verifier."""
    with running(copied_provider(tmp_path, authorize={"pkce": policy})) as provider:
        for app in (RelyingParty(provider), RelyingParty(provider, PARTNER, None)):
            browser = provider.browser()
            page = browser.get(app.authorize_url(code_challenge=None, code_challenge_method=None))
            if not page.answer.get("error"):
                page = browser.sign_in(page)
            may = confidential and not app.client.public
            assert may == ("code" in page.answer), page.url
            if may:
                sent = {"code": page.answer["code"], "redirect_uri": app.client.redirect_uris[0]}
                assert 200 == app.token(grant_type="authorization_code", **sent).status_code
            else:
                assert "invalid_request" == page.answer["error"]
