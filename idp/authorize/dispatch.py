"""The one place where a request, a session and a person's consent meet; every step of a sign-in returns here.

    /authorize -> begin -> (page) -> /continuer/<interaction> -> resume -> (page) -> ... -> answer to the client

Pages never call each other: they change the session or the interaction and send the browser back to `resume`.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Final, Protocol

from idp.authorize import missed, response_modes
from idp.authorize.interaction import (
    Consent,
    Decision,
    Login,
    Ready,
    Reason,
    Refuse,
    SignedIn,
    decide,
)
from idp.authorize.pipeline import PARAMETERS, FindClient, PkcePolicy, ReadHint, identify, validate
from idp.authorize.request import AuthorizationRequest, ReturnAddress
from idp.authorize.response_modes import Answer
from idp.authorize.rfc9101_jar import RequestObjects, Resolved
from idp.authorize.rfc9126_par import Pushes, believed
from idp.clock import Clock
from idp.metrics.points import REFUSALS
from idp.protocol.client import Client
from idp.protocol.client_notes import Kind, Note, unnoted
from idp.protocol.errors import ProtocolError, ShownError
from idp.protocol.grant import AuthorizationGrant
from idp.protocol.levels import ALL_LEVELS, Levels
from idp.protocol.messages import Parameters
from idp.protocol.standing import Standing
from idp.records import dataclass
from idp.services.interactions import Interaction, Interactions
from idp.services.reuse_alarm import ReuseAlarm
from idp.services.session_states import SessionStates
from idp.services.sessions import Session, Sessions
from idp.services.standing import Standings

log = logging.getLogger("idp.authorize")

RELOAD_GRACE: Final = 60
"""Seconds after an application's answer during which a reload or double click gets another without a page."""


@dataclass(frozen=True, slots=True)
class Browser:
    """The browser that asks: its opaque id, and the value of its session cookie."""

    id: str
    session_cookie: str | None


@dataclass(frozen=True, slots=True)
class ShowLogin:
    """Show the sign-in page of an interaction. `request` is None for a plain visit.

    `levels`, `necessary` and `adds` are those of `idp.authorize.interaction.Login`.
    """

    interaction: Interaction
    reason: Reason
    request: AuthorizationRequest | None
    client: Client | None
    levels: tuple[str, ...] = ()
    necessary: bool = False
    adds: bool = False


@dataclass(frozen=True, slots=True)
class ShowConsent:
    """Show the consent page of an interaction."""

    interaction: Interaction
    request: AuthorizationRequest


@dataclass(frozen=True, slots=True)
class Home:
    """No application waits: go to one of the provider's own pages."""

    path: str = "/"


@dataclass(frozen=True, slots=True)
class Expired:
    """The interaction is unknown here: too old, or another browser's."""


Step = ShowLogin | ShowConsent | Home | Expired | Answer


class IssueAnswer(Protocol):
    """Makes the fields of a success: `idp.services.authorization_answers`."""

    def __call__(
        self, client: Client, grant: AuthorizationGrant, response_type: str, state: str | None
    ) -> Mapping[str, str] | None:
        """Return the fields, or None when the grant ended meanwhile; raise `ShownError` or `ProtocolError`."""
        ...


