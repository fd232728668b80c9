"""The edge between Flask and the core: what a view may ask of the request being answered, and how it answers."""

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any, Final, Literal

from flask import Response
from werkzeug.wrappers import Response as AnyResponse

from idp.authorize.dispatch import Browser, FrontChannel, ShowLogin, Step
from idp.members.desk import Desk
from idp.members.factors.house import SecondFactors
from idp.members.own_account import OwnAccount
from idp.members.own_identities import OwnIdentities
from idp.members.report import Reports
from idp.members.reset_requests import ResetRequest
from idp.members.sign_in import SignIn
from idp.protocol.client import Client
from idp.protocol.client_words import shown
from idp.protocol.messages import Parameters
from idp.protocol.names import AMR_SEVERAL
from idp.protocol.redirect_uri import origin, target
from idp.protocol.standing import Standing
from idp.records import dataclass
from idp.services.captcha.port import Captcha, CaptchaWidget
from idp.services.consents import Consents
from idp.services.devices import Devices, Visit
from idp.services.interactions import Interaction
from idp.services.receipts import Receipts
from idp.services.sessions import Session
from idp.services.sign_in_history import SignInHistory
from idp.services.sign_out import SignOut
from idp.upstream import Entrance, LoginOutcome, Member, Upstream
from idp.web import asked, forms, headers, retelling
from idp.web.cookies import Cookies
from idp.web.i18n import Catalogue
from idp.web.kept_pages import KeptPages, Placed
from idp.web.light import LightResponse
from keys.entropy import token_urlsafe

STAFF_DOOR: Final = "/administration/connexion"
"""Where the staff's sign-in pages are."""


