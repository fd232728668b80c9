"""Browsers that say what they are, and what the account's pages show of them."""

import html
import re

from tests.support.activation import messages, text_of
from tests.support.cast import PASSWORD
from tests.support.pages import Browser, Page
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1"
    " Mobile/15E148 Safari/604.1"
)


def fill(browser: Browser, page: Page, user_agent: str, password: str = PASSWORD) -> Page:
    """Fill the sign-in form in a browser that names itself."""
    fields = {"situation": "affilie", "dossier": "1234567", "password": password}
    headers = {"User-Agent": user_agent}
    return browser.post(page.action("sign-in"), {**page.hidden(), **fields}, headers=headers)


def placed(provider: Provider, address: str = "192.0.2.77") -> Browser:
    """Return a new browser that comes from an address."""
    wsgi = provider.application.wsgi
    return Browser(lambda environ, start: wsgi({**environ, "REMOTE_ADDR": address}, start))


def opened(provider: Provider, user_agent: str = FIREFOX, browser: Browser | None = None) -> Browser:
    """Return a browser in which the member is signed in to the account."""
    used = browser or placed(provider)
    fill(used, used.get("/connexion"), user_agent)
    return used


def at_service(provider: Provider, user_agent: str = FIREFOX) -> tuple[Browser, dict[str, str]]:
    """Return a browser signed in to the fund's application, and what the application was given."""
    espace, browser = RelyingParty(provider), provider.browser()
    page = browser.get(espace.authorize_url(scope="openid offline_access"))
    return browser, espace.tokens(fill(browser, page, user_agent))


def signed_in(browser: Browser) -> bool:
    """Whether the account opens in this browser."""
    return 'id="nav-devices"' in browser.get("/compte").text


def titles(page: Page, list_id: str) -> list[str]:
    """Return the headings of a list of sign-ins."""
    found = re.search(rf'<[uo]l class="sign-ins" id="{list_id}">(.*?)</[uo]l>', page.text, re.DOTALL)
    return [html.unescape(one).strip() for one in re.findall(r"<h2>(.*?)</h2>", found[1], re.DOTALL)] if found else []


def states(page: Page) -> list[str]:
    """Return the states that a page shows, in words."""
    found = re.findall(r'<span class="state state--\w+">.*?<span>(.*?)</span></span>', page.text, re.DOTALL)
    return [html.unescape(one).replace("\u202f", " ").replace("\u00a0", " ") for one in found]


def not_me(browser: Browser, words: str) -> Page:
    """Press « Ce n'était pas moi » at the first entry of the history with these words, and return what explains."""
    history = browser.get("/compte/historique").text.replace("\u202f", " ").replace("\u00a0", " ")
    entries = [entry for entry in history.split('<li class="sign-in-entry')[1:] if words in entry]
    found = re.search(r'href="([^"]*)" id="not-me-', entries[0])
    assert found is not None, entries[0]
    return browser.get(found[1])


def told(provider: Provider, subject: str) -> list[str]:
    """Return the text of the messages with this in their subject."""
    return [text_of(one).replace("\u00a0", " ") for one in messages(provider) if subject in one["Subject"]]
