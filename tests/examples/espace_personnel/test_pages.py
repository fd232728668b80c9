"""Signing in to the example applications, well and badly."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.examples.stand_in import StandIn, new_key


def sign_in(browser: FlaskClient, provider: StandIn, prefix: str = "", **changes: str) -> TestResponse:
    """Sign in as a browser would; return the answer of the callback."""
    started = browser.get(f"{prefix}/sign-in")
    return browser.get(f"{prefix}/callback", query_string=provider.answer(started.location, **changes))


def csrf(browser: FlaskClient) -> str:
    """Return the anti-forgery value of the home page's forms."""
    found = re.search(r'name="csrf" value="([^"]+)"', browser.get("/").text)
    assert found is not None
    return found[1]


class TestSignIn:
    """The way to the provider and back."""

    def test_signed_out_home_offers_to_sign_in(self, browser: FlaskClient) -> None:
        """A visitor sees a button, and no cookie is set before it is used."""
        page = browser.get("/")
        assert 200 == page.status_code
        assert 'id="sign-in"' in page.text
        assert "Set-Cookie" not in page.headers

    def test_request_has_pkce_state_and_nonce(self, browser: FlaskClient, provider: StandIn) -> None:
        """The authorization request carries S256, state and nonce, and never a secret."""
        location = browser.get("/sign-in").location
        query = parse_qs(urlsplit(location).query)
        assert location.startswith(f"{provider.issuer}/authorization?")
        assert ["S256"] == query["code_challenge_method"]
        assert ["code"] == query["response_type"]
        assert ["http://localhost:8002/callback"] == query["redirect_uri"]
        assert {"state", "nonce", "code_challenge"} <= query.keys()
        assert "secret" not in location

    def test_greets_the_member(self, browser: FlaskClient, provider: StandIn) -> None:
        """The home page shows name, dossier, situation and how the member signed in."""
        provider.profile |= {"family_name": "DUBOIS", "numero_dossier": "1234567", "situation": "affilie"}
        assert 303 == sign_in(browser, provider).status_code
        page = browser.get("/").text
        assert "Bonjour Angela DUBOIS" in page
        assert "1234567" in page
        assert "Affilié" in page
        assert "FranceConnect, niveau faible" in page
        for button in ("refresh", "logout", "step-up", "documents", "my-account"):
            assert f'id="{button}"' in page

    def test_session_identifier_changes(self, browser: FlaskClient, provider: StandIn) -> None:
        """A session identifier known before the sign-in is worthless after it."""
        browser.get("/sign-in")
        before = browser.get_cookie("espace_session")
        sign_in(browser, provider)
        after = browser.get_cookie("espace_session")
        assert before is not None
        assert after is not None
        assert before.value != after.value
        assert after.http_only
        assert "Lax" == after.same_site

    def test_reloading_the_callback_is_harmless(self, browser: FlaskClient, provider: StandIn) -> None:
        """A member who reloads the callback ends at the home page, still signed in."""
        answer = provider.answer(browser.get("/sign-in").location)
        browser.get("/callback", query_string=answer)
        again = browser.get("/callback", query_string=answer)
        assert 303 == again.status_code
        assert "/" == again.location

    def test_two_tabs_can_sign_in(self, browser: FlaskClient, provider: StandIn) -> None:
        """A sign-in started in a second tab does not spoil the first."""
        first = provider.answer(browser.get("/sign-in").location)
        browser.get("/sign-in")
        assert 303 == browser.get("/callback", query_string=first).status_code

    @pytest.mark.parametrize(
        ("prefix", "cookie"),
        [("/documents", "documents_session"), ("/simulateur", "simulateur_session")],
    )
    def test_neighbours_sign_in_as_themselves(
        self, browser: FlaskClient, provider: StandIn, prefix: str, cookie: str
    ) -> None:
        """Each application authenticates as it is registered and keeps a session of its own."""
        assert 303 == sign_in(browser, provider, prefix).status_code
        assert "Angela" in browser.get(f"{prefix}/").text
        assert browser.get_cookie(cookie, path=prefix) is not None
        assert 'id="sign-in"' in browser.get("/").text

    def test_public_client_sends_no_secret(self, browser: FlaskClient, provider: StandIn) -> None:
        """A public client proves itself by PKCE alone."""
        sign_in(browser, provider, "/documents")
        asked = provider.token_requests[-1]
        assert "" == asked["authorization"]
        assert "client_secret" not in asked
        assert "app-public" == asked["client_id"]

    def test_started_by_another_issuer_is_refused(self, browser: FlaskClient) -> None:
        """A sign-in started for another provider is refused (Core 1.0 section 4)."""
        assert 400 == browser.get("/sign-in?iss=https://evil.example").status_code


