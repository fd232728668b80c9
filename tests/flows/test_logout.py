"""Signing out, asked for by an application or by the person: RP-Initiated Logout 1.0."""

from dataclasses import dataclass, replace
from urllib.parse import urlencode

import pytest
from joserfc.jwk import ECKey
from werkzeug.test import TestResponse

from keys import jws
from keys.purposes import Purpose
from tests.support.assertions import b64, client_key
from tests.support.cast import APP, ESPACE, ISSUER, SECRET
from tests.support.pages import Browser, Page
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty, claims_of
from tests.support.threads import at_once

BYE = f"{APP}/bye"
ODD = "a\"b'<c>&d%20#e+f=g;h/i?j\\k é"


@dataclass
class SignedIn:
    """A browser with a session, and what its application holds."""

    party: RelyingParty
    browser: Browser
    id_token: str
    access_token: str
    refresh_token: str

    def logout(self, method: str = "GET", **fields: str) -> Page:
        """Send the browser to the logout endpoint."""
        if method == "POST":
            return self.browser.post("/logout", fields, headers={"Origin": APP, "Sec-Fetch-Site": "cross-site"})
        return self.browser.get(f"/logout?{urlencode(fields)}")

    def confirm(self, page: Page) -> Page:
        """Say yes."""
        return self.browser.submit(page, {}, "logout-confirm")

    def alive(self) -> bool:
        """Whether the browser's session still signs in silently."""
        return "code" in self.browser.get(self.party.authorize_url(prompt="none")).query


def sign_in(provider: Provider) -> SignedIn:
    """Sign a member in at the fund's application."""
    espace, browser = RelyingParty(provider), provider.browser()
    issued = espace.tokens(espace.sign_in(browser, scope="openid offline_access"))
    return SignedIn(espace, browser, issued["id_token"], issued["access_token"], issued["refresh_token"])


@pytest.fixture
def member(provider: Provider) -> SignedIn:
    """A signed-in member."""
    return sign_in(provider)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_hint_of_this_session_ends_it_and_leads_back(every_provider: Provider, method: str) -> None:
    """Hint, registered address and state: signed out without a question and sent back with the very same state."""
    member = sign_in(every_provider)
    back = member.logout(
        method, id_token_hint=member.id_token, post_logout_redirect_uri=BYE, state=ODD, client_id="espace"
    )
    assert (f"{BYE}?{urlencode({'state': ODD})}", {"state": ODD}) == (back.url, back.query)
    assert "__Host-idp-session" not in member.browser.cookies()
    assert not member.alive()


def test_a_form_of_another_site_ends_the_session_too(provider: Provider, member: SignedIn) -> None:
    """A cross-site POST brings no cookies; it is sent again as GET, which does, and the session really ends."""
    fields = {"id_token_hint": member.id_token, "post_logout_redirect_uri": BYE, "state": ODD}
    without = provider.browser().raw("POST", "/logout", data=fields, headers={"Sec-Fetch-Site": "cross-site"})
    assert (303, []) == (without.status_code, without.headers.getlist("Set-Cookie"))
    assert {"state": ODD} == member.browser.get(without.headers["Location"]).query
    assert 401 == member.party.userinfo(member.access_token).status_code


def test_every_token_of_the_session_dies_before_the_redirect(member: SignedIn) -> None:
    """Access and refresh tokens are refused at once after a logout (N-054, N-081)."""
    member.logout(id_token_hint=member.id_token)
    assert 401 == member.party.userinfo(member.access_token).status_code
    assert "invalid_grant" == member.party.refresh(member.refresh_token).get_json()["error"]


def test_a_code_of_the_session_dies_with_it(member: SignedIn) -> None:
    """A code that was issued before the logout and not yet redeemed gives nothing afterwards (N-081)."""
    code = member.browser.get(member.party.authorize_url()).query["code"]
    member.logout(id_token_hint=member.id_token)
    assert "invalid_grant" == member.party.redeem(code).get_json()["error"]


def test_a_code_redeemed_beside_the_logout_gives_nothing_that_lives(every_provider: Provider) -> None:
    """Redeemed in the very moment of the logout: refused, or its token is dead afterwards (N-081)."""
    for _ in range(4):
        member = sign_in(every_provider)
        code = member.browser.get(member.party.authorize_url()).query["code"]
        token = race(member, code)
        assert 401 == member.party.userinfo(token).status_code


def race(member: SignedIn, code: str) -> str:
    """Redeem a code and sign out at the same moment; return the access token, or a word that is none."""
    answers: list[TestResponse] = []

    def act(number: int) -> None:
        if number == 0:
            answers.append(member.party.redeem(code))
        else:
            member.logout(id_token_hint=member.id_token)

    at_once(2, act)
    return str(answers[0].get_json().get("access_token", "none"))


