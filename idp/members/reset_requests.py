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
from dataclasses import asdict, dataclass, replace
from typing import Final, cast

from idp import config
from idp.clock import Clock
from idp.members.delivery import Channel, Deliveries, Options
from idp.members.numbers import canonical
from idp.members.tickets import Tickets
from idp.store.db import Store, once
from idp.upstream import KeyValue, Seal

RESET: Final = "reset"
"""The kind of an outbox task whose payload is `sealed`: who asked for what."""

_PAGE: Final = 1800
_HOUR: Final = 3600
_DAY: Final = 86400


@dataclass(frozen=True, slots=True)
class ResetRequest:
    """One request under way, in one browser.

    `dormant` says that the member has just shown the old password, which may not be used any more. `chosen` is
    empty until the member has said how to receive the provisional one.
    """

    situation: str
    dossier: str
    interaction: str
    dormant: bool = False
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
        typed = f"{request.situation}:{request.dossier}".encode("utf-8", "surrogatepass")
        reference = hmac.digest(self._key, typed, hashlib.sha256).hex()[:32]
        day = self._clock() // _DAY
        if self._kv.increment(f"reset:dossier:{reference}:{day}", _DAY) > self._settings.requests_per_dossier:
            return False
        key = f"reset:{hashlib.sha256(ticket.encode()).hexdigest()}"
        asked = {"situation": request.situation, "dossier": request.dossier, "channel": channel, "network": network}
        sealed = base64.b64encode(self._seal.seal(json.dumps(asked).encode(), key.encode())).decode()

        def write() -> None:
            with self._store.begin() as unit:
                unit.outbox.add(RESET, key, {"sealed": sealed}, task_id=self._new_id(), now=self._clock())

        once(write)
        self._tickets.rewrite(ticket, asdict(replace(request, chosen=channel)), browser)
        return True


def read_task(seal: Seal, key: str, sealed: str) -> tuple[str, str, Channel, str]:
    """Return situation, number, channel and network of a queued request; `SealBroken` when it was altered."""
    asked = json.loads(seal.unseal(base64.b64decode(sealed), key.encode()))
    return asked["situation"], asked["dossier"], cast("Channel", asked["channel"]), asked["network"]
