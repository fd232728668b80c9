"""A network that fails often must show that a person signs in, whosever the numbers (N-096, N-097)."""

import re

import pytest

from tests.support.activation import ask, ticked
from tests.support.cast import MEMBER
from tests.support.pages import Browser, Page
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty
from tests.support.second_factor import confirm
from tests.support.staff import CONSOLE, joined, sends

WRONG = "Le numéro de dossier ou le mot de passe est incorrect."
ASKS = 'id="captcha-field"'


def fail(browser: Browser, page: Page, dossiers: int) -> Page:
    """Try one password on as many numbers, none of which need be a member's."""
    for number in range(dossiers):
        page = browser.sign_in(page, str(7_000_000 + number), "carafe-soleil-marin-41")
        assert WRONG in page.text
    return page


@pytest.fixture
def suspected(espace: RelyingParty, browser: Browser) -> Page:
    """The sign-in page after one password was tried on five numbers."""
    page = browser.get(espace.authorize_url())
    assert ASKS not in page.text
    shown = fail(browser, page, 5)
    assert ASKS in shown.text
    return shown


def test_a_right_password_is_not_looked_at_without_the_captcha(browser: Browser, suspected: Page) -> None:
    """The page asks again, beside the box and without the password; with the box ticked the application gets a code."""
    refused = browser.sign_in(suspected)
    assert 200 == refused.status
    assert 'id="captcha-error"' in refused.text
    assert WRONG not in refused.text
    fields = {"situation": MEMBER.situation, "dossier": MEMBER.dossier, "password": "carafe-soleil-marin-42"}
    assert "code" in browser.submit(refused, {**fields, **ticked(refused)}, "sign-in").query


def test_a_captcha_that_lacks_is_said_with_the_rest(browser: Browser, suspected: Page) -> None:
    """Beside fields that are not right, and counted; a box that is ticked is not blamed."""
    page = browser.submit(suspected, {"situation": "affilie", "dossier": "12"}, "sign-in")
    assert "3 champs sont à corriger" in page.text.replace("\xa0", " ")
    assert ["dossier", "password", "captcha"] == re.findall(r'<li><a href="#(\w+)">', page.text)
    ticked_only = browser.submit(page, {"situation": "affilie", "dossier": "12", **ticked(page)}, "sign-in")
    assert ["dossier", "password"] == re.findall(r'<li><a href="#(\w+)">', ticked_only.text)


def test_a_passed_captcha_serves_one_try(browser: Browser, suspected: Page) -> None:
    """Single use: the answer of one try is none for the next, and none that the other form's page gave (V-58)."""
    wrong = {"situation": "affilie", "dossier": "7000009", "password": "carafe-soleil-marin-41"}
    answer = {**suspected.hidden(), **ticked(suspected)}
    assert WRONG in browser.post(suspected.action("sign-in"), {**answer, **wrong}).text
    again = browser.post(suspected.action("sign-in"), {**answer, **wrong})
    assert 'id="captcha-error"' in again.text
    forgotten = browser.get("/mot-de-passe-oublie")
    stolen = {**again.hidden(), **forgotten.hidden(), **ticked(forgotten), "csrf": again.hidden()["csrf"]}
    assert 'id="captcha-error"' in browser.post(again.action("sign-in"), {**stolen, **wrong}).text


@pytest.mark.usefixtures("suspected")
def test_every_browser_of_the_network_is_asked_and_a_new_password_is_not_affected(
    provider: Provider, espace: RelyingParty
) -> None:
    """No cookie escapes it, and asking for a new password goes on as ever (N-096)."""
    other = provider.browser()
    assert ASKS in other.get(espace.authorize_url()).text
    assert "Demande de réinitialisation" in ask(other).text


@pytest.mark.usefixtures("suspected")
def test_the_staffs_page_asks_too(provider: Provider) -> None:
    """A right password of the staff is not looked at without the captcha; what lacks is said with the rest (N-096)."""
    who, browser = joined(provider), provider.browser()
    page = browser.get(CONSOLE)
    assert ASKS in page.text
    empty = sends(browser, page, password="")
    assert {"password", "captcha"} == set(re.findall(r'id="(\w+)-error"', empty.text))
    refused = sends(browser, empty)
    assert {"captcha"} == set(re.findall(r'id="(\w+)-error"', refused.text))
    fields = {"login": who.login, "password": who.password, **ticked(refused)}
    asked = browser.submit(refused, fields, "staff-sign-in")
    assert confirm(browser, asked, who.application.next_code()).url.endswith(CONSOLE)


@pytest.mark.usefixtures("suspected")
def test_suspicion_ends(provider: Provider, espace: RelyingParty) -> None:
    """An hour after the last failure nobody is asked any more."""
    provider.clock.forward(3600)
    assert ASKS not in provider.browser().get(espace.authorize_url()).text
