"""A member in a real Chromium: goes where a person goes, presses what has an id, and notes every fault on the way."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response, expect

from tests.support.demonstrations import Demonstration, Person

PATIENCE: Final = 20_000
"""Milliseconds until something that should show is missing; a busy machine is slow, not wrong."""
_LOADED_BADLY: Final = "Failed to load resource"


@dataclass  # no slots: Playwright leaves a mark on the owner of the methods it calls
class Watch:
    """What went wrong in a window without anybody seeing it."""

    origins: tuple[str, ...]
    faults: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> None:
        """Listen to everything that the pages of a window do."""
        context.on("request", self._request)
        context.on("response", self._response)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.faults.append(f"script failed: {error.error}"))

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in {"data", "about"} and f"{parts.scheme}://{parts.netloc}" not in self.origins:
            self.faults.append(f"asked a third party: {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and not response.request.is_navigation_request():
            self.faults.append(f"{response.status} for {response.url}")

    def _console(self, message: ConsoleMessage) -> None:
        # A page that answers 400 is a page, and said so above; a refused resource is counted there.
        if message.type in {"error", "warning"} and not message.text.startswith(_LOADED_BADLY):
            self.faults.append(f"console: {message.text}")


@dataclass(slots=True)
class Visitor:
    """One window. Members act as a person does; `page` is Playwright's own, for looking closer."""

    demonstration: Demonstration
    context: BrowserContext
    page: Page

    def press(self, element: str) -> None:
        """Press what has this id."""
        self.page.locator(f"#{element}").click()

    def sees(self, element: str, text: str | None = None) -> None:
        """Fail unless an element with this id shows, holding `text` when given; a failure tells what does show."""
        located = self.page.locator(f"#{element}")
        try:
            expect(located).to_be_visible()
            if text is not None:
                expect(located).to_contain_text(text)
        except AssertionError as failure:
            failure.add_note(f"{self.page.url} shows:\n{self.page.locator('body').inner_text()}")
            raise

    def reads(self, element: str) -> str:
        """Return the text of what has this id."""
        return self.page.locator(f"#{element}").inner_text()

    def title(self) -> str:
        """Return the heading of the page."""
        return self.page.locator("h1").inner_text()

    def asks_to_sign_in(self, application: str | None = None) -> None:
        """Open an application, Espace Personnel unless said otherwise, and press its button."""
        self.page.goto(application or self.demonstration.espace)
        self.press("sign-in")

    def fills(self, person: Person, *, password: str | None = None) -> None:
        """Fill in the form of the sign-in page, or that of the proof."""
        self.page.check(f"#situation-{person.situation.replace('_', '-')}")
        self.page.fill("#dossier", person.dossier)
        self.page.fill("#password", person.password if password is None else password)

    def signs_in(self, key: str) -> None:
        """From the sign-in page, sign in with a dossier number and password."""
        self.sees("dossier")
        self.fills(self.demonstration.person(key))
        self.press("sign-in")

    def signs_in_by_franceconnect(self, key: str, tile: str = "impots") -> None:
        """From the sign-in page, go through FranceConnect: a tile, its sign-in, its page of information."""
        self.press("franceconnect")
        self.press(f"idp-{tile}")
        self.page.fill("#login", key)
        self.press("idp-login")
        self.press("continue")

    def is_welcomed(self, key: str) -> None:
        """Fail unless Espace Personnel shows this person's dossier."""
        self.sees("greeting")
        self.sees("numero-dossier", self.demonstration.person(key).dossier)

    def is_at(self, address: str) -> bool:
        """Whether the page is at this address or below it."""
        return self.page.url.startswith(address)


@contextmanager
def window(browser: Browser, demonstration: Demonstration, **options: Any) -> Iterator[Visitor]:
    """Open a private window; fails at its end when a page asked a third party or broke a rule of its own."""
    chosen: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}, "locale": "fr-FR", **options}
    context = browser.new_context(**chosen)
    context.set_default_timeout(PATIENCE)
    watch = Watch(demonstration.origins)
    watch.over(context)
    try:
        yield Visitor(demonstration, context, context.new_page())
    finally:
        context.close()
    assert [] == watch.faults
