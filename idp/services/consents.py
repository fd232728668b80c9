"""Consents of members to third parties' applications (N-016)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from idp.clock import Clock
from idp.records import dataclass
from idp.services.audit import AuditLog
from idp.store.consents import Consent
from idp.store.db import Store, once

_TWICE: Final = 60
"""Seconds in which an answer that changes nothing is the same answer."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """One consent in force, with the application's name for people. `granted_at` is Unix seconds."""

    client_id: str
    name: str
    scope: frozenset[str]
    granted_at: int


class Consents:
    """Records and withdraws consents, each with its audit line in the same transaction."""

    def __init__(self, store: Store, audit: AuditLog, clock: Clock) -> None:
        self._store = store
        self._audit = audit
        self._clock = clock

    def grant(self, account_id: str, client_id: str, scope: tuple[str, ...], claims: Mapping[str, Any]) -> None:
        """Record what a member agreed to share with a client, added to what stands.

        The same answer that comes again within a minute, of a button pressed twice, is recorded once (R-03).
        """

        def work() -> None:
            now = self._clock()
            with self._store.begin() as unit:
                wanted = Consent(account_id, client_id, frozenset(scope), now, claims)
                if not unit.consents.add(wanted):
                    standing = unit.consents.hold(account_id, client_id, to_change=True)
                    if standing is not None and _same_answer(standing, wanted):
                        return
                    kept = standing.scope if standing is not None else frozenset[str]()
                    unit.consents.put(replace(wanted, scope=kept | wanted.scope))
                self._audit.within(unit, "consent_granted", account_id=account_id, client_id=client_id)

        once(work)

    def list(self, account_id: str) -> list[Agreement]:
        """Return what a member shares now, latest first."""
        with self._store.reading() as unit:
            return [
                Agreement(one.client_id, client.name if client else one.client_id, one.scope, one.granted_at)
                for one in unit.consents.list(account_id)
                for client in (unit.clients.get(one.client_id),)
            ]

    def withdraw(self, account_id: str, client_id: str) -> None:
        """Withdraw a consent and revoke what was issued under it (N-054)."""

        def work() -> None:
            now = self._clock()
            with self._store.begin() as unit:
                if not unit.consents.withdraw(account_id, client_id, now):
                    return
                unit.grants.revoke_for(account_id, client_id, "consent_withdrawn", now)
                self._audit.within(unit, "consent_withdrawn", account_id=account_id, client_id=client_id)

        once(work)


def _same_answer(standing: Consent, wanted: Consent) -> bool:
    recent = wanted.granted_at - standing.granted_at < _TWICE
    return recent and standing.scope >= wanted.scope and standing.claims == wanted.claims
