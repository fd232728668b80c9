"""Whatever people do with a sign-in page, it ends at the application or on a page with a way on."""

import re

import pytest
from sqlalchemy import delete

from idp.store.tables import KeyValueRow
from tests.support.cast import APP, ISSUER, PARTNER
from tests.support.pages import Browser, Page
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty, claims_of

HOUR = 3600


def at_the_application(page: Page) -> bool:
    """Whether the browser is back at the application with a code."""
    return page.url.startswith(APP) and "code" in page.query


def has_a_way_on(page: Page) -> bool:
    """Whether a page offers somewhere to go: a form, or the buttons of an error page."""
    return 'id="sign-in"' in page.text or re.search(r'<a class="button[^"]*"[^>]*href=', page.text) is not None


def forget_everything(provider: Provider) -> None:
    """Empty the key-value store, as a Redis that was restarted."""
    with provider.application.store.begin() as unit:
        unit.session.execute(delete(KeyValueRow))


@pytest.mark.parametrize("idle", [HOUR, 8 * HOUR, 23 * HOUR])
def test_a_page_left_open_still_signs_in(every_provider: Provider, idle: int) -> None:
    """An hour, a night, nearly a day on the page: the form is sent and the application reached."""
    espace, browser = RelyingParty(every_provider), every_provider.browser()
    page = browser.get(espace.authorize_url())
    every_provider.clock.forward(idle)
    assert at_the_application(browser.sign_in(page))


def test_after_a_day_the_page_says_so_and_offers_a_way_on(
    provider: Provider, espace: RelyingParty, browser: Browser
) -> None:
    """A page that is too old answers with what to do, and the way it offers works."""
    page = browser.get(espace.authorize_url())
    provider.clock.forward(24 * HOUR)
    late = browser.sign_in(page)
    assert 400 == late.status
    assert 'href="/connexion"' in late.text
    assert f'href="{APP}/"' in late.text
    assert "Angela DUBOIS" in browser.sign_in(browser.get("/connexion")).text


def test_signing_in_in_one_tab_lets_the_others_go_on(provider: Provider, espace: RelyingParty) -> None:
    """Tab 2 may be reloaded or its form sent after tab 1 has signed in; both reach their own request."""
    browser = provider.browser()
    first = browser.get(espace.authorize_url(state="first"))
    second = browser.get(espace.authorize_url(state="second"))
    third = browser.get(espace.authorize_url(state="third"))
    assert "first" == browser.sign_in(first).query["state"]
    assert ("second", True) == ((back := browser.sign_in(second)).query["state"], at_the_application(back))
    assert ("third", True) == ((back := browser.get(third.url)).query["state"], at_the_application(back))


def test_a_wrong_password_in_a_tab_that_is_signed_in_elsewhere_does_no_harm(
    espace: RelyingParty, browser: Browser
) -> None:
    """Signed in in tab 1, a late form of tab 2 goes on with the session, its password not even looked at."""
    first, second = browser.get(espace.authorize_url()), browser.get(espace.authorize_url())
    browser.sign_in(first)
    assert at_the_application(browser.sign_in(second, password="mistyped"))


def test_back_and_reload_after_the_sign_in_lead_on(espace: RelyingParty, browser: Browser) -> None:
    """The back button shows the page again or goes on; a second submit of the same form does too."""
    page = browser.get(espace.authorize_url())
    codes = [browser.sign_in(page), browser.get(page.url), browser.sign_in(page), browser.get(page.url)]
    assert all(at_the_application(back) for back in codes)
    assert 4 == len({back.query["code"] for back in codes})


def test_an_old_authorize_address_starts_again(provider: Provider, espace: RelyingParty, browser: Browser) -> None:
    """The address of the request itself, from the history, works at any time."""
    url = espace.authorize_url()
    espace.sign_in(browser)
    provider.clock.forward(48 * HOUR)
    assert at_the_application(browser.sign_in(browser.get(url)))


def test_every_page_of_the_way_may_be_reloaded(provider: Provider) -> None:
    """Sign-in, refusal, consent: opened again, each shows itself or the next step."""
    partner, browser = RelyingParty(provider, PARTNER, None), provider.browser()
    page = browser.get(partner.authorize_url())
    assert page.url == browser.get(page.url).url
    refused = browser.sign_in(page, password="not the password")
    assert 200 == browser.get(refused.url).status
    consent = browser.sign_in(page)
    assert consent.url == browser.get(consent.url).url
    browser.consent(consent)
    for url in (page.url, consent.url, page.url.replace("/connexion/", "/continuer/")):
        again = browser.get(url)
        assert again.url.startswith(PARTNER.redirect_uris[0]), url


