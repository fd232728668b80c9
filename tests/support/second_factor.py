"""A member who proves a second factor: adds it on the account's page, types codes, answers with a passkey."""

import html
import json
import re
from dataclasses import dataclass
from typing import Any

import pyotp

from idp.members.factors import totp
from tests.support.pages import Browser, Page
from tests.support.provider import Provider
from tests.support.soft_passkey import SoftPasskey

SECURITY = "/compte/securite"


@dataclass
class Application:
    """An application that shows codes: its secret, the provider's clock, and the recovery codes that came with it."""

    provider: Provider
    secret: bytes
    recovery: tuple[str, ...] = ()

    def code(self, shift: int = 0) -> str:
        """Return the code of now, or of so many steps later."""
        generator = pyotp.TOTP(totp.encoded(self.secret))
        return str(generator.generate_otp(self.provider.clock() // totp.STEP + shift))

    def next_code(self) -> str:
        """Return a code that has not been used: time passes first."""
        self.provider.clock.forward(totp.STEP)
        return self.code()


def shown_secret(page: Page) -> bytes:
    """Return the secret that the page tells to type."""
    found = re.search(r'id="secret"[^>]*>([A-Z2-7 ]+)<', page.text)
    assert found is not None, page.text[:3000]
    return totp.decoded(found[1].replace(" ", ""))


def shown_codes(page: Page) -> tuple[str, ...]:
    """Return the recovery codes on a page."""
    return tuple(re.findall(r"<li>((?:\w{4}-){2}\w{4})</li>", page.text))


def add_application(provider: Provider, browser: Browser, label: str = "") -> Application:
    """Add an application in a signed-in browser; fails unless it is added."""
    page = browser.get(f"{SECURITY}/application")
    made = Application(provider, shown_secret(page))
    after = browser.submit(page, {"code": made.code(), "label": label}, "confirm-application")
    made.recovery = shown_codes(after)
    assert 'id="codes"' in after.text or 'id="notice"' in after.text, after.text[:3000]
    return made


def enrolled(provider: Provider) -> Application:
    """Return the application of the member, who signed in to add it."""
    browser = provider.browser()
    browser.sign_in(browser.get("/connexion"))
    made = add_application(provider, browser)
    browser.submit(browser.get(browser.history[-1]), {}, "codes-kept")
    return made


def confirm(browser: Browser, page: Page, code: str) -> Page:
    """Type a code on the page of the second step."""
    return browser.submit(page, {"code": code}, "confirm-code")


def recover(browser: Browser, page: Page, code: str) -> Page:
    """Type a recovery code on the page of the second step."""
    return browser.submit(page, {"recovery": code}, "confirm-recovery")


def options_of(page: Page) -> dict[str, Any]:
    """Return what a page would ask the browser's passkeys."""
    found = re.search(r'data-options="([^"]*)"', page.text)
    assert found is not None, page.text[:3000]
    asked: dict[str, Any] = json.loads(html.unescape(found[1]))
    return asked


def add_passkey(browser: Browser, passkey: SoftPasskey) -> Page:
    """Add a passkey in a signed-in browser and return the page that follows."""
    page = browser.get(f"{SECURITY}/cle")
    return browser.submit(page, {"credential": passkey.create(options_of(page))}, "passkey-start")


def use_passkey(browser: Browser, page: Page, passkey: SoftPasskey) -> Page:
    """Answer a page that asks for a passkey."""
    return browser.submit(page, {"credential": passkey.get(options_of(page))}, "passkey-start")
