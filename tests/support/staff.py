"""Administrators in stories: invited by an operator, come in with a password and a second factor, sign in."""

from collections.abc import Collection
from dataclasses import dataclass

from idp.admin.actor import operator
from idp.admin.acts.admins import AdminActs
from idp.admin.roles import Role
from tests.support.cast import ISSUER
from tests.support.pages import Browser, Page
from tests.support.provider import Provider
from tests.support.second_factor import Application, confirm, shown_codes, shown_secret

LOGIN = "marie@fund.example"
CONSOLE = "/administration"
CHOSEN = "girafe-tunnel-orage-57"


@dataclass
class Administrator:
    """Somebody of the staff who has come in: login, password, and the application that shows the codes."""

    login: str
    password: str
    application: Application

    def signs_in(self, browser: Browser, page: Page) -> Page:
        """Fill the staff's sign-in page and confirm with the next code."""
        return confirm(browser, sends(browser, page, self.login, self.password), self.application.next_code())


@dataclass
class Desk:
    """An administrator at the console, in a browser of their own."""

    who: Administrator
    browser: Browser

    def get(self, path: str = "") -> Page:
        """Open a page of the console."""
        return self.browser.get(f"{CONSOLE}{path}")

    def again(self, page: Page) -> Page:
        """Sign in again where a page asks for it."""
        assert "/administration/connexion/" in page.url, page.url
        return self.who.signs_in(self.browser, page)


def at_the_console(provider: Provider, *roles: Role, login: str = LOGIN) -> Desk:
    """Return an administrator with these roles (all for none) who has just signed in to the console."""
    who, browser = joined(provider, login, roles or tuple(Role)), provider.browser()
    page = who.signs_in(browser, browser.get(CONSOLE))
    assert page.url.endswith(CONSOLE), page.text[:3000]
    return Desk(who, browser)


def acts_of(provider: Provider) -> AdminActs:
    """Return the acts as the command line has them."""
    application = provider.application
    return AdminActs(application.store, application.audit, application.clock, ISSUER)


def invited(provider: Provider, login: str = LOGIN, roles: Collection[Role] = tuple(Role)) -> str:
    """Create an administrator at the command line; return the link of the invitation."""
    return acts_of(provider).create(operator("test"), login, "Marie L.", roles).url


def chooses(browser: Browser, url: str, password: str = CHOSEN) -> Page:
    """Choose a password on the page of an invitation; return the page that follows."""
    return browser.submit(browser.get(url), {"password": password, "confirmation": password}, "choose-password")


def joined(provider: Provider, login: str = LOGIN, roles: Collection[Role] = tuple(Role)) -> Administrator:
    """Return an administrator who has just come in by an invitation, in a browser of their own."""
    browser = provider.browser()
    page = chooses(browser, invited(provider, login, roles))
    application = Application(provider, shown_secret(page))
    done = browser.submit(page, {"code": application.code()}, "confirm-application")
    application.recovery = shown_codes(done)
    assert application.recovery, done.text[:3000]
    browser.submit(done, {}, "codes-kept", follow=False)
    return Administrator(login, CHOSEN, application)


def sends(browser: Browser, page: Page, login: str = LOGIN, password: str = CHOSEN) -> Page:
    """Send a login and a password on the staff's sign-in page."""
    return browser.submit(page, {"login": login, "password": password}, "staff-sign-in")