def test_the_cookie_of_an_ended_session_is_worth_nothing(provider: Provider, member: SignedIn) -> None:
    """A copy of the cookie made before the logout opens nothing after it."""
    kept = member.browser.cookies()["__Host-idp-session"]
    member.logout(id_token_hint=member.id_token)
    thief = provider.browser()
    thief.client.set_cookie("__Host-idp-session", kept, domain="id.example.org", secure=True)
    assert "login_required" == thief.get(member.party.authorize_url(prompt="none")).query["error"]


def test_without_a_state_none_is_added(member: SignedIn) -> None:
    """The registered address and nothing else."""
    assert BYE == member.logout(id_token_hint=member.id_token, post_logout_redirect_uri=BYE).url


def test_an_expired_hint_counts(provider: Provider, member: SignedIn) -> None:
    """An application may come with the ID token it got hours ago; keys may have changed meanwhile."""
    provider.clock.forward(1500)
    assert BYE == member.logout(id_token_hint=member.id_token, post_logout_redirect_uri=BYE).url
    assert not member.alive()


@pytest.mark.parametrize("address", [f"{BYE}?foo=bar", f"{APP}/", "https://evil.example/", f"{BYE}/", f"{BYE}#x"])
def test_an_address_that_is_not_registered_is_never_followed(member: SignedIn, address: str) -> None:
    """The session ends on our own page, without a redirect, `state` or not (N-080)."""
    page = member.logout(id_token_hint=member.id_token, post_logout_redirect_uri=address, state="x")
    assert (200, f"{ISSUER}/deconnexion/fin") == (page.status, page.url)
    assert not member.alive()


def test_an_address_of_another_client_is_never_followed(provider: Provider, member: SignedIn) -> None:
    """The list is the hint's own client's."""
    other = replace(ESPACE, client_id="other", post_logout_redirect_uris=("https://other.example.org/bye",))
    provider.application.clients.upsert(other, SECRET)
    page = member.logout(id_token_hint=member.id_token, post_logout_redirect_uri=other.post_logout_redirect_uris[0])
    assert ISSUER in page.url


@pytest.mark.parametrize("fields", [{}, {"state": ODD}, {"post_logout_redirect_uri": BYE, "client_id": "espace"}])
def test_without_a_hint_the_person_is_asked_and_stays_here(member: SignedIn, fields: dict[str, str]) -> None:
    """No hint: a question, then our own page, never a redirect (N-080)."""
    page = member.logout(**fields)
    assert "Voulez-vous vous déconnecter" in page.text
    assert member.alive()
    done = member.confirm(page)
    assert f"{ISSUER}/deconnexion/fin" == done.url
    assert not member.alive()


def _forgeries(provider: Provider, member: SignedIn) -> dict[str, str]:
    claims = claims_of(member.id_token)
    header, payload, signature = member.id_token.split(".")
    thief = client_key()
    ring, now = provider.application.ring, provider.clock()
    alike = {**{name: value for name, value in claims.items() if name != "nonce"}, "jti": "j", "client_id": "espace"}
    events: dict[str, object] = {"http://schemas.openid.net/event/backchannel-logout": {}}
    access = jws.sign(ring, Purpose.ACCESS_TOKEN, alike, algorithm="ES256", now=now)
    logout = jws.sign(ring, Purpose.LOGOUT_TOKEN, {**alike, "events": events}, algorithm="ES256", now=now)
    none = b64({"alg": "none"})
    return {
        "alg none": f"{none}.{payload}.",
        "alg none, signature kept": f"{none}.{payload}.{signature}",
        "the client's own key": thief.sign({"alg": "ES256", "typ": "JWT"}, claims),
        "iss and aud swapped": thief.sign({"alg": "ES256"}, {**claims, "iss": claims["aud"], "aud": claims["iss"]}),
        "a JWT access token": access,
        "a logout token": logout,
        "an opaque access token": member.access_token,
        "changed claims": f"{header}.{b64({**claims, 'sid': 'other'})}.{signature}",
        "rubbish": "a.b.c",
        "an empty key": jws_of_empty_key(claims),
    }


def jws_of_empty_key(claims: dict[str, object]) -> str:
    """Return a token whose header brings its own key."""
    key = ECKey.generate_key("P-256")
    return client_key().sign({"alg": "ES256", "jwk": dict(key.as_dict(private=False))}, claims)


