"""A third party's application receives what a member agreed to, and nothing before."""

import json
import re
from dataclasses import replace

import pytest

from idp.services.consents import Consents
from tests.support.cast import MEMBER, PARTNER
from tests.support.pages import Browser, Page
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty, claims_of

CLAIMS = json.dumps({"userinfo": {"email": {"essential": True}, "unknown": None}, "id_token": {"name": None}})


@pytest.fixture
def partner(provider: Provider) -> RelyingParty:
    """A third party's application, without a secret."""
    return RelyingParty(provider, PARTNER, None)


def account_id(provider: Provider, dossier: str = MEMBER.dossier) -> str:
    """Return the id of a member's account."""
    with provider.application.store.reading() as unit:
        found = unit.accounts.by_dossier(dossier)
    assert found is not None
    return found.id


def test_the_page_names_the_application_and_what_it_gets(every_provider: Provider) -> None:
    """The page stands between sign-in and code, and says who asks for what; agreeing leads to the claims (N-016)."""
    partner = RelyingParty(every_provider, PARTNER, None)
    browser = every_provider.browser()
    page = partner.sign_in(browser, scope="openid profile email")
    assert all(words in page.text for words in ("Simulateur", "Votre identité", "Votre adresse e-mail"))
    assert "Votre dossier" not in page.text
    told = partner.userinfo(partner.tokens(browser.consent(page))["access_token"]).get_json()
    assert "angela@example.org" == told["email"]
    assert "numero_dossier" not in told


def test_a_consent_is_remembered_until_more_is_asked(partner: RelyingParty, browser: Browser) -> None:
    """The same or less needs no page, more does; `prompt=none` then works too."""
    browser.consent(partner.sign_in(browser, scope="openid profile"))
    assert "code" in browser.get(partner.authorize_url(scope="openid profile")).query
    assert "code" in browser.get(partner.authorize_url(scope="openid", prompt="none")).query
    more = browser.get(partner.authorize_url(scope="openid profile email"))
    assert "/consentement/" in more.url
    assert "code" in browser.consent(more).query
    assert "code" in browser.get(partner.authorize_url(scope="openid profile email")).query


def test_a_refusal_goes_back_as_access_denied(partner: RelyingParty, browser: Browser) -> None:
    """Refusing is an answer like another; nothing is recorded, and the page comes again next time."""
    back = browser.consent(partner.sign_in(browser), "deny")
    assert ("access_denied", "state-0123456789-._~") == (back.query["error"], back.query["state"])
    assert "/consentement/" in browser.get(partner.authorize_url()).url


def test_a_withdrawn_consent_ends_what_was_given(provider: Provider, partner: RelyingParty, browser: Browser) -> None:
    """After a withdrawal tokens are dead and the page comes again (N-016, N-054)."""
    issued = partner.tokens(browser.consent(partner.sign_in(browser)))
    application = provider.application
    consents = Consents(application.store, application.audit, provider.clock)
    consents.withdraw(account_id(provider), PARTNER.client_id)
    assert 401 == partner.userinfo(issued["access_token"]).status_code
    assert "/consentement/" in browser.get(partner.authorize_url()).url


def test_claims_asked_for_one_by_one(espace: RelyingParty, browser: Browser) -> None:
    """The `claims` parameter brings single claims to userinfo and to the ID token, each where it was asked."""
    issued = espace.tokens(espace.sign_in(browser, scope="openid", claims=CLAIMS))
    told = espace.userinfo(issued["access_token"]).get_json()
    assert {"sub", "email"} == told.keys()
    assert "Angela DUBOIS" == claims_of(issued["id_token"])["name"]


