"""Security events: one row, kept with the change it tells of, and one log line (N-150 to N-155)."""

import logging
from typing import Any, Final

from idp.clock import Clock
from idp.metrics.points import SECURITY_EVENTS, SIGN_INS
from idp.store.audit import AuditEvent, AuditTrail
from idp.store.db import Store, Unit, once

log = logging.getLogger("idp.audit")

_COLUMNS: Final = ("client_id", "network", "reference")


class AuditLog:
    """The `idp.upstream_ports.Audit` port over the audit table."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def __call__(
        self,
        event: str,
        *,
        account_id: str | None = None,
        outcome: str = "ok",
        **details: str | int,
    ) -> None:
        """Record one event, in a unit of its own; so never inside another unit that writes.

        Never pass a secret, a name or an e-mail (N-152, N-155).

        Args:
            event: what happened, such as `sign_in`.
            account_id: whose account.
            outcome: `ok`, or the machine-readable reason.
            details: `client_id`, `network` and `reference` have columns; the rest is kept as JSON.

        Raises:
            Unavailable: the event could not be written; what it tells of must not go on.
        """
        entry = self._entry(event, account_id, outcome, details)
        once(lambda: self._alone(entry))
        _tell(entry)

    def within(
        self,
        unit: Unit,
        event: str,
        *,
        account_id: str | None = None,
        outcome: str = "ok",
        **details: str | int,
    ) -> None:
        """Record one event in the unit that makes the change: both are kept or neither is."""
        entry = self._entry(event, account_id, outcome, details)
        unit.audit.add(entry)
        _tell(entry)

    def within_session(
        self,
        session: Any,
        event: str,
        *,
        account_id: str | None = None,
        outcome: str = "ok",
        **details: str | int,
    ) -> None:
        """As `within`, for who has the session of the unit only: the `idp.upstream_ports.AuditWithin` port."""
        entry = self._entry(event, account_id, outcome, details)
        AuditTrail(session).add(entry)
        _tell(entry)

    def _entry(self, event: str, account_id: str | None, outcome: str, details: dict[str, str | int]) -> AuditEvent:
        columns = {name: str(details.pop(name)) for name in _COLUMNS if name in details}
        return AuditEvent(
            time=self._clock(),
            event=event,
            outcome=outcome,
            account_id=account_id,
            client_id=columns.get("client_id"),
            network=columns.get("network"),
            reference=columns.get("reference"),
            details=details,
        )

    def _alone(self, entry: AuditEvent) -> None:
        with self._store.begin() as unit:
            unit.audit.add(entry)


def _tell(entry: AuditEvent) -> None:
    SECURITY_EVENTS.add(entry.event)
    if entry.event == "sign_in":
        SIGN_INS.add(entry.details.get("method", "other"), entry.outcome)
    facts = {"account_id": entry.account_id, "network": entry.network} | dict(entry.details)
    if "actor" in facts:
        # What somebody of the staff has typed may name a person: it is on record, and in no log (N-155).
        facts.pop("reason", None)
    shown = " ".join(f"{name}={_one_line(value)}" for name, value in facts.items() if value is not None)
    known = {
        "event": entry.event,
        "outcome": entry.outcome,
        "client_id": entry.client_id,
        "reference": entry.reference,
    }
    log.info("%s %s %s", entry.event, entry.outcome, shown, extra=known)


def _one_line(value: str | int) -> str:
    """Return a value that cannot split a log line nor be read as two members (N-132)."""
    text = str(value)
    return text if text.isprintable() and " " not in text else ascii(text)
