"""Asking for a provisional password: what the pages do. Nothing here depends on whether the number is known.

The request only writes a sealed task to the outbox; who is behind the number is looked up by the worker
(`idp.members.provisional_issue`). So the answer's words, work, writes and time are those of any number (N-111).
"""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Final, Literal, cast

from idp import config
from idp.clock import Clock
from idp.members.delivery import Channel, Deliveries, Options
from idp.members.numbers import canonical
from idp.members.tickets import Tickets
from idp.records import dataclass
from idp.store.db import Store, Unit, once
from idp.upstream_ports import KeyValue, Seal

RESET: Final = "reset"
"""The kind of an outbox task whose payload is `sealed`: who asked for what."""

Ordered = Literal["ok", "unknown_dossier", "not_active", "no_email", "no_address", "under_way", "too_many"]
"""How a request by the fund's staff ended."""

Also = Callable[[Unit], None]
"""What is done in the unit that queues a request."""

_PAGE: Final = 1800
_HOUR: Final = 3600
_DAY: Final = 86400


def _nothing(_unit: Unit) -> None:
    """Queue the request and nothing else."""


@dataclass(frozen=True, slots=True)
class ResetRequest:
    """One request under way, in one browser.

    `why` says why the old password, which the member has just shown, may not be used any more (`dormant`,
    `reported`); empty for a member who did not show it. `chosen` is empty until the member has said how to receive
    the provisional one.
    """

    situation: str
    dossier: str
    interaction: str
    why: str = ""
    chosen: str = ""


class ResetRequests:
    """The requests of members who have no password, as the pages see them.

    Args:
        store: where accounts and the outbox are.
        kv: where requests wait and are counted.
        seal: the house's sealer.
        deliveries: what to offer.
        settings: the limits.
        clock: present time.
        reference_key: at least 16 random bytes: numbers are counted under their keyed hash.
        new_id: makes an unguessable id of at most 32 characters.
    """

    def __init__(
        self,
        store: Store,
        kv: KeyValue,
        seal: Seal,
        deliveries: Deliveries,
        settings: config.Activation,
        clock: Clock,
        *,
        reference_key: bytes,
        new_id: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        self._store = store
        self._kv = kv
        self._seal = seal
        self._deliveries = deliveries
        self._settings = settings
        self._clock = clock
        self._key = reference_key
        self._new_id = new_id
        self._tickets = Tickets(kv, seal, "reset", _PAGE)

    def open(self, request: ResetRequest, browser: str) -> str:
        """Keep a request for this browser and return its ticket. Raises `KeyValueUnavailable`."""
        return self._tickets.issue(asdict(replace(request, dossier=canonical(request.dossier))), browser)

    def get(self, ticket: str, browser: str) -> ResetRequest | None:
        """Return this browser's request, or None when unknown, expired or another browser's."""
        record = self._tickets.read(ticket, browser)
        return None if record is None else ResetRequest(**record)

    def options(self, request: ResetRequest) -> Options:
        """Return what to offer. Raises `Unavailable`."""
        with self._store.reading() as unit:
            account = unit.accounts.by_login(request.situation, request.dossier)
        return self._deliveries.options(account, request.situation, request.dossier, self._clock())

    def admit(self, network: str) -> int:
        """Count one request of a network; return the seconds to wait, 0 to go on. Raises `KeyValueUnavailable`."""
        hour, past = divmod(self._clock(), _HOUR)
        place = hashlib.sha256(network.encode()).hexdigest()[:16]
        asked = self._kv.increment(f"reset:network:{place}:{hour}", _HOUR)
        return _HOUR - past if asked > self._settings.requests_per_network else 0

    def choose(self, ticket: str, browser: str, request: ResetRequest, channel: Channel, network: str) -> bool:
        """Queue the provisional password, once a ticket; return False when the number was asked for too often.

        Raises:
            Unavailable: the outbox could not be written; nothing will be sent.
            KeyValueUnavailable: the counters do not answer; nothing will be sent.
        """
        if request.chosen:
            return True
        if not self._counted(request.situation, request.dossier):
            return False
        self._queue(ticket, request.situation, request.dossier, channel, network)
        self._tickets.rewrite(ticket, asdict(replace(request, chosen=channel)), browser)
        return True

    def order(self, account_id: str, channel: Channel, also: Also) -> Ordered:
        """Queue a provisional password that the fund's staff ask for; who receives it is the member alone (N-117).

        It is counted with the member's own requests, under the same limits.

        Args:
            account_id: whose.
            channel: `email` or `post`, to the address on file.
            also: done in the unit that queues it, where it does.

        Raises:
            Unavailable: nothing will be sent.
            KeyValueUnavailable: the counters do not answer; nothing will be sent.
        """
        now = self._clock()
        with self._store.reading() as unit:
            account = unit.accounts.by_id(account_id)
            last = unit.provisionals.last_letter(account_id)
            alive = unit.provisionals.live(account_id, 1 << 31, now) is not None
        if account is None:
            return "unknown_dossier"
        if account.status != "active":
            return "not_active"
        if channel == "email" and self._deliveries.email(account, now) is None:
            return "no_email"
        if channel == "post" and not self._deliveries.post(account, now):
            return "no_address"
        if channel == "post" and alive and last and now - last < self._settings.letter_interval:
            return "under_way"
        if not self._counted(account.situation, account.dossier):
            return "too_many"
        self._queue(self._new_id(), account.situation, account.dossier, channel, "operator", also)
        return "ok"

    def _counted(self, situation: str, dossier: str) -> bool:
        typed = f"{situation}:{dossier}".encode("utf-8", "surrogatepass")
        reference = hmac.digest(self._key, typed, hashlib.sha256).hex()[:32]
        day = self._clock() // _DAY
        return self._kv.increment(f"reset:dossier:{reference}:{day}", _DAY) <= self._settings.requests_per_dossier

    def _queue(
        self, ticket: str, situation: str, dossier: str, channel: Channel, network: str, also: Also = _nothing
    ) -> None:
        key = f"reset:{hashlib.sha256(ticket.encode()).hexdigest()}"
        asked = {"situation": situation, "dossier": dossier, "channel": channel, "network": network}
        sealed = base64.b64encode(self._seal.seal(json.dumps(asked).encode(), key.encode())).decode()

        def write() -> None:
            with self._store.begin() as unit:
                unit.outbox.add(RESET, key, {"sealed": sealed}, task_id=self._new_id(), now=self._clock())
                also(unit)

        once(write)


def read_task(seal: Seal, key: str, sealed: str) -> tuple[str, str, Channel, str]:
    """Return situation, number, channel and network of a queued request; `SealBroken` when it was altered."""
    asked = json.loads(seal.unseal(base64.b64decode(sealed), key.encode()))
    return asked["situation"], asked["dossier"], cast("Channel", asked["channel"]), asked["network"]
