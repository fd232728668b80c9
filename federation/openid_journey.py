"""The journey of a person who comes by an OpenID provider: out, back, vouched for, handed to composition.

The same trips, client and breaker as FranceConnect's, and none of its linking: who the person is to the house is not
this room's to say (`idp.upstream_ports.Arrive`). Where nobody says, nothing opens; a member's account never does
(N-064).
"""

import logging
from collections.abc import Mapping
from typing import Any

from federation import notices, openid, openid_notices
from federation.breaker import CircuitBreaker
from federation.journey import Callback
from federation.provider_metadata import ProviderDirectory
from federation.reachability import Reachability
from federation.relying_party import RelyingParty
from federation.steps import Action, Go, Page, notice
from federation.transactions import Repeated, Trip, Trips
from federation.upstream_errors import UpstreamDown, UpstreamError, UpstreamRefused, error_details, fails_for_all
from idp.records import dataclass
from idp.upstream import Outage, Visitor
from idp.upstream_ports import Arrive, BrowserDoor, Ports

_log = logging.getLogger("idp.federation")


@dataclass(frozen=True, slots=True)
class Arrived:
    """The provider's composition let the person in; `response` is its answer."""

    response: Any


Step = Go | Page | Arrived


@dataclass(frozen=True, slots=True)
class OpenIdUpstream:
    """See `idp.upstream.Entrance`; no method waits for the provider."""

    settings: openid.OpenIdSettings
    directory: ProviderDirectory
    breaker: CircuitBreaker
    ports: Ports

    @property
    def name(self) -> str:
        """Short stable name, used in paths and audit."""
        return self.settings.name

    @property
    def label(self) -> str:
        """Name for people."""
        return self.settings.label

    @property
    def base(self) -> str:
        """The path under which its pages are."""
        return f"/federation/{self.name}"

    def outage(self) -> Outage | None:
        """Why it may not be offered; what an operator decided comes before what the breaker found."""
        since = self.breaker.open_since()
        return self.ports.paused(self.name) or (None if since is None else Outage(since))

    def failing_since(self) -> int | None:
        """Since when nothing succeeded, where the breaker is open; what an operator decided does not hide it."""
        return self.breaker.open_since()

    def start_path(self, interaction: str) -> str:
        """Local path that starts a sign-in for this interaction."""
        return f"{self.base}/start?interaction={interaction}"

    def logout_url(self, upstream_session: str, return_id: str) -> str | None:
        """Where the session at the provider ends too; `upstream_session` is the raw ID token."""
        end_session = self.directory.end_session_endpoint()
        if end_session is None or not upstream_session:
            return None
        return openid.logout_url(self.settings, end_session, id_token=upstream_session, state=return_id)


