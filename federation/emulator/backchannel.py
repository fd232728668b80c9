"""The endpoints that servers call: discovery, keys, token, userinfo, revocation."""

import functools
from collections.abc import Callable

from flask import Blueprint, Response, jsonify, request

from federation.emulator.client_auth import authenticate
from federation.emulator.context import Emulator
from federation.emulator.discovery import discovery_document
from federation.emulator.errors import UNCATEGORISED, JsonError
from federation.emulator.state import TOKEN_LIFETIME, AccessToken

CACHED = "public, max-age=600"
HUGE = 5_000_000
MINIMUM_TOKEN_LENGTH = 43
TOKEN_TYPE = "Bearer"

View = Callable[[], Response]


def backchannel_blueprint(emulator: Emulator) -> Blueprint:
    """Return the routes that only servers call."""
    blueprint = Blueprint("backchannel", __name__)
    faulty = functools.partial(_faulty, emulator)

    @blueprint.get("/.well-known/openid-configuration")
    @faulty("discovery")
    def discovery() -> Response:
        response = jsonify(discovery_document(emulator.config.issuer, emulator.config.platform))
        response.headers["Cache-Control"] = CACHED
        return response

    @blueprint.get("/jwks")
    @faulty("jwks")
    def jwks() -> Response:
        response = jsonify(emulator.keys.jwks(emulator.tokens.generation, emulator.config.platform.kids))
        response.mimetype = "application/jwk-set+json"
        response.headers["Cache-Control"] = CACHED
        return response

    @blueprint.post("/token")
    @faulty("token")
    def token() -> Response:
        client = authenticate(_fields(), emulator.config, emulator.state)
        form = _fields()
        if form.get("grant_type") != "authorization_code":
            raise JsonError(400, "unsupported_grant_type", "unsupported grant_type requested", UNCATEGORISED)
        if not (code := form.get("code")):
            raise JsonError(400, "invalid_request", "missing required parameter(s) (code)", "Y048017B")
        issued = emulator.state.redeem(
            code, client.client_id, form.get("redirect_uri", ""), form.get("code_verifier", "")
        )
        return jsonify(
            access_token=issued.value,
            expires_in=TOKEN_LIFETIME,
            id_token=emulator.tokens.id_token(issued.grant),
            scope=" ".join(issued.grant.scopes),
            token_type=TOKEN_TYPE,
        )

    @blueprint.get("/userinfo")
    @faulty("userinfo")
    def userinfo() -> Response:
        access = _bearer(emulator)
        if emulator.knobs.get("userinfo_plain"):
            return jsonify(emulator.tokens.userinfo(access))
        return Response(emulator.tokens.signed_userinfo(access), mimetype="application/jwt")

    @blueprint.post("/token/revocation")
    def revocation() -> Response:
        client = authenticate(_fields(), emulator.config, emulator.state)
        value = _fields().get("token", "")
        if len(value) < MINIMUM_TOKEN_LENGTH:
            raise JsonError(400, "invalid_request", "token is not valid", UNCATEGORISED)
        emulator.state.revoke(value, client.client_id)
        return Response(status=200)

    return blueprint


def _faulty(emulator: Emulator, name: str) -> Callable[[View], View]:
    """Put the delay, status and body knobs of an endpoint around its view."""

    def around(view: View) -> View:
        @functools.wraps(view)
        def wrapped() -> Response:
            if delay := emulator.knobs.get(f"{name}_delay"):
                emulator.config.sleep(float(delay))
            if status := emulator.knobs.get(f"{name}_status"):
                raise JsonError(int(status), "server_error", "fault knob", UNCATEGORISED)
            response = view()
            if fault := emulator.knobs.choice(f"{name}_body"):
                whole = len(response.get_data())
                response.set_data(_spoiled(response.get_data(), fault))
                if fault == "cut":
                    # The rest never comes: the connection ends before the length that was announced.
                    response.headers["Content-Length"] = str(whole)
                    response.headers["Connection"] = "close"
            return response

        return wrapped

    return around


def _spoiled(body: bytes, fault: str) -> bytes:
    match fault:
        case "empty":
            return b""
        case "truncated" | "cut":
            return body[: len(body) // 2]
        case "html":
            return b"<!doctype html><title>Maintenance</title>"
        case _:
            return body + b" " * HUGE


def _fields() -> dict[str, str]:
    """Return the form fields that are present once; a repeated one counts as absent."""
    return {name: values[0] for name, values in request.form.lists() if len(values) == 1}


def _bearer(emulator: Emulator) -> AccessToken:
    """Return the live token of the header, or of the query, which FranceConnect accepts as well."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    value = value.strip() if scheme.lower() == "bearer" else request.args.get("access_token", "")
    if not value:
        raise JsonError(401, "invalid_token", "no access token provided", "Y04146A2")
    if (found := emulator.state.access_token(value)) is None:
        raise JsonError(401, "invalid_token", "invalid token provided", UNCATEGORISED)
    return found
