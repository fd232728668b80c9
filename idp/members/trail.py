"""The audit as this room sees it: events told alone, or kept with the change they tell of."""

from typing import Protocol

from idp.store.db import Unit
from idp.upstream_ports import Audit


class Trail(Audit, Protocol):
    """Where security events are told (`idp.services.audit`). Never pass a secret, a name or an e-mail."""

    def within(
        self, unit: Unit, event: str, *, account_id: str | None = None, outcome: str = "ok", **details: str | int
    ) -> None:
        """Record one event in the unit that makes the change: both are kept or neither is."""
        ...