@dataclass(frozen=True, slots=True)
class OpenIdJourney:
    """The steps from the start to whatever composition opens."""

    upstream: OpenIdUpstream
    client: RelyingParty
    trips: Trips
    ports: Ports
    reachable: Reachability
    arrive: Arrive

    def start(self, door: BrowserDoor, interaction: str) -> Step:
        """Note the trip and send the browser to the provider."""
        if not door.knows(interaction):
            return self.lost(door)
        if self.ports.paused(self.upstream.name) is not None or not self.upstream.breaker.allow():
            return self.tell(door, openid_notices.PAUSED, interaction)
        if not self.reachable():
            return self._failed(door, UpstreamDown("start:unreachable"), interaction)
        started = self.trips.begin(door.browser_id(), "login", interaction)
        parameters = openid.authorization_parameters(self.upstream.settings, state=started.state, nonce=started.nonce)
        try:
            return Go(self.client.authorization_url(parameters))
        except UpstreamError as error:
            return self._failed(door, error, interaction)

    def callback(self, door: BrowserDoor, answer: Callback) -> Step:
        """The browser is back: with a code, with an error, or for the second time."""
        browser = door.browser_id()
        trip = self.trips.finish(browser, answer.state) if answer.state else None
        if isinstance(trip, Repeated):
            return Go(trip.location) if trip.location is not None else self.tell(door, notices.IN_PROGRESS, None)
        if trip is None or not door.knows(trip.interaction):
            self._audit("callback", outcome="refused", reason="unknown_state")
            return self.lost(door)
        # Whatever happens now, a callback that comes again starts over: its code was spent.
        again = self.upstream.start_path(trip.interaction)
        self.trips.remember(browser, answer.state, trip.interaction, again)
        step = self._answered(door, trip, answer)
        if isinstance(step, Arrived):
            self.trips.remember(browser, answer.state, trip.interaction, step.response.headers.get("Location", again))
        return step

    def lost(self, door: BrowserDoor) -> Page:
        """Say that nothing waits here, to whoever comes with what never was or is over."""
        return self.tell(door, notices.EXPIRED, None)

    def tell(self, door: BrowserDoor, what: notices.Notice, interaction: str | None) -> Page:
        """Show a notice with the ways on: try again, and the first page."""
        actions = [Action(notices.HOME, "/", primary=interaction is None or not what.retry)]
        if interaction is not None and what.retry:
            actions.insert(0, Action(openid_notices.RETRY, self.upstream.start_path(interaction), primary=True))
        return notice(door, what, *actions)

    def _answered(self, door: BrowserDoor, trip: Trip, answer: Callback) -> Step:
        settings = self.upstream.settings
        if answer.issuer != settings.issuer and (answer.issuer or settings.names_itself):
            # RFC 9207, on errors too (N-061): an answer of another issuer is a mix-up.
            self._audit("callback", outcome="refused", reason="wrong_issuer", reference=door.reference())
            return self.tell(door, openid_notices.UNTRUSTED, trip.interaction)
        if answer.error:
            details = error_details({"error": answer.error, "error_description": answer.description})
            self._record(door, details)
            denied = answer.error == "access_denied"
            return self.tell(door, openid_notices.DENIED if denied else openid_notices.REFUSED, trip.interaction)
        if not answer.code or not answer.code.isascii() or not answer.code.isprintable():
            self._audit("callback", outcome="refused", reason="no_code", reference=door.reference())
            return self.tell(door, openid_notices.UNTRUSTED, trip.interaction)
        try:
            identity = self.client.identify(answer.code, trip.nonce, openid.verifier(settings, trip.nonce))
        except UpstreamError as error:
            return self._failed(door, error, trip.interaction)
        self.upstream.breaker.success()
        now = self.ports.clock()
        visitor = Visitor(
            provider=settings.name,
            issuer=settings.issuer,
            sub=identity.sub,
            acr=identity.acr,
            # A provider that asks nobody again, whatever `prompt` says, gives no fresh sign-in (Core section 2).
            auth_time=now if identity.auth_time is None else min(now, identity.auth_time),
            claims=identity.claims,
            upstream_session=identity.id_token,
        )
        response = self.arrive(visitor, trip.interaction)
        if response is not None:
            return Arrived(response)
        self._audit("sign_in", outcome="not_recognised", reason="nobody")
        return self.tell(door, openid_notices.NOBODY, trip.interaction)

    def _failed(self, door: BrowserDoor, error: UpstreamError, interaction: str) -> Page:
        if fails_for_all(error):
            self.upstream.breaker.failure()
        self._record(door, error.details | {"error": error.reason})
        if isinstance(error, UpstreamDown):
            return self.tell(door, openid_notices.DOWN, interaction)
        refused = isinstance(error, UpstreamRefused)
        return self.tell(door, openid_notices.REFUSED if refused else openid_notices.UNTRUSTED, interaction)

    def _record(self, door: BrowserDoor, details: Mapping[str, str]) -> None:
        shown, reference = " ".join(f"{name}={value!r}" for name, value in details.items()), door.reference()
        _log.error("%s did not sign in: %s", self.upstream.name, shown, extra={"reference": reference})
        self._audit("upstream_error", outcome="failed", reference=reference, **details)

    def _audit(self, event: str, *, outcome: str, **details: str) -> None:
        self.ports.audit(f"federation.{event}", outcome=outcome, provider=self.upstream.name, **details)
