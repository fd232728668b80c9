"""A browser that does what the suite's configuration says, page by page: matches addresses, waits, types and clicks.

The language is that of the suite's browser control, as far as `demo.json` uses it.
"""

import html
import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urljoin

import requests

from tests.support.conformance.house import House
from tests.support.pages import Page

MOST_REDIRECTS = 10


class ScriptedBrowser:
    """Follows a script; `seen` names the tasks that were done, `url` is where it ended."""

    def __init__(self, house: House, script: Sequence[Mapping[str, Any]]) -> None:
        self._house = house
        self._script = script
        self._session = requests.Session()
        self._session.trust_env, self._session.verify = False, house.session.verify
        self._session.adapters = house.session.adapters
        self._typed: dict[str, str] = {}
        self._page = Page("", 0, "", {})
        self.seen: list[str] = []

    @property
    def url(self) -> str:
        """Where the browser is."""
        return self._page.url

    def go(self, url: str) -> None:
        """Open an address, and do the tasks of the entry that it matches."""
        self._open("GET", url)
        entry = next(one for one in self._script if fnmatchcase(url, one["match"]))
        for task in entry["tasks"]:
            if fnmatchcase(self.url, task["match"]) and self._page.status:
                self._do(task)
            else:
                assert task["optional"], f"{task['task']} does not match {self.url}"

    def _do(self, task: Mapping[str, Any]) -> None:
        self.seen.append(task["task"])
        for command, kind, target, *more in task["commands"]:
            if kind == "match":
                assert re.search(target, self.url), f"{self.url} is not {target}"
                continue
            assert "id" == kind
            tag = self._element(target)
            if command == "text":
                self._typed[_attribute(tag, "name")] = more[0]
            elif command == "click":
                self._click(target, tag)

    def _element(self, element: str) -> str:
        found = re.search(rf'<\w+\b[^>]*\bid="{element}"[^>]*>', self._page.text)
        assert found is not None, f"{self.url} has no {element}"
        return found[0]

    def _click(self, element: str, tag: str) -> None:
        if 'type="radio"' in tag:
            self._typed[_attribute(tag, "name")] = _attribute(tag, "value")
            return
        form = next(one for one in re.findall(r"<form\b.*?</form>", self._page.text, re.DOTALL) if tag in one)
        fields = Page(self.url, 200, form, {}).hidden() | self._typed
        if 'name="' in tag:
            fields[_attribute(tag, "name")] = _attribute(tag, "value")
        action = re.search(r'<form[^>]*\baction="([^"]*)"', form)
        self._open("POST", urljoin(self.url, html.unescape(action[1]) if action else element), fields)

    def _open(self, method: str, url: str, fields: Mapping[str, str] | None = None) -> None:
        self._typed = {}
        for _ in range(MOST_REDIRECTS):
            if not url.startswith(self._house.issuer):
                self._page = Page(url, 0, "", {})
                return
            answer = self._session.request(method, url, data=fields, allow_redirects=False, timeout=20)
            if not answer.is_redirect:
                self._page = Page(url, answer.status_code, answer.text, {})
                return
            method, fields, url = "GET", None, urljoin(url, answer.headers["Location"])
        raise AssertionError(f"redirected in circles: {url}")


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return html.unescape(found[1]) if found else ""