def test_nothing_but_our_id_token_is_a_hint(provider: Provider, member: SignedIn) -> None:
    """Forged, unsigned or of another kind, access and logout tokens too: a question and no redirect (N-043, N-080)."""
    for case, hint in _forgeries(provider, member).items():
        page = member.logout(id_token_hint=hint, post_logout_redirect_uri=BYE, state="x")
        assert "Voulez-vous vous déconnecter" in page.text, case
    assert member.alive()
    assert f"{ISSUER}/deconnexion/fin" == member.confirm(page).url


def test_a_hint_for_another_client_than_named_is_none(provider: Provider, member: SignedIn) -> None:
    """`client_id` and the hint's audience must agree."""
    provider.application.clients.upsert(replace(ESPACE, client_id="other"), SECRET)
    page = member.logout(id_token_hint=member.id_token, client_id="other", post_logout_redirect_uri=BYE)
    assert "Voulez-vous vous déconnecter" in page.text


def test_a_hint_of_another_session_asks_and_then_leads_back(provider: Provider, member: SignedIn) -> None:
    """A true ID token of another session cannot end this one unasked; after the question the address is good."""
    elsewhere = sign_in(provider)
    page = member.logout(id_token_hint=elsewhere.id_token, post_logout_redirect_uri=BYE, state=ODD)
    assert "Voulez-vous vous déconnecter" in page.text
    assert "Espace Personnel" in page.text
    assert f"form-action 'self' {APP}" in page.headers["Content-Security-Policy"]
    assert {"state": ODD} == member.confirm(page).query
    assert not member.alive()
    assert elsewhere.alive()


def test_repeated_parameters_end_in_a_question(member: SignedIn) -> None:
    """Of two hints or two addresses none is believed (N-005)."""
    fields = [("id_token_hint", member.id_token), ("post_logout_redirect_uri", BYE), ("state", "a"), ("state", "b")]
    page = member.browser.get(f"/logout?{urlencode(fields)}")
    assert "Voulez-vous vous déconnecter" in page.text


def test_the_end_page_comes_also_without_a_session(provider: Provider, member: SignedIn) -> None:
    """Signing out twice is no error: with a good hint back to the application, else our page."""
    member.logout(id_token_hint=member.id_token)
    again = member.logout(id_token_hint=member.id_token, post_logout_redirect_uri=BYE)
    assert BYE == again.url
    for path in ("/logout", "/deconnexion"):
        assert "Vous êtes déconnecté" in provider.browser().get(path).text


def test_our_own_page_signs_out_of_everything(member: SignedIn) -> None:
    """Home, « Me déconnecter », a question, the end: and every token is dead."""
    assert 'href="/deconnexion"' in member.browser.get("/").text
    page = member.browser.get("/deconnexion")
    assert member.alive()
    assert "Vous êtes déconnecté" in member.confirm(page).text
    assert not member.alive()
    assert 401 == member.party.userinfo(member.access_token).status_code


@pytest.mark.parametrize("csrf", ["", "forged"])
def test_nobody_else_can_sign_a_person_out(member: SignedIn, csrf: str) -> None:
    """A sign-out form without its token, or from another site, asks again (N-127)."""
    page = member.browser.post("/deconnexion", {"csrf": csrf, "ticket": ""})
    assert "Voulez-vous vous déconnecter" in page.text
    right = member.browser.get("/deconnexion").hidden()
    member.browser.post("/deconnexion", right, headers={"Sec-Fetch-Site": "cross-site"})
    assert member.alive()


def test_a_disabled_client_gets_nobody_back(provider: Provider, member: SignedIn) -> None:
    """The hint of a client that was disabled since is no longer followed."""
    provider.application.clients.upsert(replace(ESPACE, enabled=False), SECRET)
    provider.clock.forward(10)
    page = member.logout(id_token_hint=member.id_token, post_logout_redirect_uri=BYE)
    assert page.url.startswith(ISSUER)


def test_another_browsers_ticket_leads_nowhere(provider: Provider, member: SignedIn) -> None:
    """The parked logout belongs to the browser that came with it."""
    victim = sign_in(provider)
    page = member.logout(id_token_hint=victim.id_token, post_logout_redirect_uri=BYE)
    own = victim.browser.get("/deconnexion").hidden()
    done = victim.browser.post("/deconnexion", {**own, "ticket": page.hidden()["ticket"]})
    assert f"{ISSUER}/deconnexion/fin" == done.url


def test_discovery_tells_where_to_sign_out(browser: Browser) -> None:
    """`end_session_endpoint` is in the metadata."""
    told = browser.raw("GET", "/.well-known/openid-configuration").get_json()
    assert f"{ISSUER}/logout" == told["end_session_endpoint"]
