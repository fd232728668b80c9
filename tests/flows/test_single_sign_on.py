"""One sign-in opens every application, and applications can ask for a new one: OpenID Connect Core 3.1.2.1."""

from dataclasses import replace
from typing import Any

import pytest

from idp.members.dossiers import Dossier
from idp.protocol.client import Client
from idp.protocol.names import ACR_PASSWORD
from tests.support.cast import ESPACE, MEMBER, PARTNER, PASSWORD, SECRET
from tests.support.pages import Browser, Page
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty, claims_of

SECOND: Client = replace(
    ESPACE, client_id="second", name="Documents", redirect_uris=("https://documents.example.org/retour",)
)
OTHER: Dossier = replace(MEMBER, dossier="2234567", email="autre@example.org")


def second_of(provider: Provider, **changes: Any) -> RelyingParty:
    """Return another application of the fund."""
    client = replace(SECOND, **changes)
    provider.application.clients.upsert(client, SECRET)
    return RelyingParty(provider, client)


def id_claims(party: RelyingParty, back: Page) -> dict[str, Any]:
    """Redeem a code and return what the ID token says."""
    return claims_of(party.tokens(back)["id_token"])


def test_a_second_application_signs_in_without_a_page(every_provider: Provider) -> None:
    """The second application gets its code by redirects alone: same member, same session, same auth_time."""
    browser, espace = every_provider.browser(), RelyingParty(every_provider)
    first = id_claims(espace, espace.sign_in(browser))
    every_provider.clock.forward(120)
    second = second_of(every_provider)
    back = browser.get(second.authorize_url())
    told = id_claims(second, back)
    assert ("second", every_provider.clock()) == (told["aud"], told["iat"])
    assert [first[name] for name in ("sub", "sid", "auth_time")] == [told[n] for n in ("sub", "sid", "auth_time")]


def test_prompt_login_asks_again_and_moves_auth_time(every_provider: Provider) -> None:
    """`prompt=login` shows the page though signed in; afterwards `auth_time` is later, `sub` and `sid` the same."""
    browser, espace = every_provider.browser(), RelyingParty(every_provider)
    first = id_claims(espace, espace.sign_in(browser))
    every_provider.clock.forward(1)
    page = browser.get(espace.authorize_url(prompt="login"))
    assert "Confirmez votre identité" in page.text
    again = id_claims(espace, browser.sign_in(page))
    assert first["auth_time"] < again["auth_time"]
    assert (first["sub"], first["sid"]) == (again["sub"], again["sid"])


def test_max_age_1_asks_again_after_two_seconds(provider: Provider, espace: RelyingParty, browser: Browser) -> None:
    """An exceeded `max_age` forces a new sign-in, whose answer does not ask yet again (N-014)."""
    first = id_claims(espace, espace.sign_in(browser))
    provider.clock.forward(2)
    page = browser.get(espace.authorize_url(max_age="1"))
    assert 200 == page.status
    provider.clock.forward(30)
    back = browser.sign_in(page)
    provider.clock.forward(2)
    assert first["auth_time"] + 32 == id_claims(espace, back)["auth_time"]


def test_a_reload_after_the_new_sign_in_does_not_ask_again(
    provider: Provider, espace: RelyingParty, browser: Browser
) -> None:
    """The request that caused the new sign-in is satisfied by it, however long ago that was."""
    page = browser.get(espace.authorize_url(max_age="1"))
    browser.sign_in(page)
    provider.clock.forward(20)
    assert "code" in browser.get(page.url).query


def test_max_age_0_is_like_prompt_login(espace: RelyingParty, browser: Browser) -> None:
    """`max_age=0` always asks."""
    espace.sign_in(browser)
    page = browser.get(espace.authorize_url(max_age="0"))
    assert 200 == page.status
    assert "code" in browser.sign_in(page).query


def test_a_generous_max_age_asks_nothing(provider: Provider, espace: RelyingParty, browser: Browser) -> None:
    """With `max_age=10000` the second request needs no page and tells the same `auth_time`."""
    first = id_claims(espace, espace.sign_in(browser, max_age="15000"))
    provider.clock.forward(60)
    again = id_claims(espace, browser.get(espace.authorize_url(max_age="10000")))
    assert first["auth_time"] == again["auth_time"]


