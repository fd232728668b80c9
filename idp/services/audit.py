"""Security events: one row, kept with the change it tells of, and one log line (N-150 to N-155)."""

import logging
from typing import Final

from idp.clock import Clock
from idp.store.audit import AuditEvent
from idp.store.db import Store, Unit, once

log = logging.getLogger("idp.audit")

_COLUMNS: Final = ("client_id", "network", "reference")


class AuditLog:
    """The `idp.upstream.Audit` port over the audit table."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def __call__(
        self,
        event: str,
        *,
        account_id: str | None = None,
        outcome: str = "ok",
        unit: Unit | None = None,
        **details: str | int,
    ) -> None:
        """Record one event. Never pass a secret, a name or an e-mail (N-152, N-155).

        Args:
            event: what happened, such as `sign_in`.
            account_id: whose account.
            outcome: `ok`, or the machine-readable reason.
            unit: the unit that makes the change: both are kept or neither is. Without one the event is written at
                once, in a unit of its own; so never inside another unit that writes.
            details: `client_id`, `network` and `reference` have columns; the rest is kept as JSON.

        Raises:
            Unavailable: the event could not be written; what it tells of must not go on.
        """
        columns = {name: str(details.pop(name)) for name in _COLUMNS if name in details}
        entry = AuditEvent(
            time=self._clock(),
            event=event,
            outcome=outcome,
            account_id=account_id,
            client_id=columns.get("client_id"),
            network=columns.get("network"),
            reference=columns.get("reference"),
            details=details,
        )
        if unit is not None:
            unit.audit.add(entry)
        else:
            once(lambda: self._alone(entry))
        facts = {"account_id": account_id, "network": entry.network} | details
        shown = " ".join(f"{name}={_one_line(value)}" for name, value in facts.items() if value is not None)
        known = {"event": event, "outcome": outcome, "client_id": entry.client_id, "reference": entry.reference}
        log.info("%s %s %s", event, outcome, shown, extra=known)

    def _alone(self, entry: AuditEvent) -> None:
        with self._store.begin() as unit:
            unit.audit.add(entry)


def _one_line(value: str | int) -> str:
    """Return a value that cannot split a log line nor be read as two members (N-132)."""
    text = str(value)
    return text if text.isprintable() and " " not in text else ascii(text)
