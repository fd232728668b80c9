"""The authorization request, checked before anything else by a strict white list, as FranceConnect does.

Anything outside of the list is refused with page `Y030007`: PKCE, `login_hint`, `max_age`, `response_mode` too,
although the real discovery document announces some of them.
"""

import ipaddress
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from federation.emulator.errors import ShownError
from federation.emulator.platforms import Platform

WHITE_LIST = frozenset(
    {
        "response_type",
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "nonce",
        "acr_values",
        "claims",
        "prompt",
        "idp_hint",
        "ui_locales",
    }
)
MAY_BE_EMPTY = frozenset({"response_type", "scope"})
MINIMUM_NONCE_LENGTH = 22
ALLOWED_PROMPTS = frozenset({"login", "consent"})


@dataclass(frozen=True, slots=True)
class AuthorizeParams:
    """A well-formed request; nothing in it is trusted yet (client and redirect_uri are checked next)."""

    response_type: str
    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str
    nonce: str
    acr_values: tuple[str, ...]
    prompts: frozenset[str]
    wants_amr: bool
    idp_hint: str
    challenge: str = ""


def parse_authorize(pairs: Iterable[tuple[str, str]], platform: Platform) -> AuthorizeParams:
    """Read the parameters of `/authorize`. Raises ShownError `Y030007` that names the first fault found."""
    values: dict[str, str] = {}
    for name, value in pairs:
        if name not in WHITE_LIST | platform.extra_parameters:
            raise ShownError("Y030007", detail=f"Paramètre non autorisé : {name[:60]}")
        if name in values:
            raise ShownError("Y030007", detail=f"Paramètre répété : {name}")
        values[name] = value
    for name in platform.required:
        if name not in values or (not values[name] and name not in MAY_BE_EMPTY):
            raise ShownError("Y030007", detail=f"Paramètre obligatoire absent : {name}")
    if "nonce" in platform.required and len(values["nonce"]) < MINIMUM_NONCE_LENGTH:
        raise ShownError("Y030007", detail="Le nonce compte moins de 22 caractères.")
    if not _is_callback(values["redirect_uri"]):
        raise ShownError("Y030007", detail="redirect_uri n'est pas une adresse web.")
    return AuthorizeParams(
        response_type=values["response_type"],
        client_id=values["client_id"],
        redirect_uri=values["redirect_uri"],
        scopes=tuple(dict.fromkeys(values["scope"].split())),
        state=values.get("state", ""),
        nonce=values.get("nonce", ""),
        acr_values=tuple(values.get("acr_values", "").split()),
        prompts=_prompts(values.get("prompt")),
        wants_amr=_wants_amr(values.get("claims")),
        idp_hint=values.get("idp_hint", ""),
        challenge=_challenge(values),
    )


def _prompts(value: str | None) -> frozenset[str]:
    if value is None:
        return frozenset()
    prompts = frozenset(value.split(" "))
    if not prompts <= ALLOWED_PROMPTS:
        raise ShownError("Y030007", detail="prompt n'accepte que login et consent.")
    return prompts


def _challenge(values: Mapping[str, str]) -> str:
    """Return the S256 challenge of RFC 7636 section 4.3, empty without one; plain is not taken."""
    challenge = values.get("code_challenge", "")
    if challenge and values.get("code_challenge_method") != "S256":
        raise ShownError("Y030007", detail="code_challenge_method n'accepte que S256.")
    return challenge


def _wants_amr(value: str | None) -> bool:
    if value is None:
        return False
    try:
        claims = json.loads(value)
    except ValueError as error:
        raise ShownError("Y030007", detail="claims n'est pas du JSON.") from error
    if not isinstance(claims, dict) or not isinstance(claims.get("id_token", {}), dict):
        raise ShownError("Y030007", detail="claims n'a pas la forme attendue.")
    return "amr" in claims.get("id_token", {})


def _is_callback(value: str) -> bool:
    """A web address with a dotted host, an IP address, or `http://localhost` (accepted in the sandbox)."""
    try:
        parts = urlsplit(value)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or not host or parts.fragment:
        return False
    if host == "localhost":
        return parts.scheme == "http"
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return "." in host.strip(".")
    return True
