"""The pages at which a journey ends, each kept at an address of its own for a while.

What led there, a callback above all, is good once. At its own address the page can be loaded again and read in the
other language. A page belongs to one browser, and holds nothing of the person but ways on that work only there.
"""

import json
from collections.abc import Callable

from federation.steps import NOTICE, Action, Go, Page
from federation.transactions import key_of
from idp.upstream import KeyValue

END_SECONDS = 900


class Ends:
    """Pages kept for one upstream, below its `base` path. Every verb may raise `KeyValueUnavailable`."""

    def __init__(self, kv: KeyValue, random: Callable[[int], bytes], base: str) -> None:
        self._kv, self._random, self._base = kv, random, base

    def keep(self, browser: str, page: Page) -> Go:
        """Keep a notice for this browser; return the way to it."""
        handle = self._random(24).hex()
        actions = [[action.label, action.href, action.primary] for action in page.context["actions"]]
        value = json.dumps({"context": {**page.context, "actions": actions}, "status": page.status})
        self._kv.set(self._key(browser, handle), value.encode(), END_SECONDS)
        return Go(f"{self.path}?suite={handle}")

    def look(self, browser: str, handle: str) -> Page | None:
        """Return a page that this browser was led to; None for an unknown one, or after 15 minutes."""
        stored = self._kv.get(self._key(browser, handle)) if handle else None
        if stored is None:
            return None
        value = json.loads(stored)
        actions = tuple(Action(*action) for action in value["context"]["actions"])
        return Page(NOTICE, value["context"] | {"actions": actions}, value["status"])

    @property
    def path(self) -> str:
        """Where the pages are; without a handle it says that the step is no longer valid."""
        return f"{self._base}/fin"

    def _key(self, browser: str, handle: str) -> str:
        return key_of("end", self._base, browser, handle)
