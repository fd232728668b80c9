"""The acts on applications over a database of their own, without a provider around them."""

from dataclasses import dataclass

from idp.admin.acts.client_history import ClientHistory
from idp.admin.acts.client_ledger import Ledger
from idp.admin.acts.client_rules import Rules
from idp.admin.acts.clients import ClientActs
from idp.endpoints.rfc8414_metadata import metadata
from idp.protocol.client_metadata.choices import Choices
from idp.services.audit import AuditLog
from idp.services.client_logos import Logos
from idp.services.clients import Clients
from idp.services.outgoing import Failure, OutgoingFailed
from idp.services.registration.outside import Sectors
from idp.store.audit import AuditFilter, RecordedEvent
from idp.store.db import Store
from tests.support.cast import ISSUER
from tests.support.stores import Clock


@dataclass
class ClientHouse:
    """Both files of acts, with what they stand on. Nothing is fetched: every address outside is silent."""

    store: Store
    clock: Clock
    clients: Clients
    acts: ClientActs
    history: ClientHistory

    @classmethod
    def over(cls, store: Store) -> "ClientHouse":
        """Return the acts over a store."""
        clock = Clock()
        clients = Clients(store, clock)
        logos = Logos(store, clients, _silent, clock)
        ledger = Ledger(store, clients, logos, AuditLog(store, clock), clock)
        rules = Rules(ledger, logos, lambda: Choices.whole(metadata(ISSUER)), Sectors(_silent).check, clock)
        acts = ClientActs(clients, ledger, rules, clock)
        return cls(store, clock, clients, acts, ClientHistory(store, ledger, rules, clock))

    def recorded(self) -> list[RecordedEvent]:
        """Return what is on record, oldest first."""
        with self.store.reading() as unit:
            return list(reversed(unit.audit.matching(AuditFilter(), None, 100)))


def _silent(_url: str) -> bytes:
    raise OutgoingFailed(Failure.UNREACHABLE)
