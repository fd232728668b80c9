"""The edge between Flask and the core: what a view may ask of the request being answered, and how it answers.

Cookies carry random identifiers only: `browser` ties forms and pending sign-ins to one browser, `session` finds the
session, `lang` keeps the language. They take the `__Host-` prefix and `Secure` wherever the issuer is https (N-122).
"""

import ipaddress
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from flask import Response, g, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from idp.authorize.dispatch import Browser, FrontChannel
from idp.config import Settings
from idp.members.desk import Desk
from idp.members.sign_in import SignIn
from idp.protocol.client import Client
from idp.protocol.messages import MalformedMessage, Parameters
from idp.protocol.redirect_uri import origin, target
from idp.services.captcha.port import Captcha, CaptchaWidget
from idp.services.consents import Consents
from idp.services.sessions import Session
from idp.services.sign_out import SignOut
from idp.upstream import LoginOutcome, Upstream
from idp.web import forms, headers
from idp.web.i18n import Catalogue, choose_language

BROWSER_LIFETIME: Final = 365 * 86400

LANGUAGES: Final = (("fr", "Français"), ("en", "English"))


@dataclass(frozen=True, slots=True)
class Edge:
    """The collaborators of the views, wired once at start."""

    settings: Settings
    front: FrontChannel
    sign_in: SignIn
    sign_out: SignOut
    desk: Desk
    captcha: Captcha
    upstreams: dict[str, Upstream]
    services: Callable[[], list[Client]]
    consents: Consents
    display_name: Callable[[str], str]
    read_logout_hint: Callable[[str], Any]
    csrf_key: bytes
    catalogue: Catalogue

    def cookie(self, name: str) -> str:
        """Return a cookie's full name."""
        return f"__Host-idp-{name}" if self.settings.secure else f"idp-{name}"

    # What the request says

    def browser_id(self) -> str:
        """Return this browser's opaque id, made (and set on the response) at its first visit."""
        known = g.get("browser_id") or request.cookies.get(self.cookie("browser"))
        if not known or not 20 <= len(known) <= 64:
            known = secrets.token_urlsafe(24)
            g.new_browser_id = known
        g.browser_id = known
        return str(known)

    def browser(self) -> Browser:
        """Return the browser as the front channel wants it."""
        return Browser(self.browser_id(), self.session_cookie())

    def session_cookie(self) -> str | None:
        """Return the session cookie's value."""
        return request.cookies.get(self.cookie("session"))

    def parameters(self) -> Parameters:
        """Return the request's own parameters: the form of a POST, the query of a GET; never both merged.

        Raises:
            MalformedMessage: undecodable or oversized.
        """
        if request.method == "POST":
            if request.mimetype != "application/x-www-form-urlencoded":
                raise MalformedMessage("not a form")
            try:
                return Parameters.parse(request.get_data(cache=True).decode("ascii"))
            except UnicodeDecodeError:
                raise MalformedMessage("malformed form") from None
        return Parameters.parse(request.query_string.decode("latin-1"))

    def network(self) -> str:
        """Return the caller's network for throttling: an IPv4 address, or an IPv6 /64."""
        try:
            address = ipaddress.ip_address(request.environ.get("idp.remote") or request.remote_addr or "")
        except ValueError:
            return "unknown"
        if address.version == 6:
            return str(ipaddress.ip_network(f"{address}/64", strict=False))
        return str(address)

    def reference(self) -> str:
        """Return the reference of this request, shared by pages and log."""
        return str(request.environ.get("idp.reference", ""))

    def language(self) -> str:
        """Return the language of this answer: asked for in this request, kept in a cookie, or the browser's."""
        if "language" not in g:
            asked = request.args.get("lang") or g.get("ui_locales")
            cookie = request.cookies.get(self.cookie("lang"))
            g.language = choose_language(asked, cookie, request.headers.get("Accept-Language"))
        return str(g.language)

    def csrf(self, purpose: str) -> str:
        """Return an anti-forgery token for this browser and purpose."""
        return forms.issue_csrf(self.csrf_key, self.browser_id(), purpose)

    def check_csrf(self, purpose: str) -> bool:
        """Whether the POST being answered is our own form's, sent by this browser (N-127)."""
        own = forms.same_origin(
            self.settings.issuer,
            origin=request.headers.get("Origin"),
            sec_fetch_site=request.headers.get("Sec-Fetch-Site"),
        )
        sent = request.form.get("csrf", "")
        return own and forms.verify_csrf(self.csrf_key, self.browser_id(), purpose, sent)

    # How it answers

    def render(
        self,
        template: str,
        *,
        status: int = 200,
        targets: tuple[str, ...] = (),
        **context: Any,
    ) -> Response:
        """Render a page with the security headers.

        Args:
            targets: URIs outside this origin that a form on this page may lead to (N-128); for a page that belongs to
                an interaction (named in `context`) they are the waiting application's.
        """
        waiting = context.get("interaction")
        if isinstance(waiting, str) and waiting:
            targets = (*targets, *self.waiting_targets(waiting))
        g.form_targets = tuple(filter(None, map(target, targets)))
        captcha = context.get("captcha")
        g.extra_sources = captcha.sources if isinstance(captcha, CaptchaWidget) else {}
        return make_response(render_template(template, **context), status)

    def go(self, url: str) -> AnyResponse:
        """Send the browser on with 303 (N-007)."""
        return redirect(url, 303)

    def finish_login(self, outcome: LoginOutcome, interaction: str) -> AnyResponse:
        """Open a session after a sign-in and go on with its interaction."""
        standing = self.front.standings.of(outcome.account_id)
        stale = standing is not None and outcome.epoch not in {None, standing.epoch}
        if standing is None or not standing.usable or stale:
            return self.go(self.sign_in_url(interaction))
        previous = self.front.sessions.get(self.session_cookie())
        if previous is not None and previous.account_id != outcome.account_id:
            # Somebody else was signed in here: nothing of that session may live on behind this one.
            self.sign_out.end(previous)
        cookie, session = self.front.sessions.start(
            outcome, epoch=standing.epoch, interaction=interaction, previous=previous
        )
        response = self.go(f"/continuer/{interaction}")
        self.set_session(response, cookie)
        self.sign_in.audit(
            "sign_in",
            account_id=session.account_id,
            method=outcome.provider,
            acr=outcome.acr,
            network=self.network(),
            reference=self.reference(),
        )
        return response

    def sign_in_url(self, interaction: str) -> str:
        """Return the path of an interaction's sign-in page."""
        return f"/connexion/{interaction}"

    def knows(self, interaction: str) -> bool:
        """Whether the interaction exists and is this browser's."""
        return self.front.interactions.get(interaction, self.browser_id()) is not None

    def set_session(self, response: AnyResponse, cookie: str) -> None:
        """Set the session cookie; it ends with the browser, the server's limits decide before that."""
        self._set(response, "session", cookie, None)

    def clear_session(self, response: AnyResponse) -> None:
        """Remove the session cookie."""
        response.delete_cookie(
            self.cookie("session"),
            path="/",
            secure=self.settings.secure,
            httponly=True,
            samesite="Lax",
        )

    def finish(self, response: Response) -> Response:
        """Complete every Flask answer: cookies made on the way, headers of N-009, N-125 and N-126."""
        if "new_browser_id" in g:
            self._set(response, "browser", g.new_browser_id, BROWSER_LIFETIME)
        if request.args.get("lang") in dict(LANGUAGES) and response.mimetype == "text/html":
            self._set(response, "lang", self.language(), BROWSER_LIFETIME)
        if request.endpoint == "static":
            response.headers.setdefault("X-Content-Type-Options", "nosniff")
            return response
        security = headers.security_headers(
            nonce=self.nonce(),
            secure=self.settings.secure,
            form_targets=g.get("form_targets", ()),
            extra_sources=g.get("extra_sources"),
        )
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
        logo = client.logo_uri
        return {
            "name": client.name,
            "logo_url": logo if logo is not None and origin(logo) == self.settings.issuer else None,
            "policy_url": client.policy_uri,
            "tos_url": client.tos_uri,
            "url": client.client_uri,
            "description": client.description,
        }

    def waiting_targets(self, interaction: str) -> tuple[str, ...]:
        """Return the URIs that the end of an interaction may lead to: its own redirect URI and its client's.

        The request's own comes first, since a native application's loopback port differs from the registered one.
        It was proven before it was parked.
        """
        parked = self.front.interactions.get(interaction, self.browser_id())
        if parked is None or parked.plain:
            return ()
        client = self.front.find_client(parked.parameters.get("client_id") or "")
        return (parked.parameters.get("redirect_uri") or "", *targets_of(client))

    def nonce(self) -> str:
        """Return the CSP nonce of this answer."""
        if "nonce" not in g:
            g.nonce = secrets.token_urlsafe(16)
        return str(g.nonce)

    def live_session(self) -> Session | None:
        """Return this browser's live session, of an active account."""
        found = self.front.signed_in(self.session_cookie())
        return found[0] if found else None

    def _set(self, response: AnyResponse, name: str, value: str, lifetime: int | None) -> None:
        response.set_cookie(
            self.cookie(name),
            value,
            max_age=lifetime,
            path="/",
            secure=self.settings.secure,
            httponly=True,
            samesite="Lax",
        )


def targets_of(client: Client | None) -> tuple[str, ...]:
    """Return the URIs of a client that a form may lead to."""
    if client is None:
        return ()
    extra = (client.client_uri,) if client.client_uri else ()
    return (*client.redirect_uris, *client.post_logout_redirect_uris, *extra)
