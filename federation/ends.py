"""The pages at which a journey ends, each kept at an address of its own for a while.

What led there, a callback above all, is good once. At its own address the page can be loaded again and read in the
other language. A page belongs to one browser, and holds nothing of the person but ways on that work only there.
"""

import json
from collections.abc import Callable

from federation.steps import NOTICE, Action, Go, Page
from federation.transactions import key_of
from idp.upstream import BrowserDoor, KeyValue

END_SECONDS = 900


class Ends:
    """The ends of one upstream's journeys, below its `base` path. Every verb may raise `KeyValueUnavailable`.

    `lost` makes the page for whoever comes with what never was: of that nothing is kept.
    """

    def __init__(
        self, kv: KeyValue, random: Callable[[int], bytes], base: str, lost: Callable[[BrowserDoor], Page]
    ) -> None:
        self._kv, self._random, self._base, self._lost = kv, random, base, lost

    def lead(self, door: BrowserDoor, page: Page) -> Go:
        """Return the way to a notice, which is kept for this browser unless it is the one that always stands there."""
        return Go(self._path) if page == self._lost(door) else self._keep(door.browser_id(), page)

    def page(self, door: BrowserDoor, handle: str) -> Page:
        """Return the page that this browser was led to; for an unknown handle, or after 15 minutes, that it is lost."""
        return self._look(door.browser_id(), handle) or self._lost(door)

    def _keep(self, browser: str, page: Page) -> Go:
        handle = self._random(24).hex()
        actions = [[action.label, action.href, action.primary] for action in page.context["actions"]]
        value = json.dumps({"context": {**page.context, "actions": actions}, "status": page.status})
        self._kv.set(self._key(browser, handle), value.encode(), END_SECONDS)
        return Go(f"{self._path}?suite={handle}")

    def _look(self, browser: str, handle: str) -> Page | None:
        stored = self._kv.get(self._key(browser, handle)) if handle else None
        if stored is None:
            return None
        value = json.loads(stored)
        actions = tuple(Action(*action) for action in value["context"]["actions"])
        return Page(NOTICE, value["context"] | {"actions": actions}, value["status"])

    @property
    def _path(self) -> str:
        return f"{self._base}/fin"

    def _key(self, browser: str, handle: str) -> str:
        return key_of("end", self._base, browser, handle)