def test_a_registered_default_max_age_counts(provider: Provider, browser: Browser) -> None:
    """A client's `default_max_age` holds where the request says nothing."""
    strict = second_of(provider, default_max_age=60)
    strict.sign_in(browser)
    provider.clock.forward(61)
    assert 200 == browser.get(strict.authorize_url()).status
    assert "code" in browser.get(strict.authorize_url(max_age="100")).query


@pytest.mark.parametrize("changes", [{}, {"max_age": "10000"}, {"login_hint": "buffy"}, {"acr_values": "eidas1"}])
def test_prompt_none_answers_at_once_when_signed_in(
    provider: Provider, espace: RelyingParty, browser: Browser, changes: dict[str, str | None]
) -> None:
    """`prompt=none` with a session gives a code without a page, same `sub` and `auth_time`."""
    first = id_claims(espace, espace.sign_in(browser))
    provider.clock.forward(5)
    silent = id_claims(espace, browser.get(espace.authorize_url(prompt="none", **changes)))
    assert (first["sub"], first["auth_time"]) == (silent["sub"], silent["auth_time"])


def test_prompt_none_never_shows_a_page(provider: Provider, espace: RelyingParty) -> None:
    """Whatever a page would be needed for becomes an error with `state` and `iss` (N-014)."""
    provider.application.clients.upsert(PARTNER)
    partner = RelyingParty(provider, PARTNER, None)
    signed_in, stranger = provider.browser(), provider.browser()
    espace.sign_in(signed_in)
    provider.clock.forward(10)
    acr = '{"id_token":{"acr":{"essential":true,"values":["eidas1"]}}}'
    cases = {
        "login_required": (stranger, espace, {}),
        "login_required, too old": (signed_in, espace, {"max_age": "1"}),
        "login_required, zero": (signed_in, espace, {"max_age": "0"}),
        "consent_required": (signed_in, partner, {}),
        "unmet_authentication_requirements": (signed_in, espace, {"claims": acr}),
    }
    for expected, (browser, party, changes) in cases.items():
        state = "s" * 124 + "-._~"
        back = browser.get(party.authorize_url(prompt="none", state=state, **changes))
        assert 0 == back.status, expected
        assert (expected.partition(",")[0], state) == (back.query["error"], back.query["state"])


def test_an_id_token_hint_names_who_must_be_signed_in(provider: Provider, espace: RelyingParty) -> None:
    """The hint of the signed-in member passes silently, also expired; another member's does not."""
    provider.application.dossiers.upsert(OTHER, "another-password-of-1962")
    browser, other = provider.browser(), provider.browser()
    mine = espace.tokens(espace.sign_in(browser))["id_token"]
    page = other.get(espace.authorize_url())
    theirs = espace.tokens(other.sign_in(page, "2234567", "another-password-of-1962"))["id_token"]
    provider.clock.forward(1200)
    assert "code" in browser.get(espace.authorize_url(prompt="none", id_token_hint=mine)).query
    silent = browser.get(espace.authorize_url(prompt="none", id_token_hint=theirs))
    assert "login_required" == silent.query["error"]


def test_a_hint_of_somebody_else_asks_for_a_sign_in_once(provider: Provider, espace: RelyingParty) -> None:
    """Signed in as someone else than hinted: the page asks; who then still is another gets an error, not a circle."""
    provider.application.dossiers.upsert(OTHER, "another-password-of-1962")
    browser = provider.browser()
    mine = espace.tokens(espace.sign_in(browser))["id_token"]
    page = browser.get(espace.authorize_url(prompt="login"))
    browser.sign_in(page, "2234567", "another-password-of-1962")
    asked = browser.get(espace.authorize_url(id_token_hint=mine))
    assert 200 == asked.status
    wrong = browser.sign_in(asked, "2234567", "another-password-of-1962")
    assert "login_required" == wrong.query["error"]
    asked = browser.get(espace.authorize_url(id_token_hint=mine))
    assert "code" in browser.sign_in(asked).query


