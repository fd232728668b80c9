"""The unit of work: one transaction, and every repository on it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

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
from idp.store.eras import Eras
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

if TYPE_CHECKING:
    from idp.store.plain_tokens import PlainTokens

T = TypeVar("T")


class _once(Generic[T]):  # noqa: N801 - reads as what it does, before a method
    """A repository made when first asked for; the library's `cached_property` takes a lock that all threads share."""

    def __init__(self, make: Callable[[Any], T]) -> None:
        self._make = make
        self._name = make.__name__
        self.__doc__ = make.__doc__

    def __get__(self, unit: Any, _owner: type) -> T:
        made = unit.__dict__[self._name] = self._make(unit)
        return made


class Unit:
    """One transaction: its session, and the repositories on it, made when first asked for."""

    def __init__(self, session: Session) -> None:
        self.session: Final = session

    @_once
    def accounts(self) -> Accounts:
        """Dossiers."""
        return Accounts(self.session)

    @_once
    def clients(self) -> Clients:
        """Relying applications."""
        return Clients(self.session)

    @_once
    def client_days(self) -> ClientDays:
        """What clients did, day by day."""
        return ClientDays(self.session)

    @_once
    def client_logos(self) -> ClientLogos:
        """Our copies of clients' logos."""
        return ClientLogos(self.session)

    @_once
    def client_versions(self) -> ClientVersions:
        """What administrators made of each application."""
        return ClientVersions(self.session)

    @_once
    def registrations(self) -> Registrations:
        """Clients that registered by themselves, and leave to do so."""
        return Registrations(self.session)

    @_once
    def grants(self) -> Grants:
        """Redeemed authorizations."""
        return Grants(self.session)

    @_once
    def plain_tokens(self) -> "PlainTokens":
        """Code exchanges and refreshes in one exchange, on PostgreSQL."""
        from idp.store.plain_tokens import PlainTokens  # noqa: PLC0415 - a house on SQLite does without

        return PlainTokens(self.session)

    @_once
    def tokens(self) -> Tokens:
        """Access and refresh tokens, by digest."""
        return Tokens(self.session)

    @_once
    def consents(self) -> Consents:
        """What members agreed to share."""
        return Consents(self.session)

    @_once
    def keys(self) -> Keys:
        """Sealed signing keys."""
        return Keys(self.session)

    @_once
    def key_readers(self) -> KeyReaders:
        """Where the published keys are read."""
        return KeyReaders(self.session)

    @_once
    def house_secrets(self) -> HouseSecrets:
        """What keyed hashes are derived from."""
        return HouseSecrets(self.session)

    @_once
    def audit(self) -> AuditTrail:
        """Security events."""
        return AuditTrail(self.session)

    @_once
    def administrators(self) -> Administrators:
        """The fund's staff."""
        return Administrators(self.session)

    @_once
    def proposals(self) -> Proposals:
        """Acts that wait for a second person."""
        return Proposals(self.session)

    @_once
    def audit_seals(self) -> AuditSeals:
        """Seals over the security events."""
        return AuditSeals(self.session)

    @_once
    def outbox(self) -> Outbox:
        """Work that leaves the house."""
        return Outbox(self.session)

    @_once
    def logouts(self) -> Logouts:
        """Whom to tell that a session ended."""
        return Logouts(self.session)

    @_once
    def spent(self) -> Spent:
        """Values that may be used once."""
        return Spent(self.session)

    @_once
    def provisionals(self) -> Provisionals:
        """Provisional passwords."""
        return Provisionals(self.session)

    @_once
    def letters(self) -> Letters:
        """Letters to print."""
        return Letters(self.session)

    @_once
    def deliveries(self) -> DeliveryHistory:
        """What was sent to members."""
        return DeliveryHistory(self.session)

    @_once
    def email_proofs(self) -> EmailProofs:
        """Links that prove a contact address."""
        return EmailProofs(self.session)

    @_once
    def authenticators(self) -> Authenticators:
        """Second factors."""
        return Authenticators(self.session)

    @_once
    def recovery_codes(self) -> RecoveryCodes:
        """What replaces a second factor, once."""
        return RecoveryCodes(self.session)

    @_once
    def sign_ins(self) -> SignIns:
        """Opened sessions."""
        return SignIns(self.session)

    @_once
    def statistics(self) -> Statistics:
        """Counts for the dashboard."""
        return Statistics(self.session)

    @_once
    def table_sizes(self) -> TableSizes:
        """How large the tables are."""
        return TableSizes(self.session)

    @_once
    def upstream_pauses(self) -> UpstreamPauses:
        """Upstreams that are switched off."""
        return UpstreamPauses(self.session)

    @_once
    def eras(self) -> Eras:
        """Whether Redis is used or the database stands in."""
        return Eras(self.session)

    @_once
    def configurations(self) -> Configurations:
        """Configuration files that were applied."""
        return Configurations(self.session)
