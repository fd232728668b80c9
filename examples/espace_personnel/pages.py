"""The pages of one application: home, sign-in, callback, refresh, logout, and the provider's own word of a logout."""

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, g, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from examples.espace_personnel import words
from examples.espace_personnel.language import language, say
from examples.espace_personnel.oidc import ProviderUnavailable, RelyingParty, SignInRefused
from examples.espace_personnel.sessions import Session, SessionStore

logger = logging.getLogger("example.sign_in")

Answer = str | Response | WerkzeugResponse | tuple[str | Response, int]


@dataclass(frozen=True, slots=True)
class Application:
    """One application of the example server. `key` names its blueprint, its home template and its cookie."""

    key: str
    prefix: str
    base_url: str
    relying_party: RelyingParty
    store: SessionStore

    @property
    def cookie(self) -> str:
        """The session cookie: one name an application, since all demo servers share the host `localhost`."""
        return f"{self.key}_session"


def blueprint(application: Application) -> Blueprint:
    """Return the routes of one application."""
    pages = Blueprint(application.key, __name__, url_prefix=application.prefix or None)
    pages.before_request(lambda: _find_session(application))
    pages.after_request(lambda response: _write_cookie(application, response))
    pages.register_error_handler(SignInRefused, _refused)
    pages.register_error_handler(ProviderUnavailable, _unavailable)
    for rule, method, view in (
        ("/", "GET", home),
        ("/sign-in", "GET", sign_in),
        ("/callback", "GET", callback),
        ("/refresh", "POST", refresh),
        ("/logout", "POST", logout),
        ("/signed-out", "GET", signed_out),
        ("/back-channel-logout", "POST", back_channel_logout),
    ):
        pages.add_url_rule(rule, view.__name__, _bound(view, application), methods=[method], strict_slashes=False)
    return pages


def home(application: Application) -> Answer:
    """Show what the application knows of the member, or offer to sign in."""
    session: Session | None = g.session
    if session is None or session.sign_in is None:
        return render_template("espace/welcome.html", notice=say(session.take_notice()) if session else "")
    return render_template(
        f"espace/home_{application.key}.html",
        notice=say(session.take_notice()),
        csrf=session.csrf,
        profile=session.profile,
        name=words.greeting(session.profile),
        situation=words.value("situation", session.profile.get("situation", "")),
        rows=words.rows(session.profile),
        facts=words.sign_in_facts(session.sign_in.claims),
    )


def sign_in(application: Application) -> Answer:
    """Send the browser to the provider; `?again=1` asks the member to prove who they are once more.

    Also the address for a sign-in started by the provider (OpenID Connect Core 1.0 section 4).
    """
    if request.args.get("iss", application.relying_party.issuer) != application.relying_party.issuer:
        abort(400)
    url, pending = application.relying_party.begin(
        fresh=request.args.get("again") == "1", login_hint=request.args.get("login_hint"), ui_locales=language()
    )
    session: Session = g.session or application.store.open()
    session.remember(pending)
    g.session = session
    return redirect(url, 303)


def callback(application: Application) -> Answer:
    """Receive the provider's answer. A `state` we do not know is never a sign-in, and is harmless when reloaded."""
    session: Session | None = g.session
    pending = session.pending.pop(request.args.get("state", ""), None) if session else None
    if session is None or pending is None:
        if session is not None and session.sign_in is not None:
            return redirect(_home(application), 303)
        raise SignInRefused("unknown_state")
    signed_in = application.relying_party.finish(request.args, pending)
    profile = application.relying_party.userinfo(signed_in)
    application.store.end(session)  # a new identifier at every sign-in: nobody can plant one
    g.session = application.store.open()
    g.session.pending = session.pending
    g.session.sign_in, g.session.profile = signed_in, profile
    return redirect(_home(application), 303)


def refresh(application: Application) -> Answer:
    """Renew the tokens and read the member's claims again."""
    session = _own_form()
    if session.sign_in is None:
        return redirect(_home(application), 303)
    try:
        if session.sign_in.refresh_token:
            session.sign_in = application.relying_party.refresh(session.sign_in)
        session.profile = application.relying_party.userinfo(session.sign_in)
        session.notice = "Vos informations sont à jour."
    except SignInRefused as refusal:
        logger.info("refresh refused: %s", refusal.code)
        session.sign_in, session.profile = None, {}
        session.notice = "Votre session a pris fin. Reconnectez-vous pour continuer."
    return redirect(_home(application), 303)


def logout(application: Application) -> Answer:
    """End our session first, then send the browser to end the provider's."""
    session = _own_form()
    signed_in = session.sign_in
    application.store.end(session)
    g.session = application.store.open()
    if signed_in is None:
        return redirect(_home(application), 303)
    g.session.logout_state = secrets.token_urlsafe(32)
    return_to = f"{application.base_url}{application.prefix}/signed-out"
    return redirect(application.relying_party.logout_url(signed_in, return_to, g.session.logout_state, language()), 303)


def signed_out(application: Application) -> Answer:
    """Receive the browser after the logout; the message is shown only when the logout was ours."""
    session: Session | None = g.session
    state = request.args.get("state", "")
    if session and session.logout_state and secrets.compare_digest(session.logout_state, state):
        session.logout_state = ""
        session.notice = "Vous êtes déconnecté."
    return redirect(_home(application), 303)


def back_channel_logout(application: Application) -> Answer:
    """Hear from the provider itself that a session ended: this one is no browser, so it gets no page and no cookie."""
    try:
        ended = application.relying_party.read_logout(request.form.get("logout_token", ""))
    except SignInRefused as refusal:
        logger.warning("logout refused: %s", refusal)
        return jsonify(error="invalid_request", error_description=refusal.code), 400
    logger.info("%d sessions ended by the provider", application.store.end_all(ended))
    return "", 200


def _bound(view: Callable[[Application], Answer], application: Application) -> Callable[[], Answer]:
    return lambda: view(application)


def _home(application: Application) -> str:
    return url_for(f"{application.key}.home")


def _own_form() -> Session:
    """Return the session of a form that we wrote ourselves; answer 400 to any other."""
    session: Session | None = g.session
    if session is None or not secrets.compare_digest(session.csrf, request.form.get("csrf", "")):
        abort(400)
    return session


def _find_session(application: Application) -> None:
    g.application = application
    g.session = application.store.find(request.cookies.get(application.cookie))


def _write_cookie(application: Application, response: Response) -> Response:
    session: Session | None = g.get("session")
    if session is not None and request.cookies.get(application.cookie) != session.identifier:
        response.set_cookie(
            application.cookie,
            session.identifier,
            path=application.prefix or "/",
            secure=application.base_url.startswith("https://"),
            httponly=True,
            samesite="Lax",
        )
    return response


def _refused(refusal: SignInRefused) -> Answer:
    logger.warning("sign-in refused: %s", refusal)
    sentence = words.ERRORS.get(refusal.code, words.ERROR_OTHERWISE)
    context: dict[str, Any] = {"sentence": say(sentence), "code": refusal.code, "detail": refusal.detail}
    return render_template("espace/error.html", **context), 400


def _unavailable(error: ProviderUnavailable) -> Answer:
    logger.error("provider unavailable: %s", error)
    code = "provider_unavailable"
    return render_template("espace/error.html", sentence=say(words.ERRORS[code]), code=code), 503
