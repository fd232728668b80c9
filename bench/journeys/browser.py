"""A browser that weighs next to nothing: cookies by host, redirects, the form of a page. Knows a few hosts by port."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode, urljoin, urlsplit

from bench.peers.wrk import Spoiled
from bench.wire import Answer, Wire, raw

MOST: Final = 12
"""Redirects in a row."""
_FORM: Final = re.compile(rb"<form\b[^>]*>.*?</form>", re.DOTALL)
_INPUT: Final = re.compile(rb"<input\b[^>]*>")
_ATTRIBUTE: Final = re.compile(rb'([\w-]+)="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Page:
    """Where the browser is; `status` is 0 at a host that it does not know: an application's callback."""

    url: str
    status: int
    body: bytes

    def form(self, mark: str) -> tuple[str, dict[str, str]]:
        """Return the address and the hidden fields of the form that contains a text.

        Raises:
            Spoiled: there is none; the page is another than it should be.
        """
        for form in _FORM.findall(self.body):
            if mark.encode() in form:
                tags = [dict(_ATTRIBUTE.findall(tag)) for tag in _INPUT.findall(form)]
                hidden = {_text(tag[b"name"]): _text(tag.get(b"value", b"")) for tag in tags if _hidden(tag)}
                opening = dict(_ATTRIBUTE.findall(form[: form.index(b">")]))
                return urljoin(self.url, _text(opening.get(b"action", b""))), hidden
        raise Spoiled(f"no form with {mark!r}: {self.status} {self.url} {self.body[:300]!r}")


class Browser:
    """One person's browser.

    Args:
        hosts: the port of this machine that stands for each host, with the headers that its proxy would add.
    """

    def __init__(self, hosts: Mapping[str, tuple[int, Mapping[str, str]]]) -> None:
        self._hosts = hosts
        self._wires: dict[str, Wire] = {}
        self._cookies: dict[str, dict[str, str]] = {}

    def get(self, url: str) -> Page:
        """Open an address and follow where it leads."""
        return self._walk("GET", url, "")

    def post(self, url: str, fields: Mapping[str, str]) -> Page:
        """Send a form as a page of that host does, and follow where it leads."""
        return self._walk("POST", url, urlencode(fields))

    def ask(self, url: str, method: str, body: str, headers: Mapping[str, str]) -> Answer:
        """Send one request and follow nothing."""
        parts = urlsplit(url)
        port, added = self._hosts[parts.netloc]
        sent = {"Host": parts.netloc, **added, **headers}
        if kept := self._cookies.get(parts.netloc):
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in kept.items())
        wire = self._wires.setdefault(parts.netloc, Wire(port))
        answer = wire.ask(raw(method, parts.path + (f"?{parts.query}" if parts.query else ""), sent, body))
        for line in answer.headers.get("set-cookie", ()):
            name, _, rest = line.partition("=")
            self._cookies.setdefault(parts.netloc, {})[name] = rest.partition(";")[0]
        return answer

    def leave(self, *kept: str) -> None:
        """Close: connections end, and cookies whose names do not end like one of those that are kept."""
        for wire in self._wires.values():
            wire.close()
        self._wires = {}
        for cookies in self._cookies.values():
            for name in [name for name in cookies if not name.endswith(kept or ("",))]:
                del cookies[name]

    def _walk(self, method: str, url: str, body: str) -> Page:
        for _ in range(MOST):
            parts = urlsplit(url)
            if parts.netloc not in self._hosts:
                return Page(url, 0, b"")
            headers = {"Accept": "text/html", "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0"}
            if method == "POST":
                headers["Content-Type"] = "application/x-www-form-urlencoded"
                headers |= {"Origin": f"{parts.scheme}://{parts.netloc}", "Sec-Fetch-Site": "same-origin"}
            answer = self.ask(url, method, body, headers)
            if answer.status not in {301, 302, 303, 307}:
                return Page(url, answer.status, answer.body)
            method, body, url = "GET", "", urljoin(url, answer.header("location"))
        raise Spoiled(f"redirected in circles: {url}")


def _hidden(tag: Mapping[bytes, bytes]) -> bool:
    return tag.get(b"type") == b"hidden" and b"name" in tag


def _text(value: bytes) -> str:
    return html.unescape(value.decode())
