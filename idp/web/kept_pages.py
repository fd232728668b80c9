"""Pages that are the same for everybody but in a few places: rendered once, kept, and filled in ever after.

A place is a value that the template writes out and does nothing else with: a token, an identifier, a nonce. While the
page is rendered a random mark stands there, which nothing else of the page can hold; afterwards the page is cut at its
marks. What else the page depends on is the key it is kept under.
"""

import re
import secrets
from collections.abc import Callable, Hashable, Mapping
from dataclasses import fields, is_dataclass
from itertools import chain
from typing import Any, Final

from markupsafe import escape

from idp.web import asked
from idp.web.i18n import language_links

Placed = Callable[[Mapping[str, str]], Mapping[str, Any]]
"""From what stands in the places of a page to what else of its context is made of it."""

_MOST: Final = 64
"""Pages kept, of some 10 KB each: one an application and language; with more all begin anew."""


class KeptPages:
    """The pages of one process. Thread-safe: two threads may render the same page, and one is kept."""

    def __init__(self) -> None:
        self._marks: dict[str, str] = {}
        self._pages: dict[Hashable, tuple[bytes, tuple[tuple[str, bytes], ...]]] = {}

    def rendered(
        self, template: str, language: str, places: Mapping[str, str], placed: Placed, context: Mapping[str, Any]
    ) -> bytes:
        """Return the page of the request being answered; the path in its language switch is a place too.

        Args:
            template: its file.
            language: `fr` or `en`.
            places: see `page`.
            placed: makes what else of the context is made of what stands in them.
            context: all else that the template is given.
        """
        here = asked.now()
        if here.environ.get("QUERY_STRING"):
            # What the address asks for goes into the language switch.
            return asked.rendered(template, {**context, **placed(places), **places}).encode()

        def render(marks: Mapping[str, str]) -> str:
            links = language_links(marks["path"], (), "en" if language == "en" else "fr")
            return asked.rendered(template, {**context, **placed(marks), **marks, "language_links": links})

        return self.page((template, language, frozen(context)), {**places, "path": here.path}, render)

    def page(self, key: Hashable, places: Mapping[str, str], render: Callable[[Mapping[str, str]], str]) -> bytes:
        """Return a page.

        Args:
            key: all that the page depends on but for its places; `frozen` makes it.
            places: what stands in each place now; it is escaped for HTML.
            render: renders the page with other texts in its places, letters and digits only.
        """
        found = self._pages.get(key)
        if found is None:
            found = self._cut(render({name: self._mark(name) for name in places}))
            if len(self._pages) >= _MOST:
                self._pages = {}
            self._pages[key] = found
        first, rest = found
        written = {name: str(escape(value)).encode() for name, value in places.items()}
        return b"".join((first, *chain.from_iterable((written[name], text) for name, text in rest)))

    def _mark(self, name: str) -> str:
        return self._marks.setdefault(name, f"x{secrets.token_hex(16)}x")

    def _cut(self, page: str) -> tuple[bytes, tuple[tuple[str, bytes], ...]]:
        names = {mark: name for name, mark in dict(self._marks).items()}
        first, *rest = re.split(f"({'|'.join(names)})", page)
        pairs = zip(rest[::2], rest[1::2], strict=True)
        return first.encode(), tuple((names[mark], text.encode()) for mark, text in pairs)


def frozen(value: Any) -> Hashable:
    """Return what a value of a page's context is known by: equal where it reads equally, whatever it is made of.

    Raises:
        TypeError: it is of a kind that may read otherwise without being another.
    """
    if value is None or isinstance(value, str | int):
        return type(value), value
    if isinstance(value, Mapping):
        return tuple((name, frozen(one)) for name, one in value.items())
    if isinstance(value, list | tuple):
        return tuple(map(frozen, value))
    if is_dataclass(value):
        return type(value), tuple(frozen(getattr(value, field.name)) for field in fields(value))
    raise TypeError(f"a page is not kept by a {type(value).__name__}")
