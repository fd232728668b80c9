"""The doctor at the console: a checkup, a test sign-in watched, and words for what fails."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from idp.admin.roles import Role
from tests.support.cast import ESPACE, SECRET
from tests.support.pages import Page
from tests.support.provider import Provider, copied_provider, running
from tests.support.relying_party import RelyingParty
from tests.support.staff import Desk, at_the_console

HERE = f"/diagnostic/{ESPACE.client_id}"


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    """A provider of the test's own."""
    with running(copied_provider(tmp_path)) as made:
        yield made


@pytest.fixture
def desk(provider: Provider) -> Desk:
    """Marie at the console, trusted with applications."""
    return at_the_console(provider, Role.CLIENTS)


def step(page: Page, name: str) -> str:
    """Return the state of a step as its word says it."""
    sign = r'<span class="state [^>]*>(?:<svg.*?</svg>)?<span>(\w+)<'
    found = re.search(rf'id="step-{name}">{sign}', page.text, re.DOTALL)
    return found[1] if found else ""


def test_from_the_application_to_the_ticks(provider: Provider, desk: Desk) -> None:
    """The button stands on the application's page; after it each step is waited for, ticked, or refused with why."""
    assert f'href="/administration{HERE}"' in desk.get(f"/applications/{ESPACE.client_id}").text
    begun = desk.browser.submit(desk.get(HERE), {}, "examine")
    assert begun.url.endswith(HERE)
    assert ("Attendu", "Attendu") == (step(begun, "requested"), step(begun, "redeemed"))
    espace, browser = RelyingParty(provider), provider.browser()
    browser.get(espace.authorize_url(redirect_uri=f"{ESPACE.redirect_uris[0]}/"))
    refused = desk.get(HERE)
    assert ("Refusé", True) == (step(refused, "requested"), "barre oblique finale" in refused.text)
    espace.tokens(espace.sign_in(browser))
    done = desk.get(HERE)
    assert ("Fait", "Fait", "Attendu") == (step(done, "requested"), step(done, "redeemed"), step(done, "userinfo"))
    english = desk.get(f"{HERE}?lang=en").text
    assert ("The application redeems the code" in english, "trailing slash" in english) == (True, True)


def test_text_of_an_application_is_text(provider: Provider, desk: Desk) -> None:
    """Names and addresses that an application chose are escaped, and no address leads anywhere but by http."""
    odd = replace(ESPACE, name="<b>Espace</b>", client_uri="javascript:alert(1)")
    provider.application.clients.upsert(odd, SECRET)
    page = desk.browser.submit(desk.get(HERE), {}, "examine")
    assert ("&lt;b&gt;Espace" in page.text, "<b>Espace" in page.text) == (True, False)
    assert "javascript:" not in page.text


def test_a_form_without_its_token(desk: Desk) -> None:
    """A form from elsewhere examines nothing; an application that is not there is not found."""
    assert 'id="wrong"' in desk.browser.post(f"/administration{HERE}", {}).text
    assert 'id="steps"' not in desk.get(HERE).text
    assert 404 == desk.get("/diagnostic/nobody").status


def test_who_looks_has_no_button(provider: Provider) -> None:
    """An auditor sees what was refused, and examines nothing."""
    page = at_the_console(provider, Role.AUDITOR).get(f"/applications/{ESPACE.client_id}")
    assert ('id="usage"' in page.text, 'id="doctor"' in page.text) == (True, False)