class TestRefusals:
    """Answers that must not sign anybody in."""

    def test_unknown_state(self, browser: FlaskClient, provider: StandIn) -> None:
        """An answer nobody asked for shows a page with a way on."""
        page = sign_in(browser, provider, state="another")
        assert 400 == page.status_code
        assert "Réessayer" in page.text
        assert 'id="sign-in"' in browser.get("/").text

    def test_answer_without_issuer(self, browser: FlaskClient, provider: StandIn) -> None:
        """An answer of another issuer is refused before its code is used (RFC 9207)."""
        assert 400 == sign_in(browser, provider, iss="https://evil.example").status_code
        assert [] == provider.token_requests

    def test_provider_error_is_told_in_french(self, browser: FlaskClient, provider: StandIn) -> None:
        """A refusal at the provider becomes a sentence, and what it says is escaped."""
        page = sign_in(browser, provider, error="access_denied", error_description="<script>x")
        assert 400 == page.status_code
        assert "interrompue" in page.text
        assert "&lt;script&gt;x" in page.text

    @pytest.mark.parametrize(
        "claims",
        [
            {"nonce": "another"},
            {"iss": "https://evil.example"},
            {"aud": "another"},
            {"aud": ["app-basic", "another"], "azp": "another"},
            {"exp": 1},
            {"at_hash": "another"},
        ],
        ids="-".join,
    )
    def test_bad_id_token(self, browser: FlaskClient, provider: StandIn, claims: dict[str, object]) -> None:
        """An ID token that fails one check signs nobody in (Core 1.0 section 3.1.3.7)."""
        provider.tamper = dict(claims)
        page = sign_in(browser, provider)
        assert 400 == page.status_code
        assert "invalid_id_token" in page.text
        assert 'id="sign-in"' in browser.get("/").text

    def test_foreign_signature(self, browser: FlaskClient, provider: StandIn) -> None:
        """An ID token signed with a key that is not published is refused."""
        provider.signer = new_key("first")
        assert 400 == sign_in(browser, provider).status_code

    def test_userinfo_of_somebody_else(self, browser: FlaskClient, provider: StandIn) -> None:
        """Userinfo about another subject is refused (Core 1.0 section 5.3.2)."""
        provider.profile["sub"] = "member-2"
        assert 400 == sign_in(browser, provider).status_code
        assert 'id="sign-in"' in browser.get("/").text

    def test_stale_reauthentication(self, browser: FlaskClient, provider: StandIn) -> None:
        """When the member was to be asked again, an old authentication is refused."""
        provider.tamper = {"auth_time": 1}
        started = browser.get("/sign-in?again=1")
        assert "prompt=login" in started.location
        page = browser.get("/callback", query_string=provider.answer(started.location))
        assert 400 == page.status_code
        assert "confirmer votre identité" in page.text

    def test_somebody_else_signs_in(self, browser: FlaskClient, provider: StandIn) -> None:
        """The provider may tell of the first member's end before the browser is back with the other: nothing breaks."""
        sign_in(browser, provider)
        started = browser.get("/sign-in?again=1")
        browser.post("/back-channel-logout", data={"logout_token": provider.logout_token(sid=None, sub="member-1")})
        assert 'id="sign-in"' in browser.get("/").text
        assert 303 == browser.get("/callback", query_string=provider.answer(started.location)).status_code
        assert "Bonjour" in browser.get("/").text


class TestKeyRotation:
    """Keys of the provider change without a restart here."""

    def test_new_key_is_fetched(self, browser: FlaskClient, provider: StandIn) -> None:
        """A sign-in with a key published since the last one is accepted."""
        assert 303 == sign_in(browser, provider).status_code
        provider.key = new_key("second")
        assert 303 == sign_in(browser, provider).status_code


class TestProviderDown:
    """A provider that does not answer."""

    def test_page_with_a_way_on(self, browser: FlaskClient, provider: StandIn) -> None:
        """The member reads a sentence and may try again."""
        issuer, provider.issuer = provider.issuer, "http://another.example"
        page = browser.get("/sign-in")
        provider.issuer = issuer
        assert 503 == page.status_code
        assert "ne répond pas" in page.text
        assert 'id="retry"' in page.text


class TestRefresh:
    """The button that renews what the application knows."""

    def test_new_claims_are_shown(self, browser: FlaskClient, provider: StandIn) -> None:
        """After a refresh the page shows what userinfo says now."""
        sign_in(browser, provider)
        provider.profile["given_name"] = "Angèle"
        answer = browser.post("/refresh", data={"csrf": csrf(browser)}, follow_redirects=True)
        assert "Bonjour Angèle" in answer.text
        assert "à jour" in answer.text
        assert "refresh_token" == provider.token_requests[-1]["grant_type"]

    def test_refused_refresh_ends_the_session(self, browser: FlaskClient, provider: StandIn) -> None:
        """A refresh token that is no longer accepted signs the member out here."""
        sign_in(browser, provider)
        provider.refuse_refresh = True
        answer = browser.post("/refresh", data={"csrf": csrf(browser)}, follow_redirects=True)
        assert 'id="sign-in"' in answer.text
        assert "Reconnectez-vous" in answer.text

    @pytest.mark.parametrize("path", ["/refresh", "/logout"])
    def test_forged_form(self, browser: FlaskClient, provider: StandIn, path: str) -> None:
        """A form that is not ours changes nothing."""
        sign_in(browser, provider)
        assert 400 == browser.post(path, data={"csrf": "guess"}).status_code
        assert "Bonjour" in browser.get("/").text


