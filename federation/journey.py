"""The journey of a member who comes by FranceConnect: out, back, recognised, linked, signed in.

No Flask here: each method takes what the browser said and the door to the provider, and returns a
step (`federation.steps`). No session opens without an action of this person in this browser
(N-066, N-068): the trip is tied to the browser that pressed the button.
"""

import logging
from collections.abc import Mapping
from dataclasses import field

from federation import franceconnect, notices
from federation.account_link import AccountLink
from federation.arrival import Arrival
from federation.assessment import assess
from federation.breaker import CircuitBreaker
from federation.franceconnect_upstream import BASE, FranceConnectUpstream
from federation.linking import (
    Ambiguous,
    AutoLink,
    Candidate,
    ChooseDossier,
    Decision,
    LinkConflict,
    NoMatch,
    Person,
    Prove,
    Shut,
    SignIn,
    establish,
)
from federation.pivot import compare
from federation.policy import LinkingPolicy
from federation.proofs import first_path, invitation
from federation.reachability import Reachability
from federation.relying_party import RelyingParty, UpstreamIdentity
from federation.steps import Action, Finish, Go, Origin, Page, Step, Way, notice, way_back, ways_on
from federation.transactions import PendingLink, PendingLinks, Purpose, Repeated, Trip, Trips
from federation.transactions import Step as PendingStep
from federation.upstream_errors import UpstreamDown, UpstreamError, UpstreamRefused, error_details, fails_for_all
from idp.protocol.names import AMR_FEDERATION
from idp.records import dataclass
from idp.upstream import AccountFacts, CivilStatus, LoginOutcome
from idp.upstream_ports import BrowserDoor, Ports

_log = logging.getLogger("idp.federation")


