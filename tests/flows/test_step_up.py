"""Another proof because an application asks for it: between password, FranceConnect, codes and passkeys (RFC 9470)."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from idp.protocol.client import ClientSecret
from idp.protocol.names import ACR_EIDAS1, ACR_PASSWORD, ACR_TWO_FACTORS
from tests.support.activation import NEW, keep, mailed
from tests.support.cast import ESPACE, MEMBER
from tests.support.pages import Browser, Page
from tests.support.provider import Provider, copied_provider, running
from tests.support.relying_party import RelyingParty, claims_of
from tests.support.second_factor import add_application, add_passkey, confirm, use_passkey
from tests.support.soft_passkey import SoftPasskey

API = "https://api.example.org"
FORM, FRANCECONNECT, CONFIRM, ENROL, DECLINE = (
    f'id="{name}"' for name in ("sign-in-form", "franceconnect", "confirm-form", "enrol", "decline")
)


@pytest.fixture
def federated(tmp_path: Path) -> Iterator[Provider]:
    """A provider that offers FranceConnect; nothing of it is called."""
    secret = tmp_path / "secret"
    secret.write_text("s" * 64)
    franceconnect = {
        "enabled": True,
        "environment": "emulator",
        "issuer": "http://127.0.0.1:9",
        "client_id": "carpimko",
        "client_secret_file": secret,
    }
    with running(copied_provider(tmp_path, franceconnect=franceconnect)) as opened:
        yield opened


def told(espace: RelyingParty, page: Page) -> dict[str, object]:
    """Return the claims of the ID token that a browser came back for."""
    return claims_of(espace.tokens(page)["id_token"])


def decline(browser: Browser, page: Page) -> Page:
    """Say that the proof is out of reach."""
    return browser.submit(page, {"step": "decline"}, "decline")


def shown(page: Page) -> set[str]:
    """Return which of the ways a page offers."""
    return {mark for mark in (FORM, FRANCECONNECT, CONFIRM, ENROL, DECLINE) if mark in page.text}


def test_a_code_beside_the_session(every_provider: Provider) -> None:
    """The page says why and asks for the second factor alone; session, applications and what was proven stay."""
    espace, browser = RelyingParty(every_provider), every_provider.browser()
    before = told(espace, espace.sign_in(browser))
    application = add_application(every_provider, browser)
    page = browser.get(espace.authorize_url(acr_values=ACR_TWO_FACTORS))
    assert "une clé d’accès ou un code à usage unique" in page.text
    assert {CONFIRM, DECLINE} == shown(page)
    asked = browser.submit(page, {"step": "confirm"}, "confirm-more")
    after = told(espace, confirm(browser, asked, application.next_code()))
    assert (ACR_TWO_FACTORS, ["pwd", "otp", "mfa"]) == (after["acr"], after["amr"])
    assert (before["sub"], before["sid"], every_provider.clock()) == (after["sub"], after["sid"], after["auth_time"])
    again = browser.get(espace.authorize_url(acr_values=ACR_TWO_FACTORS, prompt="none"))
    assert after["auth_time"] == told(espace, again)["auth_time"]


def test_a_passkey_reaches_it_too(espace: RelyingParty, browser: Browser) -> None:
    """On the same page: two factors in one gesture."""
    espace.sign_in(browser)
    passkey = SoftPasskey()
    add_passkey(browser, passkey)
    page = browser.get(espace.authorize_url(acr_values=ACR_TWO_FACTORS))
    claims = told(espace, use_passkey(browser, page, passkey))
    assert ACR_TWO_FACTORS == claims["acr"]
    assert "pwd" not in claims["amr"]  # type: ignore[operator]  # a list


def test_a_wish_may_be_declined(espace: RelyingParty, browser: Browser) -> None:
    """OpenID Connect Core 3.1.2.1: the application gets its answer, with the level that there is."""
    espace.sign_in(browser)
    page = browser.get(espace.authorize_url(acr_values=ACR_TWO_FACTORS))
    assert {ENROL, DECLINE} == shown(page)
    assert ACR_PASSWORD == told(espace, decline(browser, page))["acr"]


def test_a_wish_is_no_error_where_no_page_may_be_shown(espace: RelyingParty, browser: Browser) -> None:
    """prompt=none: the level that there is, never a page."""
    espace.sign_in(browser)
    back = browser.get(espace.authorize_url(acr_values=ACR_TWO_FACTORS, prompt="none"))
    assert ACR_PASSWORD == told(espace, back)["acr"]


def test_for_a_named_resource_the_level_is_necessary(every_provider: Provider) -> None:
    """RFC 9470 section 5: the resource would refuse the token again; with the proof its token says what it asked."""
    every_provider.application.clients.upsert(replace(ESPACE, audiences=(API,), secrets=_secrets(every_provider)))
    espace, browser = RelyingParty(every_provider), every_provider.browser()
    espace.sign_in(browser)
    asked = espace.authorize_url(acr_values=ACR_TWO_FACTORS, resource=API)
    refused = decline(browser, browser.get(asked))
    assert "unmet_authentication_requirements" == refused.query["error"]
    silent = browser.get(f"{asked}&prompt=none")
    assert "unmet_authentication_requirements" == silent.query["error"]
    application = add_application(every_provider, browser)
    page = browser.submit(browser.get(asked), {"step": "confirm"}, "confirm-more")
    issued = espace.tokens(confirm(browser, page, application.next_code()))
    token = claims_of(issued["access_token"])
    assert (API, ACR_TWO_FACTORS, every_provider.clock()) == (token["aud"], token["acr"], token["auth_time"])


def test_whoever_is_not_signed_in_is_led_to_what_reaches_it(federated: Provider) -> None:
    """No form that would not be enough: FranceConnect alone for its level; every way in where a code follows."""
    espace = RelyingParty(federated)
    page = federated.browser().get(espace.authorize_url(acr_values=ACR_EIDAS1))
    assert {FRANCECONNECT, DECLINE} == shown(page)
    assert "preuve précise de votre identité\u00a0: FranceConnect." in page.text
    page = federated.browser().get(espace.authorize_url(acr_values=ACR_TWO_FACTORS))
    assert {FORM, FRANCECONNECT, DECLINE} == shown(page)
    assert 'id="then-code"' in page.text
    everything = f"{ACR_PASSWORD} {ACR_EIDAS1} {ACR_TWO_FACTORS}"
    page = federated.browser().get(espace.authorize_url(acr_values=everything))
    assert {FORM, FRANCECONNECT} == shown(page)


def test_a_declined_wish_leaves_every_way(federated: Provider) -> None:
    """Whoever cannot use FranceConnect signs in as always."""
    espace, browser = RelyingParty(federated), federated.browser()
    page = decline(browser, browser.get(espace.authorize_url(acr_values=ACR_EIDAS1)))
    assert {FORM, FRANCECONNECT} == shown(page)
    assert ACR_PASSWORD == told(espace, browser.sign_in(page))["acr"]


def test_a_declined_necessity_is_an_error_at_once(federated: Provider) -> None:
    """Nobody is asked to sign in for an answer that is an error anyway."""
    espace, browser = RelyingParty(federated), federated.browser()
    claims = json.dumps({"id_token": {"acr": {"essential": True, "value": ACR_EIDAS1}}})
    page = browser.get(espace.authorize_url(claims=claims))
    assert {FRANCECONNECT, DECLINE} == shown(page)
    assert "unmet_authentication_requirements" == decline(browser, page).query["error"]


def test_what_the_house_does_not_offer_is_not_announced(provider: Provider, federated: Provider) -> None:
    """`acr_values_supported` is what a member can reach; asking for more shows no page that leads nowhere."""
    announced = [
        one.browser().raw("GET", "/.well-known/openid-configuration").get_json()["acr_values_supported"]
        for one in (provider, federated)
    ]
    assert [[ACR_PASSWORD, ACR_TWO_FACTORS], [ACR_PASSWORD, ACR_EIDAS1, ACR_TWO_FACTORS]] == announced
    espace, browser = RelyingParty(provider), provider.browser()
    page = browser.get(espace.authorize_url(acr_values=ACR_EIDAS1))
    assert {FORM} == shown(page)
    assert ACR_PASSWORD == told(espace, browser.sign_in(page))["acr"]


def test_the_levels_are_the_settings(tmp_path: Path) -> None:
    """Other names, another order, other methods: announced, asked for and told as the house says."""
    levels = [{"name": "urn:low", "methods": ["password"]}, {"name": "urn:high", "methods": ["passkey"]}]
    with running(copied_provider(tmp_path, assurance={"levels": levels})) as provider:
        espace, browser = RelyingParty(provider), provider.browser()
        assert "urn:low" == told(espace, espace.sign_in(browser))["acr"]
        passkey = SoftPasskey()
        add_passkey(browser, passkey)
        page = browser.get(espace.authorize_url(acr_values="urn:high"))
        assert {DECLINE} == shown(page)
        assert "urn:high" == told(espace, use_passkey(browser, page, passkey))["acr"]
        document = browser.raw("GET", "/.well-known/openid-configuration").get_json()
        assert ["urn:low", "urn:high"] == document["acr_values_supported"]


def test_a_clients_default_counts_where_it_sends_none(provider: Provider, browser: Browser) -> None:
    """`default_acr_values` of registration, and `acr_values` of a request before it."""
    client = replace(ESPACE, default_acr_values=(ACR_TWO_FACTORS,), secrets=_secrets(provider))
    provider.application.clients.upsert(client)
    espace = RelyingParty(provider)
    page = espace.sign_in(browser)
    assert "code" in page.query
    assert {ENROL, DECLINE} == shown(browser.get(espace.authorize_url()))
    assert "code" in browser.get(espace.authorize_url(acr_values=ACR_PASSWORD)).query


def test_the_further_proof_ends_with_its_session(provider: Provider, espace: RelyingParty, browser: Browser) -> None:
    """What stands beside a session opens none by itself once the member has signed out."""
    espace.sign_in(browser)
    application = add_application(provider, browser)
    page = browser.get(espace.authorize_url(acr_values=ACR_TWO_FACTORS))
    asked = browser.submit(page, {"step": "confirm"}, "confirm-more")
    browser.submit(browser.get("/deconnexion"), {}, "logout-confirm")
    assert "/confirmer/" in asked.url
    late = confirm(browser, asked, application.next_code())
    assert "expiré" in late.text
    assert "__Host-idp-session" not in browser.cookies()


def test_with_an_old_session_the_first_proof_is_asked_too(
    provider: Provider, espace: RelyingParty, browser: Browser
) -> None:
    """max_age and acr_values together: a code alone would make an old password look fresh."""
    espace.sign_in(browser)
    application = add_application(provider, browser)
    provider.clock.forward(100)
    page = browser.get(espace.authorize_url(acr_values=ACR_TWO_FACTORS, max_age="10"))
    assert {FORM, DECLINE} == shown(page)
    claims = told(espace, confirm(browser, browser.sign_in(page), application.next_code()))
    assert (ACR_TWO_FACTORS, provider.clock()) == (claims["acr"], claims["auth_time"])


def test_another_persons_subject_is_never_answered(espace: RelyingParty, browser: Browser) -> None:
    """OpenID Connect Core 5.5.1: `sub` with a value in the claims parameter names the member, as a hint does."""
    own = told(espace, espace.sign_in(browser))["sub"]
    for value, expected in ((own, "code"), ("somebody-else", "error")):
        claims = json.dumps({"id_token": {"sub": {"value": value}}})
        assert expected in browser.get(espace.authorize_url(claims=claims, prompt="none")).query
    page = espace.sign_in(browser, claims=claims)
    assert "login_required" == page.query["error"]


def test_create_leads_to_the_first_connection_and_back(provider: Provider, espace: RelyingParty) -> None:
    """Initiating User Registration 1.0: from the application to a personal password, and to the application again."""
    browser = provider.browser()
    secret = mailed(provider, provider.browser())
    page = browser.get(espace.authorize_url(prompt="create"))
    assert "/mot-de-passe-oublie?interaction=" in page.url
    interaction = page.query["interaction"]
    page = browser.get(f"/connexion/{interaction}")
    chosen = keep(browser, browser.sign_in(page, password=secret))
    assert f'href="/connexion/{interaction}"' in chosen.text
    back = browser.sign_in(browser.get(f"/connexion/{interaction}"), password=NEW)
    assert "code" in back.query
    supported = browser.raw("GET", "/.well-known/openid-configuration").get_json()["prompt_values_supported"]
    assert "create" in supported


def test_create_asks_although_somebody_is_signed_in(espace: RelyingParty, browser: Browser) -> None:
    """The person at this browser may be another one; signing in goes on as always."""
    espace.sign_in(browser)
    page = browser.get(espace.authorize_url(prompt="create"))
    assert "/mot-de-passe-oublie?interaction=" in page.url
    sign_in = browser.get(f"/connexion/{page.query['interaction']}")
    assert "code" in browser.sign_in(sign_in, dossier=MEMBER.dossier).query


def _secrets(provider: Provider) -> tuple[ClientSecret, ...]:
    """Return the secrets that the fund's client has."""
    client = provider.application.clients.get(ESPACE.client_id)
    assert client is not None
    return client.secrets