@dataclass(frozen=True, slots=True)
class Edge(Cookies):
    """The collaborators of the views, wired once at start."""

    front: FrontChannel
    sign_in: SignIn
    sign_out: SignOut
    devices: Devices
    history: SignInHistory
    reports: Reports
    desk: Desk
    factors: SecondFactors
    own: OwnAccount
    identities: OwnIdentities
    captcha: Captcha
    upstreams: dict[str, Upstream]
    entrances: dict[str, Entrance]
    services: Callable[[], list[Client]]
    consents: Consents
    receipts: Receipts
    read_logout_hint: Callable[[str], Any]
    csrf_key: bytes
    catalogue: Catalogue
    kept_pages: KeptPages = field(default_factory=KeptPages)

    # What the request says

    def browser(self) -> Browser:
        """Return the browser as the front channel wants it."""
        return Browser(self.browser_id(), self.session_cookie())

    def parameters(self) -> Parameters:
        """Return the request's own parameters: the form of a POST, the query of a GET; never both merged.

        Raises:
            MalformedMessage: undecodable or oversized.
        """
        return asked.now().parameters()

    def network(self) -> str:
        """Return the caller's network for throttling: an IPv4 address, or an IPv6 /64."""
        return asked.now().network

    def reference(self) -> str:
        """Return the reference of this request, shared by pages and log."""
        return str(asked.now().environ.get("idp.reference", ""))

    def csrf(self, purpose: str) -> str:
        """Return an anti-forgery token for this browser and purpose."""
        return forms.issue_csrf(self.csrf_key, self.browser_id(), purpose)

    def check_csrf(self, purpose: str) -> bool:
        """Whether the POST being answered is our own form's, sent by this browser (N-127)."""
        here = asked.now()
        own = forms.same_origin(
            self.settings.issuer, origin=here.header("ORIGIN"), sec_fetch_site=here.header("SEC_FETCH_SITE")
        )
        sent = here.form.get("csrf", "")
        return own and forms.verify_csrf(self.csrf_key, self.browser_id(), purpose, sent)

    # How it answers

    def render(
        self,
        template: str,
        *,
        status: int = 200,
        targets: tuple[str, ...] | None = (),
        frames: tuple[str, ...] = (),
        places: Mapping[str, str] | None = None,
        placed: Placed = lambda _marks: {},
        **context: Any,
    ) -> Response:
        """Render a page with the security headers.

        Args:
            places: values that the page only writes out: with them it is kept, by all else but `placed` (`kept_pages`).
            placed: makes what has places in it.
            targets: URIs outside this origin that a form on this page may lead to (N-128); for a page that belongs to
                an interaction (named in `context`) they are the waiting application's. None for anywhere.
            frames: addresses outside this origin that the page loads in frames.
        """
        waiting = context.get("interaction") or (places or {}).get("interaction")
        if targets is not None and isinstance(waiting, str) and waiting:
            targets = (*targets, *self.waiting_targets(waiting))
        here, captcha = asked.now(), context.get("captcha")
        here.form_targets = None if targets is None else tuple(filter(None, map(target, targets)))
        here.extra_sources = captcha.sources if isinstance(captcha, CaptchaWidget) else {}
        here.frames = tuple(filter(None, map(origin, frames)))
        context = {**retelling.told(self, context), "frames": frames}
        if places is None:
            return LightResponse(asked.rendered(template, context), status)
        places = {**places, "nonce": self.nonce()}
        return LightResponse(self.kept_pages.rendered(template, self.language(), places, placed, context), status)

    def go(self, url: str) -> AnyResponse:
        """Send the browser on with 303 (N-007), without a body: the address may hold a code or tokens."""
        return LightResponse(status=303, headers={"Location": url})

    def finish_login(self, outcome: LoginOutcome, interaction: str) -> AnyResponse:
        """Go on after a first factor: to the second step where the account has one, else to a session (N-098)."""
        standing, second = self.front.standings.entering(outcome.account_id)
        if second:
            ticket = self.factors.step.open(outcome, interaction, self.browser_id())
            return self.go(self.confirm_url(interaction, ticket))
        return self._opened(outcome, interaction, standing, "")

    def open_session(self, outcome: LoginOutcome, interaction: str, beside: str = "") -> AnyResponse:
        """Open a session after the last step of a sign-in and go on with its interaction.

        `beside` is the sid of the live session that proved the first part: once that is signed out, none is opened.
        """
        return self._opened(outcome, interaction, self.front.standings.entering(outcome.account_id)[0], beside)

    def _opened(self, outcome: LoginOutcome, interaction: str, standing: Standing | None, beside: str) -> AnyResponse:
        stale = standing is not None and outcome.epoch not in {None, standing.epoch}
        staff = self.for_staff(interaction)
        # Each door has its own people, and nobody comes in by the staff's with one factor.
        wrong = standing is not None and (standing.staff != staff or (staff and AMR_SEVERAL not in outcome.amr))
        if standing is None or not standing.usable or stale or wrong:
            return self.go(self.sign_in_url(interaction))
        entered = self.devices.enter(
            outcome,
            self._visit(interaction),
            epoch=standing.epoch,
            interaction=interaction,
            previous=self.any_session(),
            beside=beside,
        )
        if entered is None:
            return self.go(self.sign_in_url(interaction))
        cookie, session = entered
        response = self.go(f"/continuer/{interaction}")
        self.set_session(response, cookie)
        self._set_state(response, session)
        asked.now().opened = interaction, session
        return response

    def sign_in_url(self, interaction: str) -> str:
        """Return the path of an interaction's sign-in page: the members', or the staff's where the console waits."""
        return f"{STAFF_DOOR if self.for_staff(interaction) else '/connexion'}/{interaction}"

    def reset_url(self, situation: str, dossier: str, interaction: str, why: str = "") -> str:
        """Return the path where a dossier's password is asked for anew, its number known already.

        `why` says why the old password, right though it was, may not be used any more; see `ResetRequest`.
        """
        wished = ResetRequest(situation, dossier, interaction, why)
        return f"/mot-de-passe-oublie/{self.desk.resets.open(wished, self.browser_id())}"

    def confirm_url(self, interaction: str, ticket: str) -> str:
        """Return the path of the second step of a sign-in, whoever's."""
        return f"/connexion/{interaction}/confirmer/{ticket}"

    def for_staff(self, interaction: str) -> bool:
        """Whether the application that waits behind an interaction is the staff's."""
        parked = self.parked(interaction)
        client_id = None if parked is None else parked.parameters.get("client_id")
        client = self.front.find_client(client_id) if client_id else None
        return client is not None and client.staff

    def knows(self, interaction: str) -> bool:
        """Whether the interaction exists and is this browser's."""
        return self.parked(interaction) is not None

    def member(self) -> Member | None:
        """Return the member who is signed in here, when the sign-in is recent (N-093)."""
        session = self.live_session()
        if session is None or not self.front.fresh(session, self.settings.account.fresh_for):
            return None
        return Member(session.account_id, session.sid)

    def identities_url(self, done: Literal["", "linked"] = "") -> str:
        """Return the path of the account's page of identities, which says at its head what has been done."""
        session = self.live_session() if done else None
        said = f"?fait={self.csrf(forms.account_purpose(session.sid, f'fait:{done}'))}" if session else ""
        return f"/compte/identites{said}"

    def hold(self, provider: str, upstream_session: str) -> None:
        """Keep an upstream's session with the live one, so that signing out here ends it too."""
        session = self.live_session()
        if session is not None:
            self.front.sessions.hold(session, provider, upstream_session)

    def with_state(self, response: AnyResponse) -> AnyResponse:
        """Complete an answer to an application: where the browser's state was lost, it is there again."""
        lost = self.session_cookie() and self.cookie("state") not in asked.now().cookies
        if lost and (session := self.live_session()) is not None:
            self._set_state(response, session)
        return response

    def finish(self, response: AnyResponse) -> AnyResponse:
        """Complete the answer of a page: cookies made on the way, headers of N-009, N-125 and N-126."""
        here = asked.now()
        self.keep(response)
        security = headers.security_headers(
            nonce=self.nonce(),
            secure=self.settings.strict_transport,
            form_targets=here.form_targets,
            extra_sources=here.extra_sources,
            frames=here.frames,
        )
        if isinstance(response, LightResponse):
            response.more = security
        else:
            for name, value in security:
                response.headers.setdefault(name, value)
        return response

    def service(self, client: Client | None) -> dict[str, str | None] | None:
        """Return what a page says of the application a person goes to.

        Its logo only when it is served from here: a picture of another origin would tell that origin of every visit
        to the sign-in page (N-017).
        """
        if client is None:
            return None
        return shown(client, self.language(), self.settings.issuer)

    def waiting_targets(self, interaction: str) -> tuple[str, ...]:
        """Return the URIs that the end of an interaction may lead to: its own redirect URI and its client's.

        The request's own comes first, since a native application's loopback port differs from the registered one.
        It was proven before it was parked.
        """
        parked = self.parked(interaction)
        if parked is None or parked.plain:
            return ()
        client = self.front.find_client(parked.parameters.get("client_id") or "")
        return (parked.parameters.get("redirect_uri") or "", *targets_of(client))

    def nonce(self) -> str:
        """Return the CSP nonce of this answer."""
        here = asked.now()
        if not here.nonce:
            here.nonce = token_urlsafe(16)
        return here.nonce

    def live_session(self, *, staff: bool = False) -> Session | None:
        """Return this browser's live session, of a member's active account; or of the staff's."""
        found = self.front.signed_in(self.session_cookie(), staff=staff)
        return found[0] if found else None

    def any_session(self) -> Session | None:
        """Return this browser's live session, whoever's: to end it."""
        found = self.front.signed_in(self.session_cookie(), staff=None)
        return found[0] if found else None

    def parked(self, interaction: str) -> Interaction | None:
        """Return an interaction of this browser, read once a request: what is asked of it here does not change."""
        known = asked.now().parked
        if interaction not in known:
            known[interaction] = self.front.interactions.get(interaction, self.browser_id())
        return known[interaction]

    def resumed(self, interaction: str) -> Step:
        """Go on with an interaction, and know it for the rest of the request."""
        step = self.front.resume(interaction, self.browser())
        if isinstance(step, ShowLogin):
            asked.now().parked[interaction] = step.interaction
        return step

    def _visit(self, interaction: str) -> Visit:
        """Return what this request says of the browser that has just signed in."""
        parked = self.parked(interaction)
        return Visit(
            browser=self.browser_id(),
            user_agent=asked.now().header("USER_AGENT") or "",
            network=self.network(),
            reference=self.reference(),
            client_id=parked.parameters.get("client_id") if parked is not None else None,
        )

    def _set_state(self, response: AnyResponse, session: Session) -> None:
        self.set_cookie(response, "state", self.front.states.of_browser(session.sid))


def targets_of(client: Client | None) -> tuple[str, ...]:
    """Return the URIs of a client that a form may lead to."""
    if client is None:
        return ()
    extra = (client.client_uri,) if client.client_uri else ()
    return (*client.redirect_uris, *client.post_logout_redirect_uris, *extra)
