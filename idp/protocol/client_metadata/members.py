"""The members that may be registered: name, where `Client` keeps it, how it is read. One line each."""

from typing import Final

from idp.protocol.client_metadata import addresses, public_keys
from idp.protocol.client_metadata.values import (
    LONGEST_NAME,
    Reader,
    choice,
    flag,
    one_of,
    seconds,
    several_of,
    strings,
    text,
    texts,
)
from idp.records import dataclass


@dataclass(frozen=True, slots=True)
class Member:
    """One member. `lists` says that `Client` keeps a set whose order is nobody's business."""

    name: str
    attribute: str
    read: Reader
    lists: bool = False
    localized: bool = False
    """May be sent in several languages: `client_name#fr` (OpenID Registration section 2.1, RFC 7591 section 2.2)."""


def _same(name: str, read: Reader, *, localized: bool = False) -> Member:
    return Member(name, name, read, localized=localized)


MEMBERS: Final = (
    Member("client_name", "name", text(LONGEST_NAME), localized=True),
    _same("application_type", choice("web", "native")),
    _same("redirect_uris", strings()),
    Member("response_types", "response_types", strings(), lists=True),
    Member("grant_types", "grant_types", strings(), lists=True),
    Member("scope", "scopes", text(1000)),
    _same("contacts", texts(10, 254)),
    _same("client_uri", addresses.page, localized=True),
    # One cached copy is shown, so there is one logo for every language.
    _same("logo_uri", addresses.page),
    _same("policy_uri", addresses.page, localized=True),
    _same("tos_uri", addresses.page, localized=True),
    _same("jwks", public_keys.jwks),
    _same("jwks_uri", addresses.endpoint),
    _same("software_id", text(255)),
    _same("software_version", text(255)),
    _same("token_endpoint_auth_method", one_of("token_endpoint_auth_methods_supported")),
    _same("token_endpoint_auth_signing_alg", one_of("token_endpoint_auth_signing_alg_values_supported")),
    _same("subject_type", one_of("subject_types_supported")),
    _same("sector_identifier_uri", addresses.endpoint),
    _same("id_token_signed_response_alg", one_of("id_token_signing_alg_values_supported")),
    _same("id_token_encrypted_response_alg", one_of("id_token_encryption_alg_values_supported")),
    _same("id_token_encrypted_response_enc", one_of("id_token_encryption_enc_values_supported")),
    _same("userinfo_signed_response_alg", one_of("userinfo_signing_alg_values_supported")),
    _same("userinfo_encrypted_response_alg", one_of("userinfo_encryption_alg_values_supported")),
    _same("userinfo_encrypted_response_enc", one_of("userinfo_encryption_enc_values_supported")),
    _same("request_object_signing_alg", one_of("request_object_signing_alg_values_supported")),
    _same("request_object_encryption_alg", one_of("request_object_encryption_alg_values_supported")),
    _same("request_object_encryption_enc", one_of("request_object_encryption_enc_values_supported")),
    _same("request_uris", strings()),
    _same("require_signed_request_object", flag),
    _same("require_pushed_authorization_requests", flag),
    _same("introspection_signed_response_alg", one_of("introspection_signing_alg_values_supported")),
    _same("introspection_encrypted_response_alg", one_of("introspection_encryption_alg_values_supported")),
    _same("introspection_encrypted_response_enc", one_of("introspection_encryption_enc_values_supported")),
    _same("default_max_age", seconds),
    _same("require_auth_time", flag),
    _same("default_acr_values", several_of("acr_values_supported")),
    _same("initiate_login_uri", addresses.endpoint),
    _same("post_logout_redirect_uris", strings()),
    _same("frontchannel_logout_uri", addresses.endpoint),
    _same("frontchannel_logout_session_required", flag),
    _same("backchannel_logout_uri", addresses.endpoint),
    _same("backchannel_logout_session_required", flag),
    Member("dpop_bound_access_tokens", "dpop_bound", flag),
)

BY_NAME: Final = {member.name: member for member in MEMBERS}

ENCRYPTED: Final = ("id_token", "userinfo", "introspection")
"""What may be encrypted to a client: `<this>_encrypted_response_alg` and `_enc`."""

PROMISES: Final = (
    "tls_client_certificate_bound_access_tokens",
    "authorization_signed_response_alg",
    "authorization_encrypted_response_alg",
    "tls_client_auth_subject_dn",
    "tls_client_auth_san_dns",
)
"""Members of other specifications, which are not done. A client that relies on one must not be told yes in silence."""
