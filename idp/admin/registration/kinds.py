"""The kinds of applications and what each begins with, so that a name and a return address are enough."""

from collections.abc import Mapping
from typing import Any, Final, Literal

from idp.protocol.client import AuthMethod, Client
from idp.protocol.client_metadata.choices import Choices
from idp.protocol.client_metadata.refusal import MetadataRefused
from idp.protocol.oidc_response_types import CODE, canonical, grant_types_of
from idp.protocol.redirect_uri import sent_origin

Kind = Literal["web", "spa", "native", "machine"]

METHODS: Final[dict[Kind, tuple[AuthMethod, ...]]] = {
    "web": ("client_secret_basic", "client_secret_post", "private_key_jwt"),
    "spa": ("none",),
    "native": ("none",),
    "machine": ("client_secret_basic", "client_secret_post", "private_key_jwt"),
}
"""How each kind of application may authenticate; the first is the default. What runs at a member's keeps no secret."""

MEMBER_SCOPES: Final = ("openid", "profile")
"""Scopes of an application that members sign in to, where none is named."""

_ALGORITHM: Final = "ES256"


def kind_of(client: Client) -> Kind:
    """Return the kind that a registration is of."""
    if not client.response_types:
        return "machine"
    if client.application_type == "native":
        return "native"
    return "spa" if client.public else "web"


def completed(kind: Kind, document: Mapping[str, Any], choices: Choices) -> dict[str, Any]:
    """Return a document with what its kind begins with, wherever it says nothing itself.

    Raises:
        MetadataRefused: it says what its kind cannot be.
    """
    said = {name: value for name, value in document.items() if value is not None}
    method = said.setdefault("token_endpoint_auth_method", METHODS[kind][0])
    if method not in METHODS[kind]:
        known = " or ".join(METHODS[kind])
        raise MetadataRefused("token_endpoint_auth_method", f"must be {known} for a {kind} application")
    if kind == "machine" and said.get("response_types"):
        raise MetadataRefused("response_types", "must be empty, since members do not sign in to this application")
    types = said.get("response_types", [] if kind == "machine" else [CODE])
    begins: dict[str, Any] = {
        "application_type": "native" if kind == "native" else "web",
        "response_types": types,
        "grant_types": ["client_credentials"] if kind == "machine" else _grant_types(types),
        "id_token_signed_response_alg": _signing(choices),
    }
    if types and not said.get("first_party"):
        # The consent page promises an identifier that tells nothing: the same one at two third parties would tell.
        begins["subject_type"] = "pairwise"
    for channel in ("backchannel", "frontchannel"):
        if f"{channel}_logout_uri" in said:
            begins[f"{channel}_logout_session_required"] = True
    if kind == "spa" and isinstance(said.get("redirect_uris"), list):
        own = {sent_origin(uri) for uri in said["redirect_uris"] if isinstance(uri, str)}
        begins["origins"] = sorted(filter(None, own))
    return begins | said


def _grant_types(response_types: object) -> list[str]:
    """Return what the response types need, and refresh tokens wherever a code can bring one."""
    known = response_types if isinstance(response_types, list) else []
    needed = frozenset[str]().union(*(grant_types_of(canonical(one)) for one in known if isinstance(one, str)))
    return sorted(needed | {"refresh_token"} if "authorization_code" in needed else needed)


def _signing(choices: Choices) -> str:
    """Return what ID tokens are signed with: the quickest algorithm where there is a key for it."""
    offered = choices.values("id_token_signing_alg_values_supported")
    return _ALGORITHM if _ALGORITHM in offered else offered[0]
