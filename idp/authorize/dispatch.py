"""The one place where a request, a session and a person's consent meet; every step of a sign-in returns here.

    /authorize -> begin -> (page) -> /continuer/<interaction> -> resume -> (page) -> ... -> answer to the client

Pages never call each other: they change the session or the interaction and send the browser back to `resume`.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from idp.authorize import response_modes
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
from idp.authorize.pipeline import PARAMETERS, FindClient, ReadHint, identify, validate
from idp.authorize.request import AuthorizationRequest, ReturnAddress
from idp.authorize.response_modes import Answer
from idp.clock import Clock
from idp.protocol.client import Client
from idp.protocol.errors import ProtocolError
from idp.protocol.grant import AuthorizationGrant
from idp.protocol.messages import Parameters
from idp.protocol.standing import Standing
from idp.services.interactions import Interaction, Interactions
from idp.services.reuse_alarm import ReuseAlarm
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
    """Show the sign-in page of an interaction. `request` is None for a plain visit."""

    interaction: Interaction
    reason: Reason
    request: AuthorizationRequest | None
    client: Client | None


@dataclass(frozen=True, slots=True)
class ShowConsent:
    """Show the consent page of an interaction."""

    interaction: Interaction
    request: AuthorizationRequest


@dataclass(frozen=True, slots=True)
class Home:
    """Nothing waits: go to the provider's own home page."""


@dataclass(frozen=True, slots=True)
class Expired:
    """The interaction is unknown here: too old, or another browser's."""


Step = ShowLogin | ShowConsent | Home | Expired | Answer


@dataclass(frozen=True, slots=True)
class FrontChannel:
    """The front channel with its collaborators, wired once at start."""

    issuer: str
    find_client: FindClient
    read_hint: ReadHint
    issue_code: Callable[[AuthorizationGrant], str]
    sessions: Sessions
    interactions: Interactions
    standings: Standings
    alarm: ReuseAlarm
    clock: Clock

    def begin(self, parameters: Parameters, browser: Browser) -> Step:
        """Take a new authorization request.

        Raises:
            ShownError: where no redirect is allowed.
        """
        return self._advance(parameters, None, browser)

    def resume(self, interaction_id: str, browser: Browser) -> Step:
        """Go on with a parked request after a page has changed something.

        Raises:
            ShownError: the client was disabled or changed meanwhile.
        """
        interaction = self.interactions.get(interaction_id, browser.id)
        if interaction is None:
            return Expired()
        if not interaction.plain:
            return self._advance(interaction.parameters, interaction, browser)
        if self.signed_in(browser.session_cookie) is None:
            return ShowLogin(interaction, Reason.NO_SESSION, None, None)
        return Home()

    def deny(self, interaction_id: str, browser: Browser) -> Step:
        """The person refused on the consent page: `access_denied`."""
        interaction = self.interactions.get(interaction_id, browser.id)
        if interaction is None or interaction.plain:
            return Expired()
        to = identify(interaction.parameters, self.find_client)
        return self._fail(to, ProtocolError("access_denied", "the person refused"))

    def signed_in(self, cookie: str | None, client_id: str = "") -> tuple[Session, Standing] | None:
        """Return the live session with its account's standing; a dead one is ended and None comes back."""
        session = self.sessions.get(cookie)
        if session is None:
            return None
        standing = self.standings.of(session.account_id, client_id)
        if standing is None or not standing.usable or standing.epoch != session.epoch:
            self.sessions.end(session)
            return None
        return session, standing

    def _advance(self, parameters: Parameters, interaction: Interaction | None, browser: Browser) -> Step:
        to = identify(parameters, self.find_client)
        signed_in = self.signed_in(browser.session_cookie, to.client.client_id)
        try:
            request = validate(parameters, to, self.read_hint)
        except ProtocolError as error:
            trusted = to.client.first_party or signed_in is not None
            if trusted or "none" in (parameters.get("prompt") or "").split():
                return self._fail(to, error)
            # No open redirector: a client that is not the fund's own learns of its fault after a sign-in (N-013).
            return ShowLogin(self._parked(parameters, interaction, browser), Reason.NO_SESSION, None, to.client)
        if interaction is None:
            self.alarm.saw(to.client.client_id, "nonce", request.nonce)
            self.alarm.saw(to.client.client_id, "code_challenge", request.code_challenge)
        decision = self._decide(request, signed_in, interaction)
        if isinstance(decision, Ready) and signed_in is not None:
            session = self.sessions.used(signed_in[0], to.client.client_id)
            if session is None:  # it ended while this request was under way: begin again without it
                return self._advance(parameters, interaction, Browser(browser.id, None))
            if interaction is not None:
                self.interactions.answered(interaction, browser.id)
            return self._complete(request, session, signed_in[1])
        if isinstance(decision, Refuse):
            return self._fail(to, ProtocolError(decision.error, detail=decision.reason))
        parked = self._parked(parameters, interaction, browser)
        if isinstance(decision, Consent):
            return ShowConsent(parked, request)
        reason = decision.reason if isinstance(decision, Login) else Reason.NO_SESSION
        return ShowLogin(parked, reason, request, to.client)

    def _parked(self, parameters: Parameters, interaction: Interaction | None, browser: Browser) -> Interaction:
        """Return the interaction of a request, parked with the parameters that we know and no others."""
        known = Parameters(tuple(pair for pair in parameters.pairs if pair[0] in PARAMETERS))
        return interaction or self.interactions.park(known, browser.id)

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
            facts = SignedIn(standing.subject, session.auth_time, session.acr, fresh)
            scope = standing.consented_scope
            answered = recent and interaction is not None and interaction.consented_by == session.account_id
        return decide(
            request,
            facts,
            consented_scope=scope,
            just_consented=answered,
            now=self.clock(),
        )

    def _recent(self, interaction: Interaction) -> bool:
        """Whether what was done for an interaction still counts: until its answer, and a moment longer for a reload."""
        return interaction.answered_at is None or self.clock() - interaction.answered_at <= RELOAD_GRACE

    def _complete(self, request: AuthorizationRequest, session: Session, standing: Standing) -> Answer:
        code = self.issue_code(
            AuthorizationGrant(
                client_id=request.client.client_id,
                account_id=session.account_id,
                subject=standing.subject,
                sid=session.sid,
                scope=request.scope,
                redirect_uri=request.to.redirect_uri,
                auth_time=session.auth_time,
                acr=session.acr,
                amr=session.amr,
                nonce=request.nonce,
                code_challenge=request.code_challenge,
                claims=request.claims,
                resources=request.resources,
                dpop_jkt=request.dpop_jkt,
                account_epoch=session.epoch,
            )
        )
        return response_modes.success(request.to, self.issuer, {"code": code})

    def _fail(self, to: ReturnAddress, error: ProtocolError) -> Answer:
        log.info(
            "authorization refused: %s (%s) for client %s",
            error.error,
            error.detail or error.description,
            to.client.client_id,
            extra={"event": "authorization_refused"},
        )
        return response_modes.failure(to, self.issuer, error)
