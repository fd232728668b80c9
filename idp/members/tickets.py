"""Tickets: a few sealed facts that wait on the server for one browser's next page. No session, no cookie of theirs."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from typing import Any, Final

from idp.upstream_ports import KeyValue, Seal


class Tickets:
    """Issues and reads tickets of one purpose. Every verb may raise `KeyValueUnavailable`.

    Args:
        kv: where they wait.
        seal: the house's sealer: what waits there may name a person.
        purpose: what they are for; those of different purposes never meet.
        lifetime: seconds.
    """

    def __init__(self, kv: KeyValue, seal: Seal, purpose: str, lifetime: int) -> None:
        self._kv: Final = kv
        self._seal: Final = seal
        self._purpose: Final = purpose
        self._lifetime: Final = lifetime

    def issue(self, facts: Mapping[str, Any], browser: str) -> str:
        """Keep facts for a browser and return the ticket, which is of no use to any other."""
        ticket = secrets.token_urlsafe(24)
        self.rewrite(ticket, facts, browser)
        return ticket

    def rewrite(self, ticket: str, facts: Mapping[str, Any], browser: str) -> None:
        """Replace the facts of a ticket; its life begins again."""
        record = json.dumps({"browser": _owner(browser), "facts": dict(facts)}).encode()
        self._kv.set(self._name(ticket), self._seal.seal(record, self._name(ticket).encode()), self._lifetime)

    def read(self, ticket: str, browser: str) -> dict[str, Any] | None:
        """Return the facts, or None when the ticket is unknown, expired, altered or another browser's."""
        raw = self._kv.get(self._name(ticket)) if 20 <= len(ticket) <= 64 and ticket.isascii() else None
        if raw is None:
            return None
        try:
            record = json.loads(self._seal.unseal(raw, self._name(ticket).encode()))
        except ValueError:
            return None
        facts = record["facts"]
        return facts if hmac.compare_digest(record["browser"], _owner(browser)) and isinstance(facts, dict) else None

    def end(self, ticket: str) -> None:
        """Forget a ticket."""
        self._kv.delete(self._name(ticket))

    def _name(self, ticket: str) -> str:
        return f"ticket:{self._purpose}:{hashlib.sha256(ticket.encode()).hexdigest()}"


def _owner(browser: str) -> str:
    return hashlib.sha256(browser.encode()).hexdigest()