@dataclass(frozen=True, slots=True)
class Callback:
    """The query of the callback, each parameter at most once."""

    state: str = field(repr=False)
    code: str = field(default="", repr=False)
    issuer: str = ""
    error: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Journey:
    """The steps from the button to the session."""

    upstream: FranceConnectUpstream
    client: RelyingParty
    breaker: CircuitBreaker
    trips: Trips
    pending: PendingLinks
    ports: Ports
    reachable: Reachability
    account_link: AccountLink
    policy: LinkingPolicy

    def start(self, door: BrowserDoor, interaction: str) -> Step:
        """The button was pressed: note the trip and send the browser to FranceConnect."""
        if not door.knows(interaction):
            return self.lost(door)
        return self._leave(door, "login", Way(interaction))

    def start_link(self, door: BrowserDoor, handle: str) -> Step:
        """A member wants to link an identity: the same trip, for the session that asked (`Trips.invite`)."""
        member = self.trips.accept(door.browser_id(), handle)
        if member is None:
            return self.account_link.over(door)
        if member != door.member():
            return self.account_link.expired(door)
        return self._leave(door, "link", Way("", member))

    def _leave(self, door: BrowserDoor, purpose: Purpose, way: Way) -> Step:
        if self.ports.paused(self.upstream.name) is not None or not self.breaker.allow():
            return self.tell_on(door, notices.PAUSED, way)
        if not self.reachable():
            return self._failed(door, UpstreamDown("start:unreachable"), way)
        started = self.trips.begin(door.browser_id(), purpose, way.interaction, way.member)
        parameters = franceconnect.authorization_parameters(
            self.upstream.settings, state=started.state, nonce=started.nonce
        )
        try:
            return Go(self.client.authorization_url(parameters))
        except UpstreamError as error:
            return self._failed(door, error, way)

    def callback(self, door: BrowserDoor, answer: Callback) -> Step:
        """The browser is back: with a code, with an error, or for the second time."""
        browser = door.browser_id()
        trip = self.trips.finish(browser, answer.state) if answer.state else None
        if isinstance(trip, Repeated):
            return self._again(door, trip)
        if trip is None or (trip.member is None and not door.knows(trip.interaction)):
            self.ports.audit("federation.callback", outcome="refused", reason="unknown_state")
            return self.lost(door)
        try:
            step = self._answered(door, trip, answer)
        except Exception:
            # The provider shows what broke; a reload must not find a trip that never ends.
            self.trips.remember(browser, answer.state, trip.interaction, way_back(door, trip))
            raise
        if not isinstance(step, Finish):
            # Where a reload leads: on to the same page, or back to where the person came from.
            on = step.location if isinstance(step, Go) else way_back(door, trip)
            self.trips.remember(browser, answer.state, trip.interaction, on)
            return step
        return Finish(step.outcome, step.interaction, trip=answer.state)

    def finished(self, door: BrowserDoor, step: Finish, location: str) -> None:
        """Note where a session led, so that a second callback goes there too."""
        if step.trip is not None:
            self.trips.remember(door.browser_id(), step.trip, step.interaction, location)

    def lost(self, door: BrowserDoor) -> Page:
        """Say that nothing waits here, to whoever comes with what never was or is over."""
        return self.tell(door, notices.EXPIRED, None)

    def tell(self, door: BrowserDoor, what: notices.Notice, interaction: str | None) -> Page:
        """Show a notice with the ways on from this interaction."""
        retry = self.upstream.start_path(interaction) if interaction is not None else ""
        return notice(door, what, *ways_on(door, what, interaction, retry))

    def tell_on(self, door: BrowserDoor, what: notices.Notice, way: Origin) -> Page:
        """Show a notice with the ways on from where a person came: the sign-in page, or the account."""
        return self.tell(door, what, way.interaction) if way.member is None else self.account_link.tell(door, what)

    def compared(self, civil: CivilStatus, account: AccountFacts, *, taken: bool = False) -> Candidate:
        """Compare one dossier with a person."""
        return Candidate(account, compare(civil, account.civil), taken)

    def outcome(self, arrival: Arrival | PendingLink, account: AccountFacts) -> LoginOutcome:
        """Return the finished sign-in, by our own clock: FranceConnect's `auth_time` is a click."""
        return LoginOutcome(
            account_id=account.account_id,
            acr=self.upstream.settings.level,
            amr=(AMR_FEDERATION,),
            auth_time=arrival.auth_time,
            provider=self.upstream.name,
            upstream_session=arrival.id_token,
            epoch=account.epoch,
        )

    def person(self, sub: str) -> Person:
        """Return the key of this person's links."""
        return Person(self.upstream.settings.issuer, sub, self.upstream.label)

    def _answered(self, door: BrowserDoor, trip: Trip, answer: Callback) -> Step:
        settings = self.upstream.settings
        if answer.issuer != settings.issuer:
            # RFC 9207, on errors too (N-061): an answer of another issuer is a mix-up.
            self._disbelieved(door, "wrong_issuer")
            return self.tell_on(door, notices.UNTRUSTED, trip)
        if answer.error:
            return self._refused_upstream(door, trip, answer)
        if not answer.code or not answer.code.isascii() or not answer.code.isprintable():
            self._disbelieved(door, "no_code")
            return self.tell_on(door, notices.UNTRUSTED, trip)
        try:
            identity = self.client.identify(answer.code, trip.nonce)
        except UpstreamError as error:
            return self._failed(door, error, trip)
        self.breaker.success()
        arrival = self._arrival(identity, trip)
        return self._settle(door, arrival) if trip.member is None else self.account_link.settle(door, arrival)

    def _arrival(self, identity: UpstreamIdentity, trip: Trip) -> Arrival:
        civil = franceconnect.civil_status(identity.claims)
        return Arrival(identity.sub, civil, identity.id_token, self.ports.clock(), trip.interaction, trip.member)

    def _settle(self, door: BrowserDoor, arrival: Arrival) -> Step:
        decision = assess(self.ports, self.policy, self.upstream.settings.issuer, arrival.sub, arrival.civil).decision
        _log.info("franceconnect: %s, %s", type(decision).__name__, decision_reason(decision))
        try:
            return self._follow(door, arrival, decision)
        except LinkConflict:
            # Another request linked this dossier to another person since we looked.
            return self._follow(door, arrival, Prove("linked_to_another_sub"))

    def _follow(self, door: BrowserDoor, arrival: Arrival, decision: Decision) -> Step:
        if isinstance(decision, SignIn):
            return Finish(self.outcome(arrival, decision.account), arrival.interaction)
        if isinstance(decision, AutoLink):
            account, comparison = decision.candidate.account, decision.candidate.comparison
            establish(self.ports, self.person(arrival.sub), account, method="auto", comparison=comparison)
            return Finish(self.outcome(arrival, account), arrival.interaction)
        if isinstance(decision, ChooseDossier):
            ids = tuple(account.account_id for account in decision.accounts)
            return Go(f"{BASE}/dossier?suite={self._park(door, arrival, 'choice', ids)}")
        self.ports.audit("federation.sign_in", outcome="not_recognised", reason=decision.reason)
        if isinstance(decision, Shut):
            return self.tell(door, notices.SHUT, arrival.interaction)
        if isinstance(decision, Ambiguous):
            self.upstream.desk.file(arrival.sub, arrival.civil, decision.candidates, decision.reason)
        proof = first_path(self.policy, self.ports, self._park(door, arrival, "proof"))
        if isinstance(decision, NoMatch):
            return self._no_dossier(door, arrival, proof)
        return Go(proof)

    def _no_dossier(self, door: BrowserDoor, arrival: Arrival, proof: str) -> Page:
        return notice(
            door,
            notices.NO_DOSSIER,
            Action(invitation(self.policy, self.ports), proof, primary=True),
            Action(notices.HOME, door.sign_in_url(arrival.interaction)),
        )

    def _park(self, door: BrowserDoor, arrival: Arrival, step: PendingStep, accounts: tuple[str, ...] = ()) -> str:
        pending = arrival.waiting(self.upstream.settings.issuer, step, accounts)
        return self.pending.park(door.browser_id(), pending)

    def _again(self, door: BrowserDoor, repeated: Repeated) -> Step:
        if repeated.location is not None:
            return Go(repeated.location)
        on = door.sign_in_url(repeated.interaction) if repeated.interaction else door.identities_url()
        return notice(door, notices.IN_PROGRESS, Action(notices.GO_ON, on, primary=True))

    def _refused_upstream(self, door: BrowserDoor, trip: Trip, answer: Callback) -> Page:
        details = error_details({"error": answer.error, "error_description": answer.description})
        what = notices.ERRORS.get(answer.error, notices.OTHER_ERROR)
        self._record(door, details, level=logging.INFO if what.name == "access_denied" else logging.ERROR)
        return self.tell_on(door, what, trip)

    def _disbelieved(self, door: BrowserDoor, reason: str) -> None:
        self.ports.audit("federation.callback", outcome="refused", reason=reason, reference=door.reference())

    def _failed(self, door: BrowserDoor, error: UpstreamError, way: Origin) -> Page:
        """A call to the upstream failed: say so, log what its support will ask for."""
        if fails_for_all(error):
            self.breaker.failure()
        if isinstance(error, UpstreamRefused):
            self._record(door, error.details, level=logging.ERROR)
            return self.tell_on(door, notices.OTHER_ERROR, way)
        self._record(door, error.details | {"error": error.reason}, level=logging.ERROR)
        what = notices.DOWN if isinstance(error, UpstreamDown) else notices.UNTRUSTED
        return self.tell_on(door, what, way)

    def _record(self, door: BrowserDoor, details: Mapping[str, str], *, level: int) -> None:
        """Keep what went wrong under the reference that the page shows."""
        shown, reference = " ".join(f"{name}={value!r}" for name, value in details.items()), door.reference()
        _log.log(level, "franceconnect did not sign in: %s", shown, extra={"reference": reference})
        self.ports.audit("federation.upstream_error", outcome="failed", reference=reference, **details)


def decision_reason(decision: Decision) -> str:
    """Return the named reason of a decision."""
    return decision.reason
