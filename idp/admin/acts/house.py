"""Every act over the parts of one provider: what each door is given."""

from collections.abc import Callable, Mapping, Sequence

from idp.admin.acts.admins import AdminActs
from idp.admin.acts.audit import AuditActs
from idp.admin.acts.cases import CaseActs
from idp.admin.acts.client_history import ClientHistory
from idp.admin.acts.client_ledger import Ledger
from idp.admin.acts.client_rules import Rules
from idp.admin.acts.clients import ClientActs
from idp.admin.acts.configuration import ConfigurationActs
from idp.admin.acts.configuration_steps import Steps
from idp.admin.acts.dashboard import DashboardActs
from idp.admin.acts.desk import DeskActs
from idp.admin.acts.doctor import DoctorActs
from idp.admin.acts.keys import KeyActs
from idp.admin.acts.proposals import ProposalActs
from idp.admin.acts.upstreams import UpstreamActs
from idp.admin.acts.usage import UsageActs
from idp.admin.four_eyes import FourEyes
from idp.clock import Clock
from idp.protocol.client import Client
from idp.protocol.client_metadata.choices import Choices
from idp.records import dataclass
from idp.services.audit import AuditLog
from idp.services.audit_chain import AuditChain
from idp.services.checkup import Checkup
from idp.services.client_logos import Logos
from idp.services.client_notes import ClientNotes
from idp.services.clients import Clients
from idp.services.key_management import KeyManagement
from idp.services.key_readers import KeyReaders
from idp.services.size_samples import SizeSamples
from idp.services.upstream_switch import UpstreamSwitch
from idp.store.db import Store
from idp.upstream import Entrance, Upstream
from idp.upstream_ports import KeyValue


@dataclass(frozen=True, slots=True)
class Acts:
    """The acts, by thing."""

    admins: AdminActs
    audit: AuditActs
    clients: ClientActs
    client_history: ClientHistory
    cases: CaseActs
    upstreams: UpstreamActs
    configuration: ConfigurationActs
    keys: KeyActs
    usage: UsageActs
    desk: DeskActs
    doctor: DoctorActs
    proposals: ProposalActs
    dashboard: DashboardActs

    @classmethod
    def over(
        cls,
        *,
        store: Store,
        trail: AuditLog,
        chain: AuditChain,
        clients: Clients,
        notes: ClientNotes,
        desk: DeskActs,
        logos: Logos,
        look_outside: Callable[[Client], None],
        checkup: Checkup,
        sizes: SizeSamples,
        kv: KeyValue,
        noting: Callable[[], KeyReaders],
        switch: UpstreamSwitch,
        eyes: FourEyes,
        keys: KeyManagement,
        readers: KeyReaders,
        names: Sequence[str],
        upstreams: Callable[[], Mapping[str, Upstream]],
        entrances: Callable[[], Mapping[str, Entrance]],
        choices: Callable[[], Choices],
        clock: Clock,
        issuer: str,
    ) -> "Acts":
        """Put the acts over their parts; nothing is opened yet.

        Args:
            store: what they change.
            trail: where they are told.
            chain: the seals over the record.
            clients: the relying applications.
            notes: what they do and what they are refused.
            desk: what the support desk may do.
            logos: our copies of their logos.
            look_outside: refuses an application whose addresses say otherwise than it does.
            checkup: looks at one.
            sizes: the samples of the tables.
            kv: where examinations stand.
            noting: returns who reads the keys, with what this process has not written yet.
            switch: pauses upstreams.
            eyes: keeps what waits for a second person.
            keys: the signing keys.
            readers: who has read them.
            names: the upstreams that are enabled.
            upstreams: returns those that open members' accounts.
            entrances: returns the others.
            choices: returns what an application may register.
            clock: Unix seconds.
            issuer: the provider's address.
        """
        ledger = Ledger(store, clients, logos, trail, clock)
        rules = Rules(ledger, logos, choices, look_outside, clock, eyes.ask)
        applications = ClientActs(clients, ledger, rules, clock, eyes.ask)
        admins = AdminActs(store, trail, clock, issuer, ask=eyes.ask)
        pauses = UpstreamActs(names, switch, upstreams, entrances, trail, clock, eyes.ask)
        steps = Steps(applications, admins, pauses, look_outside)
        of_keys = KeyActs(store, eyes, keys, readers, trail, clock)
        files = ConfigurationActs(store, steps, switch, names, choices, trail, clock, eyes.ask)
        proposable = (admins, pauses, of_keys, files, applications, desk.changes)
        carries = {name: carry for one in proposable for name, carry in one.carries.items()}
        return cls(
            admins=admins,
            audit=AuditActs(store, chain, trail, clock),
            clients=applications,
            client_history=ClientHistory(store, ledger, rules, clock),
            cases=CaseActs(lambda: {name: one.desk for name, one in upstreams().items()}, store, trail, clock),
            upstreams=pauses,
            configuration=files,
            usage=UsageActs(store, notes, clock),
            desk=desk,
            dashboard=DashboardActs(store, sizes, clock),
            doctor=DoctorActs(store, kv, checkup, notes, noting, trail, clock),
            keys=of_keys,
            proposals=ProposalActs(eyes, store, carries, trail, clock),
        )
