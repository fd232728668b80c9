"""Nothing is shared, and nothing counts, beyond what this person agreed to in this interaction."""

import json

import pytest

from tests.support.cast import PARTNER
from tests.support.pages import Browser
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty


@pytest.fixture
def partner(provider: Provider) -> RelyingParty:
    """A third party's application, without a secret."""
    return RelyingParty(provider, PARTNER, None)


def test_single_claims_are_on_the_page_like_scopes(partner: RelyingParty, browser: Browser) -> None:
    """A claim asked for by name needs the same consent as the scope that opens it (N-016)."""
    page = partner.sign_in(browser, scope="openid", claims=json.dumps({"userinfo": {"email": None}}))
    assert "Votre adresse e-mail" in page.text
    told = partner.userinfo(partner.tokens(browser.consent(page))["access_token"]).get_json()
    assert "angela@example.org" == told["email"]


def test_a_consent_does_not_stretch_to_further_claims(partner: RelyingParty, browser: Browser) -> None:
    """After a consent to the bare identifier, asking for claims silently is refused."""
    browser.consent(partner.sign_in(browser, scope="openid"))
    wish = json.dumps({"id_token": {"birthdate": {"essential": True}}})
    back = browser.get(partner.authorize_url(scope="openid", claims=wish, prompt="none"))
    assert "consent_required" == back.query["error"]


def test_an_answered_interaction_asks_again_later(provider: Provider, browser: Browser) -> None:
    """A reload soon after the answer is harmless; later, `prompt=login` means it again (N-014)."""
    espace = RelyingParty(provider)
    page = browser.get(espace.authorize_url(prompt="login", max_age="1"))
    interaction = page.url.rsplit("/", 1)[1]
    assert "code" in browser.sign_in(page).query
    assert "code" in browser.get(f"/continuer/{interaction}").query
    provider.clock.forward(61)
    assert "/connexion/" in browser.get(f"/continuer/{interaction}").url


def test_a_withdrawn_consent_is_asked_for_again(provider: Provider, partner: RelyingParty, browser: Browser) -> None:
    """The answer on an old consent page does not outlive its interaction."""
    page = partner.sign_in(browser, prompt="consent")
    interaction = page.url.rsplit("/", 1)[1]
    browser.consent(page)
    provider.clock.forward(61)
    assert "/consentement/" in browser.get(f"/continuer/{interaction}").url


def test_only_meaningful_parameters_are_kept(provider: Provider, browser: Browser) -> None:
    """What a stranger adds to a request is not stored, and an oversized request is refused."""
    espace = RelyingParty(provider)
    page = browser.get(espace.authorize_url(filler="x" * 9000))
    raw = provider.application.kv.get("interaction:" + page.url.rsplit("/", 1)[1])
    assert raw is not None
    assert len(raw) < 3000
    assert 400 == browser.get(espace.authorize_url(claims="x" * 17_000)).status


def test_a_member_sees_and_withdraws_what_is_shared(
    provider: Provider, partner: RelyingParty, browser: Browser
) -> None:
    """Agreements are listed, and taking one back revokes its tokens and a code not yet redeemed (N-016, N-054)."""
    assert "/connexion/" in provider.browser().get("/compte/autorisations").url
    token = partner.tokens(browser.consent(partner.sign_in(browser)))["access_token"]
    pending = browser.get(partner.authorize_url())
    page = browser.get("/compte/autorisations")
    assert PARTNER.name in page.text
    browser.post("/compte/autorisations", {"csrf": "forged", "client_id": PARTNER.client_id})
    assert 200 == partner.userinfo(token).status_code
    after = browser.submit(page, {"client_id": PARTNER.client_id}, "withdraw-1")
    assert PARTNER.name not in after.text
    assert 401 == partner.userinfo(token).status_code
    assert 400 == partner.redeem(pending.query["code"]).status_code
    assert "/consentement/" in browser.get(partner.authorize_url()).url
