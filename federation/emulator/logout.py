"""`/session/end`: the end of the shared FranceConnect session, asked by a service provider.

The real service goes through a page that posts itself with JavaScript, the identity provider's own logout and a
confirmation; this double ends the session at once and redirects, so that it works without a script.
"""

import base64
import binascii
import json
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from federation.emulator.browser import forget
from federation.emulator.config import ServiceProvider
from federation.emulator.context import Emulator
from federation.emulator.errors import ShownError

WHITE_LIST = frozenset(
    {
        "id_token_hint",
        "post_logout_redirect_uri",
        "state",
        "client_id",
        "logout_hint",
        "ui_locales",
    }
)


def logout_blueprint(emulator: Emulator) -> Blueprint:
    """Return the route of the end-session endpoint."""
    blueprint = Blueprint("logout", __name__)

    @blueprint.get("/session/end")
    def end_session() -> Response | str:
        unknown = sorted(set(request.args) - WHITE_LIST)
        if unknown:
            raise ShownError("Y030007", detail=f"Paramètre non autorisé : {unknown[0][:60]}")
        if emulator.knobs.get("logout_page"):
            raise ShownError("Y040001", 500)
        client = _client_of(emulator, request.args.get("id_token_hint", ""))
        target = request.args.get("post_logout_redirect_uri")
        if target is not None and target not in client.post_logout_redirect_uris:
            raise ShownError("Y04CFAEF")
        forget(emulator)
        if target is None:
            return render_template("logged_out.html")
        state = request.args.get("state")
        if state is None or emulator.knobs.get("logout_without_state"):
            return redirect(target, 303)
        separator = "&" if "?" in target else "?"
        return redirect(f"{target}{separator}{urlencode({'state': state})}", 303)

    return blueprint


def _client_of(emulator: Emulator, hint: str) -> ServiceProvider:
    """Return the client that the hint was issued to.

    Its age does not matter; its signature by a current key, issuer, audience and algorithm do. Raises ShownError
    otherwise.
    """
    if not hint:
        raise ShownError("Y030007", detail="Paramètre obligatoire absent : id_token_hint")
    client = emulator.config.client(_unverified_audience(hint))
    if client is None:
        raise ShownError("Y040001", detail="id_token_hint n'a pas été émis pour un service connu.")
    claims = emulator.keys.verify(hint, client.id_token_alg, emulator.tokens.generation)
    if claims is None or claims.get("iss") != emulator.config.issuer:
        raise ShownError("Y040001", detail="id_token_hint n'est pas signé par une clé en cours.")
    return client


def _unverified_audience(token: str) -> str:
    """Read `aud` before the signature is checked: it only picks the client whose algorithm then applies."""
    try:
        body = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return str(claims["aud"])
    except (IndexError, KeyError, TypeError, ValueError, binascii.Error):
        return ""