def test_a_hint_must_be_an_id_token_for_this_client(provider: Provider, espace: RelyingParty, browser: Browser) -> None:
    """An access token, another client's ID token or a forged one is no hint."""
    second = second_of(provider)
    issued = espace.tokens(espace.sign_in(browser))
    foreign = second.tokens(browser.get(second.authorize_url()))["id_token"]
    forged = f"{issued['id_token'][:-4]}AAAA"
    for hint in (issued["access_token"], foreign, forged, "x"):
        back = browser.get(espace.authorize_url(id_token_hint=hint))
        assert "invalid_request" == back.query["error"]


def test_a_form_of_another_site_finds_the_session(provider: Provider, espace: RelyingParty, browser: Browser) -> None:
    """A cross-site POST brings no cookies of ours; it is sent again as GET, which does, and disturbs no other tab."""
    espace.sign_in(browser)
    waiting = browser.get(espace.authorize_url(prompt="login"))
    asked = Page(espace.authorize_url(prompt="none"), 0, "", {}).query
    without = provider.browser().raw("POST", "/authorize", data=asked, headers={"Sec-Fetch-Site": "cross-site"})
    assert (303, []) == (without.status_code, without.headers.getlist("Set-Cookie"))
    assert "code" in browser.get(without.headers["Location"]).query
    assert "code" in browser.sign_in(waiting).query


def test_select_account_shows_the_page(espace: RelyingParty, browser: Browser) -> None:
    """`prompt=select_account` lets a person sign in as another."""
    espace.sign_in(browser)
    page = browser.get(espace.authorize_url(prompt="select_account"))
    assert 200 == page.status
    assert "code" in browser.sign_in(page).query


def test_prompt_consent_asks_even_for_the_funds_own(espace: RelyingParty, browser: Browser) -> None:
    """A client that asks for consent gets a page, also when it is first-party."""
    page = espace.sign_in(browser, prompt="consent")
    assert "/consentement/" in page.url
    assert "code" in browser.consent(page).query


def test_an_essential_acr_out_of_reach_is_an_error_after_one_try(espace: RelyingParty, browser: Browser) -> None:
    """A level that a password does not reach: the page first, then an error, never a code with a lower `acr`."""
    wish = '{"id_token":{"acr":{"essential":true,"values":["eidas1"]}}}'
    back = espace.sign_in(browser, claims=wish)
    assert "unmet_authentication_requirements" == back.query["error"]
    reach = wish.replace("eidas1", ACR_PASSWORD)
    assert ACR_PASSWORD == id_claims(espace, browser.get(espace.authorize_url(claims=reach)))["acr"]


def test_a_session_ends_when_idle_and_in_any_case(provider: Provider, espace: RelyingParty, browser: Browser) -> None:
    """Half an hour unused, or eight hours in all, and the page asks again (N-121)."""
    espace.sign_in(browser)
    for _ in range(18):
        provider.clock.forward(1700)
        back = browser.get(espace.authorize_url(prompt="none"))
        if "error" in back.query:
            break
    assert 17 * 1700 == provider.clock() - 1_700_000_000
    espace.sign_in(browser)
    provider.clock.forward(1800)
    assert "login_required" == browser.get(espace.authorize_url(prompt="none")).query["error"]


def test_the_offline_token_keeps_the_time_of_the_sign_in(
    provider: Provider, espace: RelyingParty, browser: Browser
) -> None:
    """A refresh tells the `auth_time` of the sign-in, with a new `iat`."""
    issued = espace.tokens(espace.sign_in(browser, scope="openid offline_access"))
    first = claims_of(issued["id_token"])
    provider.clock.forward(300)
    again = claims_of(espace.refresh(issued["refresh_token"]).get_json()["id_token"])
    assert (first["auth_time"], first["sub"], first["sid"]) == (again["auth_time"], again["sub"], again["sid"])
    assert first["iat"] + 300 == again["iat"]


def test_another_member_gets_nothing_of_the_one_before(provider: Provider, espace: RelyingParty) -> None:
    """On a shared machine the second member's tokens have no value of the first's, not even `sid` (V-45)."""
    provider.application.dossiers.upsert(OTHER, "another-password-of-1962")
    browser = provider.browser()
    first = id_claims(espace, espace.sign_in(browser))
    page = browser.get(espace.authorize_url(prompt="login"))
    second = id_claims(espace, browser.sign_in(page, "2234567", "another-password-of-1962"))
    assert first["sub"] != second["sub"]
    assert first["sid"] != second["sid"]
    assert PASSWORD not in "".join(browser.history)
