"""From well-formed parameters to an interaction: the checks that need the client, in FranceConnect's order."""

import secrets

from federation.emulator.config import EmulatorConfig, ServiceProvider
from federation.emulator.errors import AUTHORIZE_ERRORS, ReturnedError, ShownError
from federation.emulator.params import AuthorizeParams
from federation.emulator.platforms import Platform
from federation.emulator.providers import provider_of
from federation.emulator.state import Interaction

KNOWN_ACRS = ("eidas1", "eidas2", "eidas3")
"""Levels from low to high; each platform serves some of them."""


def prove_client(params: AuthorizeParams, config: EmulatorConfig) -> ServiceProvider:
    """Return the client once its callback is proven. Raises ShownError `Y04EA6EF` or `Y04C013C`."""
    client = config.client(params.client_id)
    if client is None:
        raise ShownError("Y04EA6EF")
    if params.redirect_uri not in client.redirect_uris:
        raise ShownError("Y04C013C")
    return client


def admit(params: AuthorizeParams, client: ServiceProvider, platform: Platform) -> Interaction:
    """Return the interaction to run. Raises ReturnedError to the proven callback, ShownError `Y100009`."""
    _check_response_type(params)
    if "openid" not in params.scopes:
        raise _returned(params, "invalid_request", "openid scope must be requested")
    scopes = tuple(scope for scope in params.scopes if scope in platform.scopes)
    if not set(scopes) <= client.scopes:
        raise _returned(params, "invalid_scope")
    level = pick_acr(params.acr_values, platform.default_level)
    if level not in platform.levels:
        raise _returned(params, "invalid_acr")
    if params.idp_hint and (params.idp_hint not in client.allowed_idp_hints or provider_of(params.idp_hint) is None):
        raise _returned(params, "invalid_idp_hint")
    if params.wants_amr and not client.entitled_to_amr:
        raise ShownError("Y100009")
    return Interaction(
        uid=secrets.token_urlsafe(24),
        client=client,
        redirect_uri=params.redirect_uri,
        scopes=scopes,
        state=params.state,
        nonce=params.nonce,
        wants_amr=params.wants_amr,
        level=level,
        challenge=params.challenge,
        skip_information=params.prompts == {"login"} and "login" in client.allowed_prompts,
    )


def pick_acr(asked: tuple[str, ...], default: str) -> str:
    """Drop unknown levels, keep the lowest known one; none known means the platform's default."""
    return next((acr for acr in KNOWN_ACRS if acr in asked), default)


def _check_response_type(params: AuthorizeParams) -> None:
    asked = params.response_type.split()
    if asked == ["code"]:
        return
    if not asked:
        raise _returned(params, "invalid_request", "missing required parameter(s) (missing response_type)")
    error = _returned(params, "unsupported_response_type")
    error.fragment = bool({"token", "id_token"} & set(asked))
    raise error


def _returned(params: AuthorizeParams, error: str, description: str = "") -> ReturnedError:
    return ReturnedError(params.redirect_uri, params.state, error, description or AUTHORIZE_ERRORS[error])