def test_a_consent_without_its_token_is_asked_again(
    provider: Provider, partner: RelyingParty, browser: Browser
) -> None:
    """No token, a wrong one, another page's or another browser's: nothing is granted (N-127)."""
    page = partner.sign_in(browser)
    stranger = provider.browser()
    tokens = ["", "x", stranger.get("/connexion").hidden()["csrf"], browser.get("/deconnexion").hidden()["csrf"]]
    for token in tokens:
        shown = browser.post(page.action("consent-allow"), {"csrf": token, "decision": "allow"})
        assert (200, True) == (shown.status, "/consentement/" in shown.url)
    assert "code" in browser.consent(page).query


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}]
)
def test_a_consent_from_another_site_is_asked_again(
    partner: RelyingParty, browser: Browser, headers: dict[str, str]
) -> None:
    """What the browser itself says of the sender counts beside the token (N-127)."""
    page = partner.sign_in(browser)
    shown = browser.post(page.action("consent-allow"), {**page.hidden(), "decision": "allow"}, headers=headers)
    assert 200 == shown.status
    assert "/consentement/" in shown.url


def test_another_member_cannot_answer_a_pending_consent(
    provider: Provider, partner: RelyingParty, browser: Browser
) -> None:
    """The page of one browser is unknown in every other, signed in or not, opened or posted (V-68)."""
    page = partner.sign_in(browser)
    provider.application.dossiers.upsert(replace(MEMBER, dossier="2234567"), "another-password-of-1962")
    other = provider.browser()
    other.sign_in(other.get(RelyingParty(provider).authorize_url()), "2234567", "another-password-of-1962")
    for shown in (
        other.get(page.url),
        other.post(page.action("consent-allow"), {**page.hidden(), "decision": "allow"}),
    ):
        assert 400 == shown.status
        assert PARTNER.name not in shown.text
    with provider.application.store.reading() as unit:
        assert unit.consents.get(account_id(provider, "2234567"), PARTNER.client_id) is None


def test_a_consent_is_for_the_member_who_gave_it(provider: Provider, partner: RelyingParty, browser: Browser) -> None:
    """Who signs in after another must agree on a page of their own: the old page counts for nobody (V-68)."""
    page = partner.sign_in(browser)
    provider.application.dossiers.upsert(replace(MEMBER, dossier="2234567"), "another-password-of-1962")
    tab = browser.get(RelyingParty(provider).authorize_url(prompt="login"))
    browser.sign_in(tab, "2234567", "another-password-of-1962")
    shown = browser.consent(page)
    assert "/consentement/" in shown.url
    with provider.application.store.reading() as unit:
        assert unit.consents.get(account_id(provider, "2234567"), PARTNER.client_id) is None
    told = partner.userinfo(partner.tokens(browser.consent(shown))["access_token"]).get_json()
    with provider.application.store.reading() as unit:
        assert unit.consents.get(account_id(provider), PARTNER.client_id) is None
        assert unit.consents.get(account_id(provider, "2234567"), PARTNER.client_id) is not None
    assert told["sub"]


def test_the_page_says_who_is_signed_in_and_how_to_change(
    provider: Provider, partner: RelyingParty, browser: Browser
) -> None:
    """Name and number, as the account shows them; signing out from there, another member meets a page of their own."""
    other = replace(MEMBER, dossier="2234567", civil=replace(MEMBER.civil, given_names=("Berthe",)))
    provider.application.dossiers.upsert(other, "another-password-of-1962")
    page = partner.sign_in(browser)
    assert _who(page) == ("Angela DUBOIS", "1234567")
    (way,) = re.findall(r'href="([^"]*)" id="not-you"', page.text)
    browser.submit(browser.get(way), {}, "logout-confirm")
    again = browser.sign_in(browser.get(page.url), "2234567", "another-password-of-1962")
    assert _who(again) == ("Berthe DUBOIS", "2234567")
    with provider.application.store.reading() as unit:
        assert unit.consents.get(account_id(provider), PARTNER.client_id) is None


def _who(page: Page) -> tuple[str, str]:
    """Return who a consent page says is signed in."""
    (found,) = re.findall(r'<strong id="member-name">(.*?)</strong>, dossier (\d+)', page.text)
    return found[0], found[1]


def test_a_consent_page_after_sign_out_leads_to_the_sign_in(partner: RelyingParty, browser: Browser) -> None:
    """Signed out in another tab meanwhile: the sign-in page comes, nothing is granted."""
    page = partner.sign_in(browser)
    browser.submit(browser.get("/deconnexion"), {}, "logout-confirm")
    shown = browser.consent(page)
    assert "/connexion/" in shown.url
    assert "code" in browser.consent(browser.sign_in(shown)).query
