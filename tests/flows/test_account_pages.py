"""The home and the quiet account pages: what they show, the copy of one's data, the language."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, update

from idp.store.audit import AUDIT
from idp.store.tables import AccountRow
from tests.support.activation import ask, choose, messages, work
from tests.support.cast import ESPACE, ISSUER, PARTNER, PASSWORD, SECRET
from tests.support.pages import Browser
from tests.support.provider import Provider, copied_provider, running
from tests.support.relying_party import RelyingParty

PAGES = (
    "",
    "/mot-de-passe",
    "/adresse-e-mail",
    "/adresse-e-mail/changer",
    "/adresse-postale",
    "/autorisations",
    "/donnees",
    "/langue",
)


@pytest.fixture
def browser(provider: Provider) -> Browser:
    """A browser in which the member has just signed in."""
    browser = provider.browser()
    browser.sign_in(browser.get("/connexion"))
    return browser


@pytest.mark.parametrize("page", PAGES)
def test_every_page_asks_for_a_sign_in_and_comes_back(provider: Provider, page: str) -> None:
    """Without a session each leads to the sign-in page, and from there to itself, marked in the menu."""
    browser = provider.browser()
    asked = browser.get(f"/compte{page}")
    assert "/connexion/" in asked.url
    shown = browser.sign_in(asked)
    assert f"{ISSUER}/compte{page}" == shown.url
    assert 2 == shown.text.count('aria-current="page"')
    assert "no-store" in shown.headers["Cache-Control"]
    assert 'href="/deconnexion"' in shown.text


def test_the_home_leads_to_the_services_and_to_the_account(provider: Provider, browser: Browser) -> None:
    """Name, picture and text come from the registration; a service without a picture has its initial."""
    logo = f"{ISSUER}/static/img/documents.svg"
    documents = replace(ESPACE, client_id="documents", name="Mes documents", logo_uri=logo, description="Vos relevés.")
    provider.application.clients.upsert(documents, SECRET)
    page = browser.get("/")
    assert f'src="{logo}"' in page.text
    assert "Vos relevés." in page.text
    assert 'aria-hidden="true">E</span>' in page.text
    assert 'href="/compte"' in page.text
    assert PARTNER.name not in page.text


def test_a_home_without_services_says_so(provider: Provider, browser: Browser) -> None:
    """Nothing is offered yet: a sentence instead of an empty list."""
    provider.application.clients.upsert(replace(ESPACE, client_uri=None), SECRET)
    assert 'id="no-service"' in browser.get("/").text


def test_the_overview_says_how_things_stand(provider: Provider, browser: Browser) -> None:
    """Number, name, address and telephone as on file, each thing in a word."""
    page = browser.get("/compte")
    for words in ("Angela DUBOIS", "1234567", "01\u00a023\u00a045\u00a067\u00a089", "75002 Paris", "À confirmer"):
        assert words in page.text
    assert "1 rue de la Paix" in browser.get("/compte/adresse-postale").text
    with provider.application.store.begin() as unit:
        unit.session.execute(update(AccountRow).values(address=None, phone_number=None))
    assert "Aucun numéro" in browser.get("/compte").text
    assert "Aucune adresse" in browser.get("/compte/adresse-postale").text


def test_the_language_is_kept_on_the_account_and_in_the_browser(provider: Provider, browser: Browser) -> None:
    """Chosen once, pages and messages speak it; another browser hears it in the messages only."""
    page = browser.submit(browser.get("/compte/langue"), {"language": "en"}, "keep-language")
    assert '<html lang="en"' in page.text
    assert "Your language is saved." in page.text
    assert '<html lang="en"' in browser.get("/compte").text
    other = provider.browser()
    choose(other, ask(other))
    (mail,) = [one for one in messages(provider) if "provis" in str(one["Subject"])]
    assert ("Your provisional CARPIMKO password", "en") == (mail["Subject"], mail["Content-Language"])
    browser.post("/compte/langue", {"csrf": "forged", "language": "fr"})
    browser.submit(browser.get("/compte/langue"), {"language": "de"}, "keep-language")
    assert '<html lang="en"' in browser.get("/compte").text


def test_the_copy_holds_everything_and_no_secret(provider: Provider, browser: Browser) -> None:
    """Dossier, contacts, permissions, sign-ins, letters and events, as a file that nobody caches (GDPR 15 and 20)."""
    partner = RelyingParty(provider, PARTNER, None)
    tokens = partner.tokens(browser.consent(browser.get(partner.authorize_url())))
    other = provider.browser()
    choose(other, ask(other), "post")
    work(provider)
    answer = browser.submit(browser.get("/compte/donnees"), {}, "download")
    assert "application/json; charset=utf-8" == answer.headers["Content-Type"]
    assert 'attachment; filename="mes-donnees-carpimko-2023-11-14.json"' == answer.headers["Content-Disposition"]
    assert "no-store" == answer.headers["Cache-Control"]
    copy = json.loads(answer.text)
    assert ("1234567", "angela@example.org") == (copy["account"]["dossier"], copy["account"]["email"])
    assert "2023-11-14T22:13:20Z" == copy["made_at"]
    assert [PARTNER.client_id] == [one["client_id"] for one in copy["authorizations"]]
    assert ["post"] == [one["channel"] for one in copy["provisional_passwords"]]
    assert 1 == len(copy["letters"])
    assert copy["sign_ins"]
    (told,) = (one for one in copy["messages"] if one["template"] == "new_device")
    assert ("mail", "done", copy["made_at"]) == (told["kind"], told["state"], told["ended_at"])
    assert "sign_in" in {one["event"] for one in copy["events"]}
    with provider.application.store.reading() as unit:
        account = unit.accounts.by_dossier("1234567")
        kept = len(unit.session.execute(select(AUDIT).where(AUDIT.c.event == "personal_data_copied")).all())
    assert account is not None
    assert 1 == kept
    for secret in (account.password_hash or "", PASSWORD, tokens["access_token"], "digest", "sealed", "argon2"):
        assert secret not in answer.text


@pytest.mark.parametrize(
    ("days", "french", "english"),
    [
        (30, "30 jours", "30 days"),
        (60, "2 mois", "2 months"),
        (180, "6 mois", "6 months"),
        (365, "12 mois", "12 months"),
        (400, "14 mois", "14 months"),
        (2 * 365, "2 ans", "2 years"),
        (5 * 365, "5 ans", "5 years"),
    ],
)
def test_how_long_events_are_kept_is_the_setting(tmp_path: Path, days: int, french: str, english: str) -> None:
    """The page says of security events what the house does: in days, months or years, never less than it is."""
    with running(copied_provider(tmp_path, audit={"keep": days * 86400})) as provider:
        browser = provider.browser()
        browser.sign_in(browser.get("/connexion"))
        told = [
            re.search(
                "kept__long[^>]*>[^:]*:\\s*([^<]*?)[.]\\s*<",
                browser.get(f"/compte/donnees?lang={one}").text.split(heading)[1],
            )
            for one, heading in (("fr", "événements de sécurité<"), ("en", "ecurity events<"))
        ]
        assert [french, english] == [found and found[1].strip() for found in told]


def test_the_copy_needs_a_fresh_sign_in_and_the_forms_own_token(provider: Provider, browser: Browser) -> None:
    """A session left open for ten minutes does not give the file away; its page comes after the sign-in (N-124)."""
    page = browser.get("/compte/donnees")
    assert "Content-Disposition" not in browser.post("/compte/donnees", {"csrf": "forged"}).headers
    provider.clock.forward(601)
    late = browser.submit(page, {}, "download")
    assert "/connexion/" in late.url
    back = browser.sign_in(late)
    assert f"{ISSUER}/compte/donnees" == back.url
    assert "Content-Disposition" in browser.submit(back, {}, "download").headers