class TestLogout:
    """Leaving."""

    def test_ends_here_then_there(self, browser: FlaskClient, provider: StandIn) -> None:
        """Our session ends first; the browser goes on to the provider with the hint and comes back to a message."""
        sign_in(browser, provider)
        leaving = browser.post("/logout", data={"csrf": csrf(browser)})
        query = parse_qs(urlsplit(leaving.location).query)
        assert leaving.location.startswith(f"{provider.issuer}/end_session?")
        assert {"id_token_hint", "client_id", "post_logout_redirect_uri", "state", "ui_locales"} == query.keys()
        assert ["http://localhost:8002/signed-out"] == query["post_logout_redirect_uri"]
        assert 'id="sign-in"' in browser.get("/").text
        back = browser.get("/signed-out", query_string={"state": query["state"][0]}, follow_redirects=True)
        assert "Vous êtes déconnecté" in back.text

    def test_foreign_return_says_nothing(self, browser: FlaskClient, provider: StandIn) -> None:
        """A link to the return page does not sign anybody out, nor claim to."""
        sign_in(browser, provider)
        page = browser.get("/signed-out?state=guess", follow_redirects=True)
        assert "Bonjour" in page.text
        assert "déconnecté" not in page.text


class TestBackChannelLogout:
    """The provider says that a session ended, without a browser."""

    def told(self, browser: FlaskClient, token: str, prefix: str = "") -> TestResponse:
        """Send a logout token as the provider does: no cookie, no page."""
        return browser.application.test_client().post(f"{prefix}/back-channel-logout", data={"logout_token": token})

    def test_the_session_of_a_sid_ends(self, browser: FlaskClient, provider: StandIn) -> None:
        """The member's next page is the welcome; no cookie was set on the way."""
        provider.tamper = {"sid": "session-1"}
        sign_in(browser, provider)
        answer = self.told(browser, provider.logout_token())
        assert (200, "") == (answer.status_code, answer.text)
        assert "Set-Cookie" not in answer.headers
        assert 'id="sign-in"' in browser.get("/").text

    def test_another_session_goes_on(self, browser: FlaskClient, provider: StandIn) -> None:
        """Where a session is named, the member's others stay; a neighbour's store is its own."""
        provider.tamper = {"sid": "session-2"}
        sign_in(browser, provider)
        assert 200 == self.told(browser, provider.logout_token(sub="member-1")).status_code
        assert "Bonjour" in browser.get("/").text

    def test_without_a_sid_everything_of_the_member_ends(self, browser: FlaskClient, provider: StandIn) -> None:
        """`sub` alone means every session."""
        sign_in(browser, provider)
        assert 200 == self.told(browser, provider.logout_token(sid=None, sub="member-1")).status_code
        assert 'id="sign-in"' in browser.get("/").text

    @pytest.mark.parametrize(
        "changes",
        [
            {"typ": "JWT"},
            {"iss": "https://evil.example"},
            {"client_id": "another"},
            {"exp": 1},
            {"nonce": "n"},
            {"events": None},
            {"events": {"other": {}}},
            {"jti": None},
            {"sid": None},
        ],
        ids=str,
    )
    def test_a_bad_token_ends_nothing(self, browser: FlaskClient, provider: StandIn, changes: dict[str, Any]) -> None:
        """Whatever fails one check is answered 400 (Back-Channel Logout 1.0 section 2.8)."""
        provider.tamper = {"sid": "session-1"}
        sign_in(browser, provider)
        answer = self.told(browser, provider.logout_token(**changes))
        assert (400, "invalid_request") == (answer.status_code, answer.get_json()["error"])
        assert "Bonjour" in browser.get("/").text

    def test_rubbish_and_id_tokens_end_nothing(self, browser: FlaskClient, provider: StandIn) -> None:
        """No token, no JWT, one of another signer, or an ID token."""
        sign_in(browser, provider)
        id_token = provider.id_token({"nonce": "n"}, "app-basic")
        provider.signer = new_key("first")
        for token in ("", "a.b.c", provider.logout_token(), id_token):
            assert 400 == self.told(browser, token).status_code
        assert "Bonjour" in browser.get("/").text
