"""A member who forgot the password gets a provisional one, reads it in the mailbox, and chooses another."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenWindow
from tests.support.visitor import Visitor

pytestmark = pytest.mark.browser


def asks(visitor: Visitor, who: str, *, scripts: bool) -> None:
    """Fill in the first page and tick the box; without scripts, wait as the page says."""
    person = visitor.demonstration.person(who)
    visitor.asks_to_sign_in()
    visitor.press("forgotten")
    visitor.page.check(f"#situation-{person.situation.replace('_', '-')}")
    visitor.page.fill("#dossier", person.dossier)
    visitor.page.check("#captcha")
    if scripts:
        expect(visitor.page.locator("#captcha-status")).to_contain_text("terminée", timeout=60_000)
    else:
        visitor.page.wait_for_timeout(6_000)
    visitor.press("reset")


def provisional(visitor: Visitor, who: str) -> str:
    """Return the provisional password of a member's message in the mailbox, read in another tab."""
    tab = visitor.context.new_page()
    mine = tab.locator("#messages a", has_text=visitor.demonstration.person(who).email).filter(has_text="provisoire")
    for _ in range(20):
        tab.goto(visitor.demonstration.contract["mailbox"])
        if mine.count():
            break
        tab.wait_for_timeout(500)
    mine.first.click()
    found = re.search(r"\b(?:[2-9A-Z]{4}-){3}[2-9A-Z]{4}\b", tab.locator("#text").inner_text())
    assert found is not None
    tab.close()
    return found[0]


@pytest.mark.parametrize(
    ("scripts", "who"), [(True, "camille"), (False, "ingrid")], ids=["with scripts", "without scripts"]
)
def test_from_a_forgotten_password_to_the_application(open_window: OpenWindow, scripts: bool, who: str) -> None:
    """The whole journey by e-mail, from the application and back to it; the old words are chosen again."""
    visitor = open_window(java_script_enabled=scripts)
    asks(visitor, who, scripts=scripts)
    visitor.sees("masked-email", "***")
    visitor.page.check("#channel")
    visitor.press("choose-delivery")
    expect(visitor.page.locator("h1")).to_have_text("Votre demande est enregistrée")
    visitor.press("back-to-sign-in")
    person = visitor.demonstration.person(who)
    visitor.fills(person, password=provisional(visitor, who).lower().replace("-", " "))
    visitor.press("sign-in")
    visitor.page.fill("#password", person.password)
    visitor.page.fill("#confirmation", person.password)
    visitor.press("choose-password")
    visitor.press("go-to-sign-in")
    visitor.signs_in(who)
    visitor.is_welcomed(who)