def test_when_the_store_has_forgotten_everything(provider: Provider, espace: RelyingParty, browser: Browser) -> None:
    """Sessions and pending sign-ins lost: every address leads to a page with a way on, and signing in works."""
    page = browser.get(espace.authorize_url())
    forget_everything(provider)
    for lost in (browser.get(page.url), browser.sign_in(page), browser.get(page.url.replace("connexion", "continuer"))):
        assert 400 == lost.status
        assert has_a_way_on(lost)
    assert at_the_application(browser.sign_in(browser.get(espace.authorize_url())))
    forget_everything(provider)
    assert 200 == browser.get("/").status
    assert has_a_way_on(browser.get(espace.authorize_url()))


def test_another_browser_gains_nothing_from_the_address(provider: Provider, espace: RelyingParty) -> None:
    """The address of a pending sign-in, sent to somebody else, neither signs in the sender nor the receiver (V-44)."""
    attacker, victim = provider.browser(), provider.browser()
    planted = attacker.get(espace.authorize_url())
    opened = victim.get(planted.url)
    assert 400 == opened.status
    assert has_a_way_on(opened)
    sent = victim.post(
        planted.action("sign-in"),
        {**planted.hidden(), "situation": "affilie", "dossier": "1234567", "password": "carafe-soleil-marin-42"},
    )
    assert 400 == sent.status
    assert "__Host-idp-session" not in victim.cookies()
    assert 'id="sign-in"' in attacker.get(planted.url).text


def test_a_lost_browser_cookie_is_a_new_browser(espace: RelyingParty, browser: Browser) -> None:
    """Cookies cleaned while the page was open: a page with a way on, and the next try works."""
    page = browser.get(espace.authorize_url())
    browser.forget("__Host-idp-browser")
    lost = browser.sign_in(page)
    assert 400 == lost.status
    assert has_a_way_on(lost)
    assert at_the_application(browser.sign_in(browser.get(espace.authorize_url())))


def test_a_lost_session_cookie_asks_again(espace: RelyingParty, browser: Browser) -> None:
    """Without its session a browser gets the sign-in page, nothing else."""
    espace.sign_in(browser)
    browser.forget("__Host-idp-session")
    assert 'id="sign-in"' in browser.get(espace.authorize_url()).text


def test_a_form_without_its_token_keeps_what_was_typed(espace: RelyingParty, browser: Browser) -> None:
    """A form whose token no longer fits is shown again, number kept, password not (N-127, N-167)."""
    page = browser.get(espace.authorize_url())
    fields = {"situation": "affilie", "dossier": "1234567", "password": "carafe-soleil-marin-42", "csrf": "old"}
    again = browser.post(page.action("sign-in"), fields)
    assert 200 == again.status
    assert 'value="1234567"' in again.text
    assert "carafe" not in again.text
    assert at_the_application(browser.sign_in(again))


def test_a_restart_between_page_and_submit_is_not_noticed(
    provider: Provider, espace: RelyingParty, browser: Browser
) -> None:
    """A new process on the same stores takes the form of the old one, and redeems its code."""
    page = browser.get(espace.authorize_url())
    after = provider.restarted()
    browser.client.application = after.application.wsgi
    back = browser.sign_in(page)
    assert at_the_application(back)
    again = after.restarted()
    party = RelyingParty(again, espace.client, espace.secret, espace.verifier)
    assert party.client.client_id == claims_of(party.tokens(back)["id_token"])["aud"]
    after.close()
    again.close()


def test_a_visit_without_an_application_ends_at_home(browser: Browser) -> None:
    """`/connexion` by itself signs in and shows the home page; opened again when signed in, the same."""
    page = browser.get("/connexion")
    home = browser.sign_in(page)
    assert (f"{ISSUER}/", True) == (home.url, "Angela DUBOIS" in home.text)
    assert f"{ISSUER}/" == browser.get("/connexion").url
    assert f"{ISSUER}/" == browser.get(page.url).url


def test_the_way_for_a_forgotten_password_leads_back(espace: RelyingParty, browser: Browser) -> None:
    """From the sign-in page to the forgotten-password page and back to the same sign-in."""
    page = browser.get(espace.authorize_url())
    address = re.search(r'href="(/mot-de-passe-oublie[^"]*)"', page.text)
    assert address is not None
    forgotten = browser.get(address[1])
    assert f'href="{page.url.removeprefix(ISSUER)}"' in forgotten.text
    strange = browser.get("/mot-de-passe-oublie?interaction=https://evil.example").text
    assert re.search(r'href="/connexion/[A-Za-z0-9_-]+"', strange), "another visit begins where none is known"
    assert '="https://evil' not in strange
