"""The unit of work: one transaction, and every repository on it."""

from functools import cached_property
from typing import Final

from idp.store.accounts import Accounts
from idp.store.administrators import Administrators
from idp.store.audit import AuditTrail
from idp.store.audit_seals import AuditSeals
from idp.store.authenticators import Authenticators
from idp.store.client_days import ClientDays
from idp.store.client_logos import ClientLogos
from idp.store.client_versions import ClientVersions
from idp.store.clients import Clients
from idp.store.configurations import Configurations
from idp.store.consents import Consents
from idp.store.deliveries import DeliveryHistory
from idp.store.email_proofs import EmailProofs
from idp.store.grants import Grants
from idp.store.house_secrets import HouseSecrets
from idp.store.key_readers import KeyReaders
from idp.store.keys import Keys
from idp.store.letters import Letters
from idp.store.logouts import Logouts
from idp.store.outbox import Outbox
from idp.store.proposals import Proposals
from idp.store.provisionals import Provisionals
from idp.store.recovery_codes import RecoveryCodes
from idp.store.registrations import Registrations
from idp.store.session import Session
from idp.store.sign_ins import SignIns
from idp.store.spent import Spent
from idp.store.statistics import Statistics
from idp.store.table_sizes import TableSizes
from idp.store.tokens import Tokens
from idp.store.upstream_pauses import UpstreamPauses


class Unit:
    """One transaction: its session, and the repositories on it, made when first asked for."""

    def __init__(self, session: Session) -> None:
        self.session: Final = session

    @cached_property
    def accounts(self) -> Accounts:
        """Dossiers."""
        return Accounts(self.session)

    @cached_property
    def clients(self) -> Clients:
        """Relying applications."""
        return Clients(self.session)

    @cached_property
    def client_days(self) -> ClientDays:
        """What clients did, day by day."""
        return ClientDays(self.session)

    @cached_property
    def client_logos(self) -> ClientLogos:
        """Our copies of clients' logos."""
        return ClientLogos(self.session)

    @cached_property
    def client_versions(self) -> ClientVersions:
        """What administrators made of each application."""
        return ClientVersions(self.session)

    @cached_property
    def registrations(self) -> Registrations:
        """Clients that registered by themselves, and leave to do so."""
        return Registrations(self.session)

    @cached_property
    def grants(self) -> Grants:
        """Redeemed authorizations."""
        return Grants(self.session)

    @cached_property
    def tokens(self) -> Tokens:
        """Access and refresh tokens, by digest."""
        return Tokens(self.session)

    @cached_property
    def consents(self) -> Consents:
        """What members agreed to share."""
        return Consents(self.session)

    @cached_property
    def keys(self) -> Keys:
        """Sealed signing keys."""
        return Keys(self.session)

    @cached_property
    def key_readers(self) -> KeyReaders:
        """Where the published keys are read."""
        return KeyReaders(self.session)

    @cached_property
    def house_secrets(self) -> HouseSecrets:
        """What keyed hashes are derived from."""
        return HouseSecrets(self.session)

    @cached_property
    def audit(self) -> AuditTrail:
        """Security events."""
        return AuditTrail(self.session)

    @cached_property
    def administrators(self) -> Administrators:
        """The fund's staff."""
        return Administrators(self.session)

    @cached_property
    def proposals(self) -> Proposals:
        """Acts that wait for a second person."""
        return Proposals(self.session)

    @cached_property
    def audit_seals(self) -> AuditSeals:
        """Seals over the security events."""
        return AuditSeals(self.session)

    @cached_property
    def outbox(self) -> Outbox:
        """Work that leaves the house."""
        return Outbox(self.session)

    @cached_property
    def logouts(self) -> Logouts:
        """Whom to tell that a session ended."""
        return Logouts(self.session)

    @cached_property
    def spent(self) -> Spent:
        """Values that may be used once."""
        return Spent(self.session)

    @cached_property
    def provisionals(self) -> Provisionals:
        """Provisional passwords."""
        return Provisionals(self.session)

    @cached_property
    def letters(self) -> Letters:
        """Letters to print."""
        return Letters(self.session)

    @cached_property
    def deliveries(self) -> DeliveryHistory:
        """What was sent to members."""
        return DeliveryHistory(self.session)

    @cached_property
    def email_proofs(self) -> EmailProofs:
        """Links that prove a contact address."""
        return EmailProofs(self.session)

    @cached_property
    def authenticators(self) -> Authenticators:
        """Second factors."""
        return Authenticators(self.session)

    @cached_property
    def recovery_codes(self) -> RecoveryCodes:
        """What replaces a second factor, once."""
        return RecoveryCodes(self.session)

    @cached_property
    def sign_ins(self) -> SignIns:
        """Opened sessions."""
        return SignIns(self.session)

    @cached_property
    def statistics(self) -> Statistics:
        """Counts for the dashboard."""
        return Statistics(self.session)

    @cached_property
    def table_sizes(self) -> TableSizes:
        """How large the tables are."""
        return TableSizes(self.session)

    @cached_property
    def upstream_pauses(self) -> UpstreamPauses:
        """Upstreams that are switched off."""
        return UpstreamPauses(self.session)

    @cached_property
    def configurations(self) -> Configurations:
        """Configuration files that were applied."""
        return Configurations(self.session)
