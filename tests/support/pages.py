"""A browser for stories: keeps cookies, follows redirects on the issuer, fills forms, stops at any other host."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

from werkzeug.test import Client as WsgiClient
from werkzeug.test import TestResponse

from tests.support.cast import ISSUER, PASSWORD


@dataclass
class Page:
    """What the browser shows: the last answer, read; the places at which a word may break (`<wbr>`) are not text."""

    url: str
    status: int
    text: str
    headers: Mapping[str, str]

    @property
    def query(self) -> dict[str, str]:
        """The parameters in the address."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.url).query).items()}

    @property
    def answer(self) -> dict[str, str]:
        """What an application was told: in the fragment where there is one, in the query, or in the form to post."""
        place = urlsplit(self.url)
        told = {name: values[0] for name, values in parse_qs(place.fragment or place.query).items()}
        return told if self.status == 0 else self.hidden()

    def hidden(self) -> dict[str, str]:
        """Return the hidden fields of the page, but for those of its switch of languages."""
        found: dict[str, str] = {}
        for tag in re.findall(r"<input\b[^>]*>", self.text.partition('id="language-form"')[0]):
            attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
            if attributes.get("type") == "hidden":
                found[attributes["name"]] = html.unescape(attributes.get("value", ""))
        return found

    def action(self, button: str | None = None) -> str:
        """Return the address the form posts to: the one that holds the button with an id, or the first POST form."""
        for form in re.findall(r"<form\b.*?</form>", self.text, re.DOTALL):
            opening = form[: form.index(">")]
            if 'method="post"' in opening and (button is None or f'id="{button}"' in form):
                found = re.search(r'action="([^"]*)"', opening)
                return urljoin(self.url, html.unescape(found[1])) if found else self.url
        raise AssertionError(f"no such form on {self.url}: {self.text[:2000]}")


class Browser:
    """Follows redirects on the issuer, keeps cookies, stops at any other host."""

    def __init__(self, wsgi: Any) -> None:
        self.client = WsgiClient(wsgi)
        self.history: list[str] = []

    def get(self, url: str, *, follow: bool = True, headers: Mapping[str, str] | None = None) -> Page:
        """Open an address."""
        return self._open("GET", urljoin(ISSUER, url), follow=follow, headers=headers)

    def post(
        self, url: str, fields: Mapping[str, str], *, follow: bool = True, headers: Mapping[str, str] | None = None
    ) -> Page:
        """Send a form as a browser on our own page would."""
        own = {"Origin": ISSUER, "Sec-Fetch-Site": "same-origin"}
        return self._open("POST", urljoin(ISSUER, url), dict(fields), follow=follow, headers={**own, **(headers or {})})

    def submit(self, page: Page, fields: Mapping[str, str], button: str | None = None, *, follow: bool = True) -> Page:
        """Fill the form of a page and send it."""
        return self.post(page.action(button), {**page.hidden(), **fields}, follow=follow)

    def sign_in(
        self, page: Page, dossier: str = "1234567", password: str = PASSWORD, situation: str = "affilie"
    ) -> Page:
        """Fill the sign-in form."""
        fields = {"situation": situation, "dossier": dossier, "password": password}
        return self.submit(page, fields, "sign-in")

    def switched(self, page: Page, **changes: str) -> Page:
        """Press the other language of a page with errors, as a browser sends the form that the button belongs to."""
        (address,) = re.findall(r'form="language-form" formaction="([^"]*)"', page.text)
        (form,) = re.findall(r'id="language-form">(.*?)</form>', page.text, re.DOTALL)
        fields = {name: html.unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', form)}
        return self.post(html.unescape(address), {**fields, "step": "language", **changes})

    def consent(self, page: Page, decision: str = "allow") -> Page:
        """Answer the consent page."""
        return self.submit(page, {"decision": decision}, "consent-allow")

    def raw(self, method: str, url: str, **options: Any) -> TestResponse:
        """Send one request as it is given, and follow nothing."""
        parts = urlsplit(urljoin(ISSUER, url))
        return self.client.open(parts.path, method=method, query_string=parts.query, base_url=ISSUER, **options)

    def forget(self, name: str) -> None:
        """Lose one cookie, as a browser that is cleaned does."""
        self.client.delete_cookie(name, domain=urlsplit(ISSUER).hostname or "", path="/")

    def cookies(self) -> dict[str, str]:
        """Return the cookies kept for the issuer."""
        host = urlsplit(ISSUER).hostname or ""
        return {key[2]: cookie.value for key, cookie in (self.client._cookies or {}).items() if key[0] == host}

    def _open(
        self,
        method: str,
        url: str,
        form: dict[str, str] | None = None,
        *,
        follow: bool,
        headers: Mapping[str, str] | None,
    ) -> Page:
        for _ in range(12):
            self.history.append(url)
            if not url.startswith(ISSUER):
                return Page(url, 0, "", {})
            answer = self._once(method, url, form, headers)
            if not follow or answer.status_code not in {301, 302, 303, 307}:
                text = answer.get_data().decode("utf-8", "replace")  # a file that is no text, as far as it is one
                return Page(url, answer.status_code, text.replace("<wbr>", ""), dict(answer.headers))
            method, form, url = "GET", None, urljoin(url, answer.headers["Location"])
        raise AssertionError(f"redirected in circles: {self.history[-6:]}")

    def _once(
        self, method: str, url: str, form: dict[str, str] | None, headers: Mapping[str, str] | None
    ) -> TestResponse:
        parts = urlsplit(url)
        return self.client.open(
            parts.path,
            method=method,
            query_string=parts.query,
            base_url=ISSUER,
            data=form,
            headers=dict(headers or {}),
        )
