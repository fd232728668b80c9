"""Config plan: the discovery document, by the rules for static clients, and by those for dynamic ones."""

import re
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from joserfc.jwk import KeySet

from tests.support.conformance.house import House

RESPONSE_TYPES: Final = {"code", "id_token", "id_token token", "code id_token", "code token", "code id_token token"}
MEMBERS: Final = """
    issuer authorization_endpoint token_endpoint userinfo_endpoint jwks_uri registration_endpoint scopes_supported
    response_types_supported response_modes_supported grant_types_supported acr_values_supported
    subject_types_supported id_token_signing_alg_values_supported id_token_encryption_alg_values_supported
    id_token_encryption_enc_values_supported userinfo_signing_alg_values_supported
    userinfo_encryption_alg_values_supported userinfo_encryption_enc_values_supported
    request_object_signing_alg_values_supported request_object_encryption_alg_values_supported
    request_object_encryption_enc_values_supported token_endpoint_auth_methods_supported
    token_endpoint_auth_signing_alg_values_supported display_values_supported claim_types_supported claims_supported
    service_documentation claims_locales_supported ui_locales_supported claims_parameter_supported
    request_parameter_supported request_uri_parameter_supported require_request_uri_registration op_policy_uri
    op_tos_uri end_session_endpoint check_session_iframe frontchannel_logout_supported
    frontchannel_logout_session_supported backchannel_logout_supported backchannel_logout_session_supported
    prompt_values_supported revocation_endpoint revocation_endpoint_auth_methods_supported
    revocation_endpoint_auth_signing_alg_values_supported introspection_endpoint
    introspection_endpoint_auth_methods_supported introspection_endpoint_auth_signing_alg_values_supported
    code_challenge_methods_supported signed_metadata authorization_response_iss_parameter_supported
    dpop_signing_alg_values_supported pushed_authorization_request_endpoint require_pushed_authorization_requests
    introspection_signing_alg_values_supported introspection_encryption_alg_values_supported
    introspection_encryption_enc_values_supported
"""
"""What may stand in the document: OpenID Connect Discovery 1.0 section 3, the logout and session specifications,
Initiating User Registration, and RFC 8414, 9126, 9207, 9449 and 9701."""
LEGAL_SCOPE: Final = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]+")
LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")


@pytest.fixture
def metadata(house: House) -> dict[str, Any]:
    """The discovery document."""
    return house.metadata


def test_oidcc_discovery_endpoint_verification(house: House, metadata: dict[str, Any]) -> None:
    """Config: where it is, what it is, every mandatory member, and every address on https."""
    answer = house.send("GET", f"{house.issuer}/.well-known/openid-configuration")
    assert (200, "application/json") == (answer.status_code, answer.headers["Content-Type"].partition(";")[0])
    assert house.issuer == metadata["issuer"]
    parts = urlsplit(metadata["issuer"])
    assert ("https", "", "") == (parts.scheme, parts.query, parts.fragment)
    assert RESPONSE_TYPES & set(metadata["response_types_supported"])
    assert set(metadata["subject_types_supported"]) <= {"public", "pairwise"}
    assert metadata["subject_types_supported"]
    assert "RS256" in metadata["id_token_signing_alg_values_supported"]
    needed = {"authorization_endpoint", "token_endpoint", "registration_endpoint", "userinfo_endpoint", "jwks_uri"}
    addresses = needed | {name for name in metadata if name.endswith(("_endpoint", "_iframe"))}
    assert {"https"} == {urlsplit(metadata[name]).scheme for name in addresses}


def test_oidcc_discovery_endpoint_verification_without_a_warning(metadata: dict[str, Any]) -> None:
    """Config: what is recommended is there, what is listed is legal, and nothing unregistered is told."""
    assert set() == metadata.keys() - set(MEMBERS.split())
    assert {"userinfo_endpoint", "scopes_supported", "claims_supported", "grant_types_supported"} <= metadata.keys()
    assert "openid" in metadata["scopes_supported"]
    assert all(LEGAL_SCOPE.fullmatch(scope) for scope in metadata["scopes_supported"])
    assert "RS256" in metadata["request_object_signing_alg_values_supported"]
    for name, value in metadata.items():
        if name.endswith("_locales_supported"):
            assert all(LANGUAGE.fullmatch(tag) for tag in value), name
        if isinstance(value, list):
            assert value, f"{name} is empty"
            assert all(isinstance(one, str) for one in value), name
    listed = set(metadata["token_endpoint_auth_methods_supported"])
    assert {"client_secret_basic", "client_secret_post", "private_key_jwt"} <= listed
    assert "none" not in metadata["id_token_signing_alg_values_supported"]
    assert metadata["acr_values_supported"]


def test_oidcc_discovery_endpoint_verification_of_the_keys(house: House, metadata: dict[str, Any]) -> None:
    """Config: the key set is public, each key usable, with a `kid` of its own, and in base64url without padding."""
    keys = house.send("GET", metadata["jwks_uri"]).json()["keys"]
    kids = [key["kid"] for key in keys]
    assert len(kids) == len(set(kids)) > 0
    for key in keys:
        assert key["kty"] in {"RSA", "EC", "OKP"}
        assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & key.keys()
        numbers = [key[name] for name in ("n", "e", "x", "y") if name in key]
        assert all(re.fullmatch(r"[A-Za-z0-9_-]+", number) for number in numbers)
    assert not any(key.is_private for key in KeySet.import_key_set({"keys": keys}).keys)


def test_oidcc_discovery_endpoint_verification_for_dynamic_clients(metadata: dict[str, Any]) -> None:
    """Dynamic: the response types and grants that such a provider must have, and where applications register."""
    assert {"code", "id_token", "id_token token"} <= set(metadata["response_types_supported"])
    assert {"authorization_code", "implicit"} <= set(metadata["grant_types_supported"])
    assert metadata["registration_endpoint"]
