"""What became of a sign-out, service by service: kept a while for the browser that asked, read afresh at each look.

A receipt names applications and no member. Which of them has answered stands in the outbox, so that a page shown again
tells what is true then.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from hashlib import sha256
from typing import Final, Literal

from idp.clock import Clock
from idp.records import dataclass
from idp.store.db import Store
from idp.store.outbox import State
from idp.upstream_ports import KeyValue

LIFETIME: Final = 600
"""Seconds that a receipt can be read again."""

Upstreams = Literal["", "asked", "closed", "open"]
"""The session at the upstream: there is none, the browser was sent there to end it, it was ended, or it cannot be."""


@dataclass(frozen=True, slots=True)
class Line:
    """One application of a session that ended.

    Attributes:
        client_id: which.
        task_id: the task that tells it; empty where it takes no such message.
        until: Unix seconds until which it may still use what it holds elsewhere; 0 for nothing.
        framed: whether the browser was asked to tell it.
    """

    client_id: str
    task_id: str
    until: int
    framed: bool


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one sign-out.

    Attributes:
        at: when, Unix seconds.
        lines: the applications.
        only: the application that was left while the session goes on; empty when the session ended.
        asked_by: the application that sent the person here, if it could prove it.
        then: the address that it asked to send the person back to.
        upstream: name of the upstream whose session was used.
        upstream_state: what became of that one.
    """

    at: int
    lines: tuple[Line, ...]
    only: str = ""
    asked_by: str = ""
    then: str | None = None
    upstream: str = ""
    upstream_state: Upstreams = ""


class Receipts:
    """Keeps and reads receipts, one a browser."""

    def __init__(self, store: Store, kv: KeyValue, clock: Clock) -> None:
        self._store = store
        self._kv = kv
        self._clock = clock

    def keep(self, browser: str, receipt: Receipt) -> None:
        """Keep the receipt of a browser, in place of an earlier one."""
        self._kv.set(_key(browser), json.dumps(asdict(receipt)).encode(), LIFETIME)

    def of(self, browser: str) -> Receipt | None:
        """Return a browser's receipt, or None when there is none any more."""
        raw = self._kv.get(_key(browser))
        receipt = _read(raw) if raw is not None else None
        return receipt if receipt is not None and self._clock() - receipt.at < LIFETIME else None

    def came_back(self, browser: str) -> None:
        """Note that the upstream ended its session and sent the browser back."""
        receipt = self.of(browser)
        if receipt is not None and receipt.upstream_state == "asked":
            self.keep(browser, replace(receipt, upstream_state="closed"))

    def states(self, receipt: Receipt) -> Mapping[str, State]:
        """Return how far each application's task got, by client id."""
        tasks = [line.task_id for line in receipt.lines if line.task_id]
        if not tasks:
            return {}
        with self._store.reading() as unit:
            states = unit.outbox.states(tasks)
        return {line.client_id: states[line.task_id] for line in receipt.lines if line.task_id in states}

    def troubled(self, receipt: Receipt) -> bool:
        """Whether the person should read the receipt before going on.

        That is when something is still open which the person would take for closed. The application that asked has
        ended its own session before it did.
        """
        states = self.states(receipt)
        silent = any(state != "done" for client_id, state in states.items() if client_id != receipt.asked_by)
        return silent or receipt.upstream_state == "open"


def _key(browser: str) -> str:
    return f"receipt:{sha256(browser.encode()).hexdigest()}"


def _read(raw: bytes) -> Receipt | None:
    """Read a record; what is not one of ours is as good as absent (R-17)."""
    try:
        members = json.loads(raw)
        members["lines"] = tuple(Line(**line) for line in members["lines"])
        return Receipt(**members)
    except (ValueError, TypeError, KeyError):
        return None
