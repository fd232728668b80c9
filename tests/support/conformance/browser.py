"""The suite's browser: no scripts but the one that sends a form, every page answered by what `demo.json` promises."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import parse_qsl, urldefrag, urljoin, urlsplit

import requests

from tests.support.demonstrations import Person
from tests.support.pages import Page

MOST_STEPS: Final = 20
FORM: Final = "application/x-www-form-urlencoded"

Kind = Literal["sign-in", "consent", "logout", "other"]
_KINDS: Final[Mapping[str, Kind]] = {"sign-in": "sign-in", "consent-allow": "consent", "logout-confirm": "logout"}


@dataclass(frozen=True, slots=True)
class Callback:
    """What arrived at an address of the application: by a redirect or by a form."""

    url: str
    query: Mapping[str, str]
    fragment: Mapping[str, str]
    form: Mapping[str, str] | None


@dataclass(slots=True)
class Visit:
    """What a person saw on the way, in order, and where it ended: at the application, or on a page."""

    pages: list[tuple[Kind, Page]] = field(default_factory=list)
    frames: list[str] = field(default_factory=list)
    callback: Callback | None = None

    @property
    def kinds(self) -> list[Kind]:
        """The pages that needed an answer."""
        return [kind for kind, _ in self.pages]

    @property
    def last(self) -> Page:
        """The last page."""
        return self.pages[-1][1]


class SuiteBrowser:
    """An empty jar of cookies; goes from page to page until an application's address, or a page without an answer.

    Args:
        issuer: the provider's address.
        machine: what speaks to the provider; browsers share its connections, which are slow to open, and no cookie.
        member: who signs in.
        others: the file whose certificate vouches for the applications, for their frames.
    """

    def __init__(self, issuer: str, machine: requests.Session, member: Person, others: str) -> None:
        self._issuer = issuer
        self._member = member
        self._others = others
        self.session = requests.Session()
        self.session.trust_env, self.session.verify = False, machine.verify
        self.session.adapters = machine.adapters

    def go(self, url: str, *, form: Mapping[str, str] | None = None, answers: bool = True) -> Visit:
        """Open an address, or send it a form; sign in and agree where asked.

        Args:
            url: where to begin.
            form: fields sent as another site's form would be.
            answers: False stops at the first page that asks something.
        """
        visit = Visit()
        method = "GET" if form is None else "POST"
        fields = form
        for _ in range(MOST_STEPS):
            if not self._ours(url):
                visit.callback = _callback(url, fields if method == "POST" else None)
                return visit
            answer = self.session.request(method, url, data=fields, allow_redirects=False, timeout=20)
            if answer.is_redirect:
                method, fields, url = "GET", None, urljoin(url, answer.headers["Location"])
                continue
            page = Page(answer.url, answer.status_code, answer.text, answer.headers)
            if 'id="form-post"' in page.text:
                method, fields, url = "POST", _fields(page, "form-post"), page.action("form-post")
                continue
            if "<iframe" in page.text:
                visit.frames += self._frames(page)
                method, fields, url = "GET", None, _next(page)
                continue
            kind = _kind(page)
            visit.pages.append((kind, page))
            if kind == "other" or not answers:
                return visit
            method, fields, url = "POST", self._answer(page, kind), page.action(_button(kind))
        raise AssertionError(f"no end: {visit.kinds} {url}")

    def _answer(self, page: Page, kind: Kind) -> Mapping[str, str]:
        fields = _fields(page, _button(kind))
        if kind == "sign-in":
            member = self._member
            fields |= {"situation": member.situation, "dossier": member.dossier, "password": member.password}
        if kind == "consent":
            fields |= {"decision": "allow"}
        return fields

    def _frames(self, page: Page) -> list[str]:
        """Load every frame of a page, without the provider's cookies, and return their addresses."""
        found = [html.unescape(one) for one in re.findall(r'<iframe\b[^>]*\bsrc="([^"]*)"', page.text)]
        for address in found:
            requests.get(address, verify=self._others, timeout=20)
        return found

    def _ours(self, url: str) -> bool:
        return url.startswith((f"{self._issuer}/", f"{self._issuer}?"))


def _next(page: Page) -> str:
    """Return where a page of frames goes on to, which its script and its meta element say alike."""
    link = re.search(r'<a\b[^>]*\bid="continue"[^>]*\bhref="([^"]*)"', page.text)
    link = link or re.search(r'<a\b[^>]*\bhref="([^"]*)"[^>]*\bid="continue"', page.text)
    assert link is not None, page.text
    assert 'http-equiv="refresh"' in page.text
    return urljoin(page.url, html.unescape(link[1]))


def _kind(page: Page) -> Kind:
    return next((kind for button, kind in _KINDS.items() if f'id="{button}"' in page.text), "other")


def _button(kind: Kind) -> str:
    return next(button for button, one in _KINDS.items() if one == kind)


def _fields(page: Page, within: str) -> dict[str, str]:
    """Return the hidden fields of the form that has, or holds, an id."""
    form = next(found for found in re.findall(r"<form\b.*?</form>", page.text, re.DOTALL) if f'id="{within}"' in found)
    return Page(page.url, page.status, form, {}).hidden()


def _callback(url: str, form: Mapping[str, str] | None) -> Callback:
    bare, fragment = urldefrag(url)
    return Callback(bare, _parsed(urlsplit(bare).query), _parsed(fragment), form)


def _parsed(text: str) -> dict[str, str]:
    pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text))
    assert len(pairs) == len(dict(pairs)), f"a parameter twice: {text}"
    return dict(pairs)


def links(page: Page) -> list[str]:
    """Return the addresses that a page refers to."""
    return [html.unescape(found) for found in re.findall(r'(?:href|src)="([^"]*)"', page.text)]
