"""The parts of the provider: services over its keys and stores, each made when first asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from idp.authorize.dispatch import FrontChannel
from idp.authorize.rfc9101_jar import RequestObjects
from idp.authorize.rfc9126_par import Pushes
from idp.endpoints.rfc8414_metadata import Offer, metadata
from idp.foundations import Foundations
from idp.members.accounts import Members
from idp.members.desk import Desk
from idp.members.factors.house import SecondFactors
from idp.members.passwords import Passwords
from idp.members.provisional import Digests
from idp.members.sign_in import SignIn
from idp.protocol.client import Client
from idp.protocol.levels import Level, Levels, Method
from idp.services.audit import AuditLog
from idp.services.audit_chain import AuditChain
from idp.services.back_channel import BackChannel
from idp.services.checkup import Checkup
from idp.services.client_keys import JWKS, ClientKeys
from idp.services.client_logos import ACCEPT as PICTURES
from idp.services.client_logos import Logos
from idp.services.client_notes import ClientNotes
from idp.services.clients import Clients
from idp.services.hints import Hints
from idp.services.interactions import Interactions
from idp.services.logout_calls import LogoutCalls
from idp.services.outgoing import FewAtOnce
from idp.services.pushed_requests import PushedRequests
from idp.services.registration.choices import choices_of_anybody
from idp.services.registration.leave import Gate
from idp.services.registration.outside import Sectors
from idp.services.registration.registrar import Registrar
from idp.services.request_uris import RequestUris
from idp.services.reuse_alarm import ReuseAlarm
from idp.services.session_states import SessionStates
from idp.services.sessions import Sessions
from idp.services.size_samples import SizeSamples
from idp.services.standing import Standings
from idp.services.subjects import Subjects
from idp.services.throttle import Throttle
from idp.services.throttle_policy import Limits, is_exempt
from idp.services.upstream_switch import UpstreamSwitch
from idp.store.kv_stand_in import StandIn

if TYPE_CHECKING:
    from idp.members.letters import LetterPrinting


@dataclass
class Parts(Foundations):
    """What is behind the doors."""

    @cached_property
    def audit(self) -> AuditLog:
        """Security events."""
        return AuditLog(self.store, self.clock)

    @cached_property
    def audit_chain(self) -> AuditChain:
        """The seals over the security events."""
        return AuditChain(self.store, self.secret.derive(b"audit chain"), self.clock, self.settings.audit.keep)

    @cached_property
    def passwords(self) -> Passwords:
        """Password hashes, their memory bounded for this process."""
        return Passwords(self.settings.passwords, self.settings.server.threads)

    @cached_property
    def dossiers(self) -> Members:
        """The members."""
        return Members(self.store, self.passwords, self.clock)

    @cached_property
    def sign_in(self) -> SignIn:
        """The check of dossier numbers and passwords."""
        key = self.secret.derive(b"sign-in reference")
        return SignIn(
            self.store,
            self.passwords,
            self.throttle,
            self.clock,
            self.audit,
            digests=self.digests,
            attempts=self.settings.activation.attempts,
            reference_key=key,
        )

    @cached_property
    def throttle(self) -> Throttle:
        """The delays of every sign-in, of its first step and of its second."""
        stand_in = self.kv.counters if isinstance(self.kv, StandIn) else None
        return Throttle(self.steady, Limits.of(self.settings.passwords), self.clock, stand_in)

    @cached_property
    def factors(self) -> SecondFactors:
        """Second factors and passkeys."""
        return SecondFactors.over(
            store=self.store,
            kv=self.kv,
            sealer=self.sealer,
            secret=self.secret,
            brake=self.throttle,
            issuer=self.settings.issuer,
            clock=self.clock,
            trail=self.audit,
        )

    @cached_property
    def digests(self) -> Digests:
        """What is stored of provisional passwords."""
        return Digests(self.secret.derive(b"provisional passwords"))

    @cached_property
    def desk(self) -> Desk:
        """First connection and forgotten password."""
        return Desk.over(
            store=self.store,
            kv=self.kv,
            sealer=self.sealer,
            secret=self.secret,
            passwords=self.passwords,
            digests=self.digests,
            settings=self.settings,
            clock=self.clock,
            trail=self.audit,
        )

    @cached_property
    def letters(self) -> "LetterPrinting":
        """The letters to print."""
        # The PDF library takes 45 MiB and most of a second, which a server needs only where somebody prints from it.
        from idp.members.letters import LetterPrinting  # noqa: PLC0415 - see above

        return LetterPrinting(self.store, self.sealer, self.settings, self.clock, self.audit)

    @cached_property
    def channel(self) -> BackChannel:
        """The services of the back channel; the front channel shares its clients and answers."""
        return BackChannel.over(
            store=self.store,
            kv=self.kv,
            ring=self.ring,
            issuer=self.settings.issuer,
            lives=self.settings.tokens,
            clock=self.clock,
            clients=self.clients,
            token_secret=self.token_secret,
            longest_session=self.settings.sessions.absolute,
            client_keys=self.client_keys,
            reload_keys_every=self.settings.keys.reload_every,
            note=self.client_notes,
        )

    @cached_property
    def clients(self) -> Clients:
        """The relying applications; usable before the first key exists."""
        return Clients(self.store, self.clock)

    @cached_property
    def client_notes(self) -> ClientNotes:
        """What applications do and what they are refused."""
        return ClientNotes(self.store, self.clock)

    @cached_property
    def described(self) -> Mapping[str, Any]:
        """What the provider says of itself; usable before the first key exists."""
        return metadata(self.settings.issuer, self.offer)

    @cached_property
    def offer(self) -> Offer:
        """What the settings decide of what the provider offers."""
        return Offer(
            signing=self.settings.keys.algorithms,
            encryption=self.settings.keys.encryption,
            request_uri=self.settings.authorize.request_uri,
            registration=self.settings.registration.enabled,
            acr_values=self.levels.supported,
        )

    @cached_property
    def registration_gate(self) -> Gate:
        """Who may register an application without the house."""
        rules = self.settings.registration
        limits = Limits.of(self.settings.passwords)
        return Gate(
            self.store,
            self.kv,
            self.clock,
            anybody=rules.open,
            per_hour=rules.per_hour,
            exempt=partial(is_exempt, limits),
        )

    @cached_property
    def registrar(self) -> Registrar:
        """The applications that register by themselves."""
        rules = self.settings.registration
        return Registrar(
            self.store,
            self.clients,
            choices_of_anybody(self.described, rules.response_types, rules.scopes),
            self.logos,
            most=rules.most,
            look_outside=self.sectors.check,
            audit=self.audit,
            clock=self.clock,
        )

    @cached_property
    def subjects(self) -> Subjects:
        """Which `sub` each application sees of a member."""
        return Subjects(self.secret.derive(b"pairwise subjects"), self.clients.get)

    @cached_property
    def logout_calls(self) -> LogoutCalls:
        """Calls applications when sessions end."""
        return LogoutCalls(
            self.store,
            self.ring,
            self.settings.issuer,
            self.outgoing,
            self.clock,
            reload_keys_every=self.settings.keys.reload_every,
            note=self.client_notes,
        )

    @cached_property
    def size_samples(self) -> SizeSamples:
        """How the tables grow."""
        room = self.settings.database.capacity_gib
        return SizeSamples(self.store, self.clock, None if room is None else int(room * 1024**3))

    @cached_property
    def checkup(self) -> Checkup:
        """Looks at applications, and calls them."""
        fetch = FewAtOnce(lambda url: self.outgoing.get(url, accept=JWKS).body, self._waiting)

        def tell(client: Client) -> tuple[str, int]:
            # Asked for late: who only lists applications has no signing key yet.
            return self.logout_calls.probe(client)

        return Checkup(fetch, tell, self.clock)

    @property
    def _waiting(self) -> int:
        """How many threads may wait for addresses of one kind: however many hang, most are left for the others."""
        return max(1, self.settings.server.threads // 8)

    @cached_property
    def sectors(self) -> Sectors:
        """What applications' sectors say."""
        return Sectors(FewAtOnce(lambda url: self.outgoing.get(url, accept="application/json").body, self._waiting))

    @cached_property
    def logos(self) -> Logos:
        """Our copies of applications' logos."""
        fetch = FewAtOnce(lambda url: self.outgoing.get(url, accept=PICTURES).body, self._waiting)
        return Logos(self.store, self.clients, fetch, self.clock)

    @cached_property
    def client_keys(self) -> ClientKeys:
        """The public keys of the relying applications."""
        # However many clients hang, most threads are left for the others.
        calls = max(1, self.settings.server.threads // 4)
        return ClientKeys(self.clients, lambda url: self.outgoing.get(url, accept=JWKS).body, self.clock, calls=calls)

    @cached_property
    def sessions(self) -> Sessions:
        """Single sign-on sessions."""
        life = self.settings.sessions
        return Sessions(self.kv, self.sealer, self.clock, idle=life.idle, absolute=life.absolute)

    @cached_property
    def upstream_switch(self) -> UpstreamSwitch:
        """Upstreams that an operator pauses."""
        return UpstreamSwitch(self.store, self.audit, self.clock)

    @cached_property
    def hints(self) -> Hints:
        """ID tokens that come back."""
        return Hints(self.ring, self.settings.issuer, self.clock, self.unseal)

    @cached_property
    def request_objects(self) -> RequestObjects:
        """Request objects; those by reference only where the settings say so."""
        half = max(1, self.settings.server.threads // 2)
        return RequestObjects(
            issuer=self.settings.issuer,
            find_client=self.clients.get,
            verified=self.client_keys.verified,
            unseal=self.unseal,
            clock=self.clock,
            fetch=RequestUris(self.outgoing, half, self.clock).fetch if self.settings.authorize.request_uri else None,
        )

    @cached_property
    def pushes(self) -> Pushes:
        """Pushed authorization requests: both doors know them."""
        return Pushes(
            PushedRequests(self.kv, self.clock, self.settings.authorize.pushed_lifetime),
            self.request_objects,
            self.clients.get,
            self.hints.subject_for,
            self.settings.authorize.pkce,
            self.client_notes,
        )

    @cached_property
    def levels(self) -> Levels:
        """The levels of assurance, and what this house offers to reach them."""
        order = tuple(Level(level.name, level.methods) for level in self.settings.assurance.levels)
        offered: set[Method] = {"password", "code", "passkey"}
        return Levels(order, frozenset(offered | ({"franceconnect"} if self.settings.franceconnect.enabled else set())))

    @cached_property
    def front(self) -> FrontChannel:
        """The front channel."""
        return FrontChannel(
            issuer=self.settings.issuer,
            find_client=self.clients.get,
            request_objects=self.request_objects,
            pushes=self.pushes,
            read_hint=self.hints.subject_for,
            issue=self.channel.answers.issue,
            sessions=self.sessions,
            interactions=Interactions(self.kv, self.clock, lifetime=self.settings.sessions.interaction),
            standings=Standings(self.store, self.subjects),
            alarm=ReuseAlarm(),
            states=SessionStates(self.secret.derive(b"browser state")),
            clock=self.clock,
            pkce=self.settings.authorize.pkce,
            levels=self.levels,
            note=self.client_notes,
        )
