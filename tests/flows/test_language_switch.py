"""The language switch of a page that says what was wrong, or what was done: it goes on saying it, in the other one."""

import re

import pytest

from tests.flows.test_account_email import PATH, ask_for, link, sent_to
from tests.support.pages import Browser, Page
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty
from tests.support.second_factor import confirm, enrolled, recover

WRONG = "The file number or the password is incorrect."
SECRET = "not the password"


@pytest.fixture
def refused(provider: Provider, browser: Browser) -> Page:
    """The page after a wrong password."""
    return browser.sign_in(browser.get(RelyingParty(provider).authorize_url()), password=SECRET)


def test_a_refusal_is_read_in_the_other_language(browser: Browser, refused: Page) -> None:
    """The error, the number and the choice stay; the password comes nowhere, the number in no address."""
    english = browser.switched(refused)
    assert 'lang="en"' in english.text
    assert WRONG in english.text
    assert 'value="1234567"' in english.text
    assert re.search(r'value="affilie" required checked', english.text)
    assert SECRET not in refused.text + english.text
    assert "1234567" not in english.url
    french = browser.switched(english)
    assert "Le numéro de dossier ou le mot de passe est incorrect." in french.text
    assert "code" in browser.sign_in(french).query


def test_the_switch_checks_nothing(browser: Browser, refused: Page) -> None:
    """However often it is pressed, and with a password slipped in: no sign-in, no failure, no delay."""
    page = refused
    for _ in range(6):
        page = browser.switched(page, password="correct horse battery staple")
        assert 'id="delay"' not in page.text
    assert "code" in browser.sign_in(page).query


def test_errors_of_fields_and_the_wait_stay_too(provider: Provider, browser: Browser, refused: Page) -> None:
    """A number that cannot be one is still marked; of a delay what is left is told, until it is over."""
    short = browser.sign_in(refused, dossier="12", password=SECRET)
    english = browser.switched(short)
    assert 'id="dossier-error"' in english.text
    assert 'id="password-error"' not in english.text
    page = refused
    for _ in range(2):
        page = browser.sign_in(page, password=SECRET)
    french = browser.switched(page)
    assert "attendez 2 secondes" in french.text
    provider.clock.forward(1)
    english = browser.switched(french)
    assert "wait 1 second " in english.text
    provider.clock.forward(1)
    over = browser.switched(browser.switched(english))
    assert (True, False) == (WRONG in over.text, 'id="delay"' in over.text)


def test_it_goes_before_what_the_application_wishes_for(provider: Provider, browser: Browser) -> None:
    """On the pages that follow, and when the application sends the browser again; a value that is none counts not."""
    espace = RelyingParty(provider)
    page = browser.get(espace.authorize_url(ui_locales="fr"))
    assert 'lang="fr"' in page.text
    english = browser.get(f"{page.url}?lang=en")
    for shown in (
        english,
        browser.sign_in(english, password=SECRET),
        browser.get(espace.authorize_url(ui_locales="fr")),
    ):
        assert '<html lang="en"' in shown.text
    browser.client.set_cookie("__Host-idp-lang", "xx", domain="id.example.org", path="/", secure=True)
    assert '<html lang="fr"' in browser.get(espace.authorize_url(ui_locales="fr")).text


@pytest.mark.parametrize("until", [12, 40])
def test_it_says_no_words_but_ours(browser: Browser, refused: Page, until: int) -> None:
    """What stands above the form is one of the page's own messages, whatever is posted, and no delay but ours."""
    page = browser.switched(refused, told=f'[{{}}, "Appelez le 0 899 00 00 00", {"9" * until}]')
    assert (200, False, False) == (page.status, "0 899" in page.text, 'id="delay"' in page.text)


def test_a_confirmed_address_stays_confirmed(provider: Provider) -> None:
    """The link was good once: the switch does not ask it again; and it says so of no link that was not followed."""
    browser = provider.browser()
    browser.sign_in(browser.get(PATH))
    ask_for(browser, "angela@autre.example")
    (proof,) = sent_to(provider, "angela@autre.example")
    asked = browser.get(link(proof))
    posted = browser.post(asked.url, {**asked.hidden(), "step": "language"})
    assert 'id="confirm-email"' in posted.text
    done = browser.submit(asked, {}, "confirm-email")
    assert "Votre adresse e-mail est confirmée" in done.text
    english = browser.switched(done)
    assert "Your e-mail address is confirmed" in english.text
    assert "Votre adresse e-mail est confirmée" in browser.switched(english).text
    for elsewhere in ("/adresse-e-mail/" + "x" * 43, asked.url):
        forged = browser.post(elsewhere, {**asked.hidden(), "step": "language"})
        assert "Votre adresse e-mail est confirmée" not in forged.text


def test_a_refused_code_is_read_in_the_other_language(provider: Provider, browser: Browser) -> None:
    """Beside its field, or above with what is left of the wait; nothing is tried by it, and the right one goes."""
    application = enrolled(provider)
    asked = browser.sign_in(browser.get(RelyingParty(provider).authorize_url()))
    english = browser.switched(confirm(browser, asked, "12"))
    assert "The code has 6 digits" in english.text
    english = browser.switched(browser.switched(recover(browser, english, "AAAA-AAAA-AAAA")))
    assert re.search(r'id="recovery-error".*?This recovery code is not right', english.text, re.DOTALL)
    assert re.search(r'id="recovery-way" open', english.text)
    page = english
    for _ in range(2):
        page = confirm(browser, page, "000000")
    provider.clock.forward(1)
    page = browser.switched(page)
    assert re.search(r'id="delay">\s*Pour protéger votre dossier, attendez \d+ seconde', page.text)
    forged = browser.switched(page, told="Appelez le 0 899 00", way="code")
    assert "0 899" not in forged.text
    provider.clock.forward(120)
    over = browser.switched(page)
    assert (True, False) == ("confirm-code" in over.text, 'id="delay"' in over.text)
    assert "code" in confirm(browser, over, application.next_code()).query
