"""The composition of the emulator's Flask application: blueprints, error pages, headers."""

import logging
import uuid
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from flask import Flask, Response, jsonify, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from federation.emulator.authorize import authorize_blueprint
from federation.emulator.backchannel import backchannel_blueprint
from federation.emulator.browser import current_session, install_cookie
from federation.emulator.callback import callback_url
from federation.emulator.config import EmulatorConfig
from federation.emulator.context import Emulator
from federation.emulator.errors import PAGES, JsonError, ReturnedError, ShownError
from federation.emulator.interaction import interaction_blueprint
from federation.emulator.keys import SigningKeys
from federation.emulator.logout import logout_blueprint
from federation.emulator.panel import panel_blueprint
from federation.emulator.state import Interaction

LOG = logging.getLogger("federation.emulator")
TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "emulator"
ERROR_PAGE = "https://docs.partenaires.franceconnect.gouv.fr/fs/fs-technique/fs-technique-erreurs/"
MAXIMUM_BODY = 64 * 1024
# No form-action: browsers apply it to the redirects after a form too, and those leave for any service.
CONTENT_POLICY = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'"


def create_app(config: EmulatorConfig, keys: SigningKeys | None = None) -> Flask:
    """Return the emulator as one WSGI application; serve it with a single process (its memory is its own).

    `keys` lets several applications of a test run share one key set.
    """
    emulator = Emulator.assemble(config, keys)
    app = Flask(
        __name__,
        template_folder=str(TEMPLATES),
        static_folder=str(TEMPLATES / "static"),
        static_url_path="/_emulator/static",
    )
    app.config["MAX_CONTENT_LENGTH"] = MAXIMUM_BODY
    issuer = urlsplit(config.issuer)
    for blueprint in (
        authorize_blueprint(emulator),
        interaction_blueprint(emulator),
        backchannel_blueprint(emulator),
        logout_blueprint(emulator),
    ):
        app.register_blueprint(blueprint, url_prefix=f"{issuer.path}{blueprint.url_prefix or ''}" or None)
    app.register_blueprint(panel_blueprint(emulator))
    _install_home(app, issuer.path)
    _install_errors(app, emulator)
    install_cookie(app, config.platform.session_lifetime, secure=issuer.scheme == "https")
    _install_headers(app)
    app.jinja_env.globals["return_link"] = _return_link
    return app


def _install_home(app: Flask, prefix: str) -> None:
    """Lead from the bare addresses to the knobs page (the real ones lead to the public FranceConnect site)."""

    def home() -> BaseResponse:
        return redirect(url_for("panel.page"), 302)

    app.add_url_rule("/", "home", home)
    if prefix:
        app.add_url_rule(prefix, "issuer_home", home)


def _return_link(interaction: Interaction, error: str = "access_denied", description: str = "") -> str:
    """Return the address of "Revenir sur <service>" for an interaction."""
    query = {
        "error": error,
        "error_description": description or "User auth aborted",
        "state": interaction.state,
        "redirect_uri": interaction.redirect_uri,
    }
    return f"{url_for('authorize.redirect_to_sp_with_error')}?{urlencode(query)}"


def _install_errors(app: Flask, emulator: Emulator) -> None:
    """One handler for each way of failing, and each with a reference that is in the log too."""

    @app.errorhandler(ShownError)
    def shown(error: ShownError) -> tuple[str, int]:
        reference = str(uuid.uuid4())
        LOG.info("page code=%s id=%s status=%d", error.code, reference, error.status)
        session = current_session(emulator)
        body = render_template(
            "error.html",
            code=error.code,
            message=PAGES[error.code],
            detail=error.detail,
            reference=reference,
            interaction=session.interaction if session is not None else None,
        )
        return body, error.status

    @app.errorhandler(ReturnedError)
    def returned(error: ReturnedError) -> BaseResponse:
        LOG.info("returned error=%s", error.error)
        answer = {"error": error.error, "error_description": error.description}
        location = callback_url(
            error.redirect_uri,
            answer,
            error.state,
            emulator.config,
            emulator.knobs,
            fragment=error.fragment,
        )
        return redirect(location, 303)

    @app.errorhandler(JsonError)
    def json_error(error: JsonError) -> tuple[Response, int]:
        reference = str(uuid.uuid4())
        LOG.info("json error=%s code=%s id=%s", error.error, error.code, reference)
        response = jsonify(
            error=error.error,
            error_description=error.description,
            error_uri=f"{ERROR_PAGE}?code={error.code}&id={reference}",
        )
        if error.error == "invalid_token":
            response.headers["WWW-Authenticate"] = f'Bearer realm="{emulator.config.issuer}"'
        return response, error.status

    @app.errorhandler(404)
    @app.errorhandler(405)
    def not_found(_error: HTTPException) -> tuple[str, int]:
        return shown(ShownError("Y000404", 404))


def _install_headers(app: Flask) -> None:
    @app.after_request
    def headers(response: Response) -> Response:
        if request.endpoint != "static":
            response.headers.setdefault("Cache-Control", "no-store")
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Content-Security-Policy"] = CONTENT_POLICY
        return response
