"""`/authorize` and the way back with an error: where an interaction begins, and one way in which it ends."""

from dataclasses import replace

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from federation.emulator.admission import admit, prove_client
from federation.emulator.browser import carry, current_session
from federation.emulator.callback import LOST_STATE, callback_url
from federation.emulator.context import Emulator
from federation.emulator.errors import AUTHORIZE_ERRORS, ReturnedError, ShownError
from federation.emulator.params import AuthorizeParams, parse_authorize
from federation.emulator.providers import provider_of


def authorize_blueprint(emulator: Emulator) -> Blueprint:
    """Return the routes of the authorization endpoint."""
    blueprint = Blueprint("authorize", __name__)

    @blueprint.route("/authorize", methods=["GET", "POST"])
    def authorize() -> Response:
        posted = request.method == "POST"
        source = request.form if posted else request.args
        params = parse_authorize(source.items(multi=True), emulator.config.platform)
        client = prove_client(params, emulator.config)
        if page := emulator.knobs.choice("authorize_page"):
            raise ShownError(page, 500)
        if error := emulator.knobs.choice("authorize_error"):
            raise ReturnedError(params.redirect_uri, params.state, error, AUTHORIZE_ERRORS[error])
        interaction = admit(params, client, emulator.config.platform)

        session = current_session(emulator)
        if session is None:
            session = emulator.state.new_session()
            carry(session)
        levels = emulator.config.platform.levels
        shared = levels.index(interaction.level) <= levels.index(emulator.config.platform.shared_level)
        signed_in = session.persona is not None and shared and "login" not in _asked_anew(params, emulator)
        # The hint is read from a query only, and single sign-on wins over it.
        hinted = None if posted or signed_in else provider_of(params.idp_hint)
        if signed_in:
            interaction = replace(interaction, step="information")
        elif hinted is not None:
            interaction = replace(interaction, step="login")
        emulator.state.save(replace(session, interaction=interaction, choosing=hinted))
        return redirect(url_for("interaction.show", uid=interaction.uid), 303)

    @blueprint.get("/redirect-to-sp-with-error")
    def redirect_to_sp_with_error() -> Response:
        redirect_uri = request.args.get("redirect_uri", "")
        declared = any(redirect_uri in client.redirect_uris for client in emulator.config.clients)
        if not declared:
            raise ShownError("Y030030", 500)
        error = request.args.get("error", "")
        if error not in AUTHORIZE_ERRORS:
            error = "server_error"
        answer = {
            "error": error,
            "error_description": request.args.get("error_description") or AUTHORIZE_ERRORS[error],
        }
        state = request.args.get("state", LOST_STATE)
        return redirect(callback_url(redirect_uri, answer, state, emulator.config, emulator.knobs), 302)

    return blueprint


def _asked_anew(params: AuthorizeParams, emulator: Emulator) -> frozenset[str]:
    """FranceConnect takes `prompt=login` and asks nobody again; an ordinary provider does what it says."""
    return params.prompts if emulator.config.platform.pkce else frozenset()
