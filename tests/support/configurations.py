"""Clients as anybody may register them, for configuration files."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from idp.admin.configuration.client_members import MetadataFaults, of_table
from idp.protocol.client import Client
from idp.protocol.client_metadata.choices import Choices
from tests.support.cast import ISSUER

CHOICES = Choices.whole(
    {
        "issuer": ISSUER,
        "grant_types_supported": ("authorization_code", "refresh_token", "client_credentials"),
        "response_types_supported": ("code",),
        "token_endpoint_auth_methods_supported": ("client_secret_basic", "client_secret_post", "none"),
        "subject_types_supported": ("public", "pairwise"),
        "id_token_signing_alg_values_supported": ("RS256", "ES256"),
        "userinfo_signing_alg_values_supported": ("ES256",),
        "acr_values_supported": ("eidas1", "password"),
        "backchannel_logout_supported": True,
        "frontchannel_logout_supported": True,
    }
)
"""What a small provider does."""

_HOSTS = st.sampled_from(["app.example.org", "a.example", "caisse.example.fr:8443"])
_PATHS = st.text("abcé/?=%-", max_size=12).map(lambda path: path.encode("ascii", "ignore").decode())
ADDRESSES = st.builds("https://{}/{}".format, _HOSTS, _PATHS)
TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"]), min_size=1, max_size=40)
_LISTS = st.lists(ADDRESSES, min_size=1, max_size=4, unique=True)
_MEMBERS: dict[str, st.SearchStrategy[Any]] = {
    "client_name": TEXTS,
    "client_name#fr": TEXTS,
    "tos_uri#en-GB": ADDRESSES,
    "application_type": st.sampled_from(["web", "native"]),
    "redirect_uris": _LISTS,
    "grant_types": st.just(["authorization_code", "refresh_token", "client_credentials"]),
    "scope": st.sampled_from(["openid", "profile openid", "openid email batch"]),
    "contacts": st.lists(TEXTS, max_size=2),
    "client_uri": ADDRESSES,
    "logo_uri": ADDRESSES,
    "software_id": TEXTS,
    "token_endpoint_auth_method": st.sampled_from(["client_secret_basic", "client_secret_post", "none"]),
    "subject_type": st.sampled_from(["public", "pairwise"]),
    "id_token_signed_response_alg": st.sampled_from(["RS256", "ES256"]),
    "userinfo_signed_response_alg": st.just("ES256"),
    "default_max_age": st.integers(0, 10**8),
    "require_auth_time": st.booleans(),
    "default_acr_values": st.lists(st.sampled_from(["eidas1", "password"]), unique=True),
    "post_logout_redirect_uris": _LISTS,
    "backchannel_logout_uri": ADDRESSES,
    "backchannel_logout_session_required": st.booleans(),
    "dpop_bound_access_tokens": st.booleans(),
    "require_pushed_authorization_requests": st.booleans(),
    "enabled": st.booleans(),
    "first_party": st.booleans(),
    "description": TEXTS,
    "pkce_exempt": st.booleans(),
    "audiences": _LISTS,
    "resource_server": ADDRESSES,
    "legacy_assertion_audience": st.booleans(),
    "origins": st.lists(_HOSTS.map("https://{}".format), unique=True),
}


@st.composite
def clients(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Client:
    """Draw a client that the rules of registration let in, with what the house decides beside."""
    needed = {"client_name", "redirect_uris"}
    optional = {name: one for name, one in _MEMBERS.items() if name not in needed}
    sent = draw(st.fixed_dictionaries({name: _MEMBERS[name] for name in needed}, optional=optional))
    try:
        return of_table("x", sent, CHOICES, None)
    except MetadataFaults:
        again: Client = draw(clients())
        return again
