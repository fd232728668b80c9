"""A member looks after the account in a real browser: with and without scripts, by keyboard, on a telephone."""

import json
import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenWindow
from tests.support.visitor import Visitor

pytestmark = pytest.mark.browser

NEW = "girouette-palmier-encrier-7"
BOTH = pytest.mark.parametrize(
    ("scripts", "who"), [(True, "farida"), (False, "teva")], ids=["with scripts", "without scripts"]
)


def opens(visitor: Visitor, page: str, who: str, password: str | None = None) -> None:
    """Open an account page and sign in on the way, as its address asks."""
    visitor.page.goto(f"{visitor.demonstration.issuer}/compte{page}")
    visitor.fills(visitor.demonstration.person(who), password=password)
    visitor.press("sign-in")


def changes(visitor: Visitor, present: str, chosen: str) -> None:
    """Fill the form of the password page and send it."""
    visitor.page.fill("#present", present)
    visitor.page.fill("#password", chosen)
    visitor.page.fill("#confirmation", chosen)
    visitor.press("change-password")


def proof(visitor: Visitor, address: str) -> str:
    """Return the link that an address was sent."""
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        for message in visitor.demonstration.mails_to(address):
            if found := re.search(r"https?://\S+/adresse-e-mail/[\w-]+", message["text"]):
                return found[0]
        visitor.page.wait_for_timeout(100)
    raise AssertionError(f"no link for {address}")


@BOTH
def test_a_password_is_changed_and_changed_back(open_window: OpenWindow, scripts: bool, who: str) -> None:
    """Wrong once, then right; the session goes on, the new password opens the door, the old one may come back."""
    visitor, other = open_window(java_script_enabled=scripts), open_window()
    old = visitor.demonstration.person(who).password
    opens(other, "", who)
    other.sees("dossier")
    opens(visitor, "/mot-de-passe", who)
    changes(visitor, "not-the-present-one", NEW)
    visitor.sees("present-error", "actuel")
    if scripts:
        visitor.page.fill("#password", NEW)
        expect(visitor.page.locator("#password-status")).not_to_be_empty()
    changes(visitor, old, NEW)
    visitor.sees("notice", "Votre mot de passe est changé.")
    other.page.reload()
    other.fills(other.demonstration.person(who), password=NEW)
    other.press("sign-in")
    other.sees("dossier")
    changes(visitor, NEW, old)
    visitor.sees("notice", "Votre mot de passe est changé.")


@BOTH
def test_an_address_is_changed_by_its_link(open_window: OpenWindow, scripts: bool, who: str) -> None:
    """A mistake beside its field, the link read in the mailbox, pressed, and the page says it is confirmed."""
    visitor = open_window(java_script_enabled=scripts)
    address = f"{who}.nouvelle@example.org"
    opens(visitor, "/adresse-e-mail", who)
    visitor.press("change-email")
    visitor.page.fill("#email", "nulle part")
    visitor.press("send-link")
    visitor.sees("email-error")
    visitor.page.fill("#email", address)
    visitor.press("send-link")
    visitor.sees("notice", "Un message vient de partir")
    visitor.page.goto(proof(visitor, address))
    visitor.press("confirm-email")
    visitor.press("account")
    visitor.press("tile-email")
    visitor.sees("email-address", address)
    visitor.sees("email-rests")


def test_the_account_by_keyboard_on_a_telephone(open_window: OpenWindow) -> None:
    """The menu opens, moves and closes without a pointer; the page that it leads to is marked in it."""
    visitor = open_window(viewport={"width": 360, "height": 740})
    opens(visitor, "", "sophie")
    visitor.page.locator("#account-menu").focus()
    expect(visitor.page.locator("#menu-language")).to_be_hidden()
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.locator("#menu-language")).to_be_visible()
    for _ in range(30):
        visitor.page.keyboard.press("Tab")
        if visitor.page.evaluate("document.activeElement.id") == "menu-language":
            break
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.locator("h1")).to_have_text("Langue")
    expect(visitor.page.locator("#menu-language")).to_have_attribute("aria-current", "page")


def test_the_language_without_scripts(open_window: OpenWindow) -> None:
    """Chosen and saved, the page answers in it; and back."""
    visitor = open_window(java_script_enabled=False)
    opens(visitor, "/langue", "sophie")
    visitor.page.check("#choice-en")
    visitor.press("keep-language")
    visitor.sees("notice", "Your language is saved.")
    visitor.page.check("#choice-fr")
    visitor.press("keep-language")
    visitor.sees("notice", "Votre langue est enregistrée.")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_the_copy_of_ones_data_is_a_file(open_window: OpenWindow, scripts: bool) -> None:
    """One press, one file on the disk that says whose it is."""
    visitor = open_window(java_script_enabled=scripts)
    opens(visitor, "/donnees", "sophie")
    with visitor.page.expect_download() as downloading:
        visitor.press("download")
    assert re.fullmatch(r"mes-donnees-carpimko-[\d-]{10}\.json", downloading.value.suggested_filename)
    copy = json.loads(Path(downloading.value.path()).read_text(encoding="utf-8"))
    assert visitor.demonstration.person("sophie").dossier == copy["account"]["dossier"]