@dataclass(frozen=True, slots=True)
class FrontChannel:
    """The front channel with its collaborators, wired once at start."""

    issuer: str
    find_client: FindClient
    request_objects: RequestObjects
    pushes: Pushes
    read_hint: ReadHint
    issue: IssueAnswer
    sessions: Sessions
    interactions: Interactions
    standings: Standings
    alarm: ReuseAlarm
    states: SessionStates
    clock: Clock
    pkce: PkcePolicy = "always"
    levels: Levels = ALL_LEVELS
    note: Note = unnoted

    def begin(self, parameters: Parameters, browser: Browser) -> Step:
        """Take a new authorization request.

        Raises:
            ShownError: where no redirect is allowed.
        """

        def read() -> Session | None:
            return self.sessions.get(browser.session_cookie)

        pushed = self.pushes.open(parameters, session=browser.session_cookie is not None)
        if pushed is None:
            return self._advance(self.request_objects.resolve(parameters), None, browser, read)
        step: Step | None = None
        try:
            step = self._advance(Resolved(pushed.parameters, signed=True, pushed=pushed.key), None, browser, read)
        finally:
            self.pushes.close(pushed, answered=isinstance(step, Answer))
        return step

    def resume(self, interaction_id: str, browser: Browser) -> Step:
        """Go on with a parked request after a page has changed something.

        Raises:
            ShownError: the client was disabled or changed meanwhile.
        """
        key, session = self.sessions.key(browser.session_cookie), None
        if key is None:
            interaction = self.interactions.get(interaction_id, browser.id)
        else:
            interaction, raw = self.interactions.beside(interaction_id, browser.id, key)
            session = self.sessions.read(key, raw)
        return Expired() if interaction is None else self._go_on(interaction, session, browser)

    def opened(self, interaction: Interaction, session: Session, browser: Browser) -> Step:
        """Go on with a parked request in the session that has just been opened for it, both at hand.

        Raises:
            ShownError: as `resume`.
        """
        return self._go_on(interaction, session, browser)

    def _go_on(self, interaction: Interaction, session: Session | None, browser: Browser) -> Step:
        if not interaction.plain:
            step = self._advance(self._asked(interaction), interaction, browser, lambda: session)
            return self._ended(step, interaction)
        signed_in = self._standing(session, "", False)
        if signed_in is None:
            return ShowLogin(interaction, Reason.NO_SESSION, None, None)
        if interaction.fresh and not self.fresh(signed_in[0], interaction.fresh):
            return ShowLogin(interaction, Reason.MAX_AGE, None, None)
        return Home(interaction.then)

    def fresh(self, session: Session, within: int) -> bool:
        """Whether the member proved who they are in the last `within` seconds."""
        return self.clock() - session.auth_time <= within

    def deny(self, interaction_id: str, browser: Browser) -> Step:
        """The person refused on the consent page: `access_denied`."""
        interaction = self.interactions.get(interaction_id, browser.id)
        if interaction is None or interaction.plain:
            return Expired()
        to = identify(self._asked(interaction).parameters, self.find_client)
        return self._ended(self._fail(to, ProtocolError("access_denied", "the person refused")), interaction)

    def decline(self, interaction_id: str, browser: Browser) -> None:
        """The person cannot reach the level asked for: what resumes goes on without it, or ends with an error."""
        interaction = self.interactions.get(interaction_id, browser.id)
        if interaction is not None:
            self.interactions.declined(interaction, browser.id)

    def signed_in(
        self, cookie: str | None, client_id: str = "", *, staff: bool | None = False
    ) -> tuple[Session, Standing] | None:
        """Return the live session with its account's standing; None for a dead one, which is ended or runs out.

        `staff` asks for an administrator's session: where members go, such a session counts as none, and the reverse;
        None takes either.
        """
        return self._standing(self.sessions.get(cookie), client_id, staff)

    def _standing(self, session: Session | None, client_id: str, staff: bool | None) -> tuple[Session, Standing] | None:
        if session is None:
            return None
        standing = self.standings.of(session, client_id)
        # Also of what the key-value store still has: it may have lost that a session was ended.
        if standing is not None and standing.usable and standing.epoch == session.epoch and standing.on_record:
            return (session, standing) if staff is None or standing.staff == staff else None
        # What is of an older epoch may be about to get the new one, by the request that changed the password.
        if standing is None or not standing.usable or standing.epoch == session.epoch:
            self.sessions.end(session)
        return None

    def _asked(self, interaction: Interaction) -> Resolved:
        """Return what a parked request asks for.

        What a request object said was believed when it came; it may have expired since (RFC 9101 section 10.8).
        """
        if interaction.resolved:
            return Resolved(interaction.parameters, signed=True, pushed=interaction.pushed)
        return self.request_objects.resolve(interaction.parameters)

    def _ended(self, step: Step, interaction: Interaction) -> Step:
        """Return a step; where it is the application's answer, what was pushed for it is spent."""
        if interaction.pushed is not None and isinstance(step, Answer):
            self.pushes.requests.spend(interaction.pushed)
        return step

    def _advance(
        self,
        asked: Resolved,
        interaction: Interaction | None,
        browser: Browser,
        session_of: Callable[[], Session | None],
    ) -> Step:
        to = self._identified(asked.parameters, interaction)
        signed_in = self._standing(session_of(), to.client.client_id, to.client.staff)
        try:
            request = validate(believed(asked, to.client), to, self.read_hint, pkce=self.pkce)
        except ProtocolError as error:
            if interaction is None:
                missed.after_proof(error, asked.parameters, to.client).tell(self.note, to.client)
            trusted = to.client.first_party or signed_in is not None
            if trusted or "none" in (asked.parameters.get("prompt") or "").split():
                return self._fail(to, error)
            # No open redirector: a client that is not the fund's own learns of its fault after a sign-in (N-013).
            return ShowLogin(self._parked(asked, interaction, browser), Reason.NO_SESSION, None, to.client)
        if interaction is None:
            self.note(to.client.client_id, Kind.REQUESTED)
            self.alarm.saw(to.client.client_id, "nonce", request.nonce)
            self.alarm.saw(to.client.client_id, "code_challenge", request.code_challenge)
        decision = self._decide(request, signed_in, interaction)
        if isinstance(decision, Ready) and signed_in is not None:
            session = self.sessions.used(signed_in[0], to.client.client_id)
            if session is not None and interaction is not None:
                self.interactions.answered(interaction, browser.id)
            answer = None if session is None else self._complete(request, session, signed_in[1])
            # None: the session ended while this request was under way. Begin again without it.
            return answer or self._advance(asked, interaction, browser, lambda: None)
        if isinstance(decision, Refuse):
            return self._fail(to, ProtocolError(decision.error, detail=decision.reason), signed_in and signed_in[0])
        parked = self._parked(asked, interaction, browser)
        if isinstance(decision, Consent):
            return ShowConsent(parked, request)
        if isinstance(decision, Login):
            level = (decision.levels, decision.necessary, decision.adds)
            return ShowLogin(parked, decision.reason, request, to.client, *level)
        return ShowLogin(parked, Reason.NO_SESSION, request, to.client)

    def _identified(self, parameters: Parameters, interaction: Interaction | None) -> ReturnAddress:
        """Return where the answer may go; of a known client's new request that may go nowhere the reason is noted."""
        try:
            return identify(parameters, self.find_client)
        except ShownError as error:
            client = self.find_client(error.detail) if interaction is None and error.detail else None
            found = None if client is None else missed.before_proof(error, parameters, client)
            if client is not None and found is not None:
                found.tell(self.note, client)
            raise

    def _parked(self, asked: Resolved, interaction: Interaction | None, browser: Browser) -> Interaction:
        """Return the interaction of a request, parked with the parameters that we know and no others."""
        known = Parameters(tuple(pair for pair in asked.parameters.pairs if pair[0] in PARAMETERS))
        return interaction or self.interactions.park(known, browser.id, resolved=asked.signed, pushed=asked.pushed)

    def _decide(
        self,
        request: AuthorizationRequest,
        signed_in: tuple[Session, Standing] | None,
        interaction: Interaction | None,
    ) -> Decision:
        facts, scope, answered = None, None, False
        if signed_in is not None:
            session, standing = signed_in
            recent = interaction is not None and self._recent(interaction)
            fresh = recent and interaction is not None and session.interaction == interaction.id
            facts = SignedIn(standing.subject, session.auth_time, session.acr, fresh, session.amr)
            scope = standing.consented_scope
            answered = recent and interaction is not None and interaction.consented_by == session.account_id
        return decide(
            request,
            facts,
            consented_scope=scope,
            just_consented=answered,
            declined=interaction is not None and interaction.declined,
            now=self.clock(),
            levels=self.levels,
        )

    def _recent(self, interaction: Interaction) -> bool:
        """Whether what was done for an interaction still counts: until its answer, and a moment longer for a reload."""
        return interaction.answered_at is None or self.clock() - interaction.answered_at <= RELOAD_GRACE

    def _complete(self, request: AuthorizationRequest, session: Session, standing: Standing) -> Answer | None:
        grant = AuthorizationGrant(
            client_id=request.client.client_id,
            account_id=session.account_id,
            subject=standing.subject,
            sid=session.sid,
            scope=request.scope,
            redirect_uri=request.to.redirect_uri,
            auth_time=session.auth_time,
            acr=self.levels.reported(request.essential_acr, request.acr_values, session.acr, session.amr),
            amr=session.amr,
            nonce=request.nonce,
            code_challenge=request.code_challenge,
            claims=request.claims,
            resources=request.resources,
            dpop_jkt=request.dpop_jkt,
            account_epoch=session.epoch,
        )
        try:
            fields = self.issue(request.client, grant, request.response_type, request.to.state)
        except ProtocolError as error:
            return self._fail(request.to, error, session)
        if fields is None:
            return None
        self.note(request.client.client_id, Kind.ANSWERED)
        return response_modes.success(request.to, self.issuer, {**fields, **self._state(request.to, session)})

    def _state(self, to: ReturnAddress, session: Session) -> dict[str, str]:
        """Return `session_state`: in errors too, so that an application learns of another session (Session 2)."""
        return self.states.answer(to.client.client_id, to.redirect_uri, session.sid)

    def _fail(self, to: ReturnAddress, error: ProtocolError, session: Session | None = None) -> Answer:
        REFUSALS.add("/authorize", error.error)
        log.info(
            "authorization refused: %s (%s) for client %s",
            error.error,
            error.detail or error.description,
            to.client.client_id,
            extra={"event": "authorization_refused"},
        )
        return response_modes.failure(to, self.issuer, error, self._state(to, session) if session else {})
