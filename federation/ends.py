"""The pages at which a journey ends, each kept at an address of its own for a while.

What led there, a callback above all, is good once. At its own address the page can be loaded again and read in the
other language. A page belongs to one browser, and holds nothing of the person but ways on that work only there.
"""

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType

from federation.steps import NOTICE, Action, Go, Page
from federation.transactions import key_of
from idp.upstream_ports import BrowserDoor, KeyValue

END_SECONDS = 900


class Ends:
    """The ends of one upstream's journeys, below its `base` path. Every verb may raise `KeyValueUnavailable`.

    For whoever comes with what never was nothing is kept: `lost` makes the page that tells them so, and `standing` more
    such pages, by their name in the address.
    """

    def __init__(
        self,
        kv: KeyValue,
        random: Callable[[int], bytes],
        base: str,
        lost: Callable[[BrowserDoor], Page],
        standing: Mapping[str, Callable[[BrowserDoor], Page]] = MappingProxyType({}),
    ) -> None:
        self._kv, self._random, self._base, self._lost, self._standing = kv, random, base, lost, standing

    def lead(self, door: BrowserDoor, page: Page) -> Go:
        """Return the way to a notice, which is kept for this browser unless it is one that always stands there."""
        if page == self._lost(door):
            return Go(self._path)
        name = next((name for name, made in self._standing.items() if page == made(door)), None)
        return self._keep(door.browser_id(), page) if name is None else self._at(name)

    def page(self, door: BrowserDoor, handle: str) -> Page:
        """Return the page that this browser was led to; for an unknown handle, or after 15 minutes, that it is lost."""
        if handle in self._standing:
            return self._standing[handle](door)
        return self._look(door.browser_id(), handle) or self._lost(door)

    def _keep(self, browser: str, page: Page) -> Go:
        handle = self._random(24).hex()
        actions = [[action.label, action.href, action.primary] for action in page.context["actions"]]
        value = json.dumps({"context": {**page.context, "actions": actions}, "status": page.status})
        self._kv.set(self._key(browser, handle), value.encode(), END_SECONDS)
        return self._at(handle)

    def _look(self, browser: str, handle: str) -> Page | None:
        stored = self._kv.get(self._key(browser, handle)) if handle else None
        if stored is None:
            return None
        value = json.loads(stored)
        actions = tuple(Action(*action) for action in value["context"]["actions"])
        return Page(NOTICE, value["context"] | {"actions": actions}, value["status"])

    def _at(self, handle: str) -> Go:
        return Go(f"{self._path}?suite={handle}")

    @property
    def _path(self) -> str:
        return f"{self._base}/fin"

    def _key(self, browser: str, handle: str) -> str:
        return key_of("end", self._base, browser, handle)
