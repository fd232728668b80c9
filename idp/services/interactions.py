"""Pending sign-ins: an authorization request parked while a person signs in or consents.

The request is kept here and only an opaque id travels in URLs (N-129). A record belongs to the browser that started
it (V-44), lives long enough for a slow reader, and survives reloads, several tabs and the back button: nothing in it
is single use. What is single use, the code, is issued at its end.
"""

import hashlib
import hmac
import json
import re
from dataclasses import replace
from typing import Final

from idp.clock import Clock
from idp.protocol.messages import Parameters
from idp.records import dataclass
from idp.upstream_ports import KeyValue
from keys.entropy import token_urlsafe

_ID: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")


@dataclass(frozen=True, slots=True)
class Interaction:
    """One parked request. `parameters` is empty for a plain visit to the provider's own pages.

    `consented_by` is the account of the person who has answered the consent page of this very interaction: another
    person in the same browser has not. `answered_at` is when the application got its answer (Unix seconds): from then
    on the sign-in and the consent given here count only for a reload or a double click. `then` and `fresh` are for a
    visit to our own pages: the path that waits, and the seconds within which the sign-in must lie (0 for any).
    `resolved` says that the parameters come out of a request object that was believed: it may expire meanwhile.
    `declined`: the person said that the level of assurance asked for is out of their reach. `pushed` is the key of the
    pushed request that the parameters come from: it is spent when the interaction ends.
    """

    id: str
    parameters: Parameters
    started_at: int
    consented_by: str | None = None
    answered_at: int | None = None
    then: str = "/"
    fresh: int = 0
    resolved: bool = False
    declined: bool = False
    pushed: str | None = None

    @property
    def plain(self) -> bool:
        """Whether no application waits: the person came to the provider's own pages."""
        return not self.parameters.pairs


class Interactions:
    """Parks and finds requests. Every verb may raise `KeyValueUnavailable`."""

    def __init__(self, kv: KeyValue, clock: Clock, *, lifetime: int) -> None:
        self._kv = kv
        self._clock = clock
        self._lifetime = lifetime

    def park(
        self, parameters: Parameters, browser: str, *, resolved: bool = False, pushed: str | None = None
    ) -> Interaction:
        """Keep a request for this browser and return it with its new id."""
        parked = Interaction(token_urlsafe(18), parameters, self._clock(), resolved=resolved, pushed=pushed)
        return self._park(parked, browser)

    def visit(self, browser: str, then: str = "/", fresh: int = 0) -> Interaction:
        """Keep a visit to one of our own pages for this browser.

        Args:
            browser: whose visit.
            then: a path of ours, never one that came with the request.
            fresh: seconds within which the sign-in must lie when the page opens; 0 for any.
        """
        return self._park(Interaction(token_urlsafe(18), Parameters(), self._clock(), then=then, fresh=fresh), browser)

    def _park(self, interaction: Interaction, browser: str) -> Interaction:
        self._write(interaction, browser)
        return interaction

    def get(self, interaction_id: str, browser: str | None) -> Interaction | None:
        """Return this browser's interaction, or None when unknown, expired or another browser's."""
        if not browser or not _ID.fullmatch(interaction_id):
            return None
        return self._read(interaction_id, browser, self._kv.get(f"interaction:{interaction_id}"))

    def beside(self, interaction_id: str, browser: str, key: str) -> tuple[Interaction | None, bytes | None]:
        """Return this browser's interaction, as `get` does, and what else is kept under a key: one exchange."""
        if not _ID.fullmatch(interaction_id):
            return None, None
        raw, other = self._kv.many(f"interaction:{interaction_id}", key)
        return self._read(interaction_id, browser, raw), other

    def _read(self, interaction_id: str, browser: str, raw: bytes | None) -> Interaction | None:
        if raw is None:
            return None
        try:
            record = json.loads(raw)
            owner, started = str(record["browser"]), record["started"]
            pairs = tuple((str(name), str(value)) for name, value in record["parameters"])
            consented, answered = record["consented_by"], record["answered_at"]
            then, fresh = str(record.get("then", "/")), int(record.get("fresh", 0))
            resolved = record.get("resolved") is True
            declined = record.get("declined") is True
            pushed = record.get("pushed")
        except (ValueError, TypeError, KeyError, RecursionError):
            return None
        if type(started) is not int or self._clock() - started >= self._lifetime:
            return None
        if not hmac.compare_digest(owner, _owner(browser)):
            return None
        return Interaction(
            interaction_id,
            Parameters(pairs),
            started,
            consented if isinstance(consented, str) else None,
            answered if type(answered) is int else None,
            then,
            fresh,
            resolved,
            declined,
            pushed if isinstance(pushed, str) else None,
        )

    def consented(self, interaction: Interaction, browser: str, account_id: str) -> None:
        """Note that the person of this account answered this interaction's consent page."""
        self._write(replace(interaction, consented_by=account_id), browser)

    def declined(self, interaction: Interaction, browser: str) -> None:
        """Note that the person cannot reach the level asked for."""
        self._write(replace(interaction, declined=True), browser)

    def answered(self, interaction: Interaction, browser: str) -> None:
        """Note that the application got its answer."""
        if interaction.answered_at is None:
            self._write(replace(interaction, answered_at=self._clock()), browser)

    def _write(self, interaction: Interaction, browser: str) -> None:
        record = {
            "browser": _owner(browser),
            "parameters": interaction.parameters.pairs,
            "started": interaction.started_at,
            "consented_by": interaction.consented_by,
            "answered_at": interaction.answered_at,
            "then": interaction.then,
            "fresh": interaction.fresh,
            "resolved": interaction.resolved,
            "declined": interaction.declined,
            "pushed": interaction.pushed,
        }
        ttl = max(1, interaction.started_at + self._lifetime - self._clock())
        self._kv.set(f"interaction:{interaction.id}", json.dumps(record).encode(), ttl)


def _owner(browser: str) -> str:
    return hashlib.sha256(browser.encode()).hexdigest()
