"""Metadata and keys: prepared bytes, honest contents, only registered names."""

import json

import pytest

from idp.endpoints.rfc8414_metadata import Discovery, Offer, metadata
from idp.protocol.messages import Request
from tests.support.back_channel import ISSUER, World, body_of
from tests.support.statements import counted

REGISTERED = frozenset(
    {
        "issuer",
        "authorization_endpoint",
        "token_endpoint",
        "userinfo_endpoint",
        "jwks_uri",
        "registration_endpoint",
        "end_session_endpoint",
        "check_session_iframe",
        "frontchannel_logout_supported",
        "frontchannel_logout_session_supported",
        "backchannel_logout_supported",
        "backchannel_logout_session_supported",
        "revocation_endpoint",
        "introspection_endpoint",
        "pushed_authorization_request_endpoint",
        "require_pushed_authorization_requests",
        "scopes_supported",
        "response_types_supported",
        "response_modes_supported",
        "grant_types_supported",
        "acr_values_supported",
        "subject_types_supported",
        "id_token_signing_alg_values_supported",
        "id_token_encryption_alg_values_supported",
        "id_token_encryption_enc_values_supported",
        "userinfo_signing_alg_values_supported",
        "userinfo_encryption_alg_values_supported",
        "userinfo_encryption_enc_values_supported",
        "token_endpoint_auth_methods_supported",
        "token_endpoint_auth_signing_alg_values_supported",
        "revocation_endpoint_auth_methods_supported",
        "revocation_endpoint_auth_signing_alg_values_supported",
        "introspection_endpoint_auth_methods_supported",
        "introspection_endpoint_auth_signing_alg_values_supported",
        "introspection_signing_alg_values_supported",
        "introspection_encryption_alg_values_supported",
        "introspection_encryption_enc_values_supported",
        "claim_types_supported",
        "claims_supported",
        "claims_parameter_supported",
        "request_parameter_supported",
        "request_uri_parameter_supported",
        "require_request_uri_registration",
        "request_object_signing_alg_values_supported",
        "request_object_encryption_alg_values_supported",
        "request_object_encryption_enc_values_supported",
        "ui_locales_supported",
        "prompt_values_supported",
        "code_challenge_methods_supported",
        "authorization_response_iss_parameter_supported",
        "dpop_signing_alg_values_supported",
    }
)


def test_only_registered_members() -> None:
    """The IANA registry of authorization server metadata; others would be noise to readers."""
    assert metadata(ISSUER).keys() <= REGISTERED


def test_what_the_settings_decide() -> None:
    """Algorithms in the order of the settings, request objects by reference where they are fetched; `none` nowhere."""
    offer = Offer(signing=("RS256", "EdDSA"), encryption=("ECDH-ES",), request_uri=True)
    members = metadata(ISSUER, offer)
    assert members.keys() <= REGISTERED
    expected = {
        "id_token_signing_alg_values_supported": ["RS256", "EdDSA"],
        "userinfo_signing_alg_values_supported": ["RS256", "EdDSA"],
        "request_object_encryption_alg_values_supported": ["ECDH-ES"],
        "request_uri_parameter_supported": True,
    }
    assert expected == {name: members[name] for name in expected}
    assert "request_object_encryption_alg_values_supported" not in metadata(ISSUER)
    lists = [value for value in members.values() if isinstance(value, list)]
    assert not any({"none", "HS256", "RSA1_5", "dir"} & set(found) - {"none"} for found in lists)
    named = {name for name, value in members.items() if isinstance(value, list) and "none" in value}
    assert not any("alg" in name for name in named)


def test_it_says_what_stands() -> None:
    """Every flow and mode, S256, `iss`, signed requests, the fund's scope and levels, French and English."""
    members = metadata(ISSUER)
    expected = {
        "issuer": ISSUER,
        "pushed_authorization_request_endpoint": f"{ISSUER}/par",
        "require_pushed_authorization_requests": False,
        "end_session_endpoint": f"{ISSUER}/logout",
        "check_session_iframe": f"{ISSUER}/check-session",
        "frontchannel_logout_supported": True,
        "frontchannel_logout_session_supported": True,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "response_types_supported": [
            "code",
            "id_token",
            "id_token token",
            "code id_token",
            "code token",
            "code id_token token",
        ],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials", "implicit"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "request_parameter_supported": True,
        "require_request_uri_registration": True,
        "request_uri_parameter_supported": False,
        "claims_parameter_supported": True,
        "ui_locales_supported": ["fr", "en"],
    }
    assert expected == {name: members[name] for name in expected}
    assert "dossier" in members["scopes_supported"]
    assert {"numero_dossier", "situation", "sub", "email", "at_hash", "c_hash"} <= set(members["claims_supported"])
    assert "none" not in members["id_token_signing_alg_values_supported"]


def test_a_bad_issuer_is_told_at_start() -> None:
    """Held against the specification before anything is served."""
    for issuer in ("", "http://id.example.org", "https://id.example.org?x=1"):
        with pytest.raises(ValueError, match="issuer"):
            metadata(issuer)


def test_both_documents_are_prepared_bytes(world: World) -> None:
    """The same bytes each time, with an entity tag, readable by caches."""
    reply = world.to.discovery(Request("GET", "/.well-known/openid-configuration"))
    again = world.to.discovery(Request("GET", "/.well-known/oauth-authorization-server"))
    assert reply.body is again.body
    headers = dict(reply.headers)
    assert ("application/json", "public, max-age=300") == (headers["Content-Type"], headers["Cache-Control"])
    assert metadata(ISSUER) == json.loads(reply.body)


@pytest.mark.parametrize("path", ["discovery", "jwks"])
def test_who_has_it_gets_304(world: World, path: str) -> None:
    """RFC 9110 section 13.1.2: strong or weak, alone or in a list."""
    endpoint = getattr(world.to, path)
    tag = dict(endpoint(Request("GET", "/")).headers)["ETag"]
    for sent in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        reply = endpoint(Request("GET", "/", headers={"if-none-match": sent}))
        assert (304, b"", tag) == (reply.status, reply.body, dict(reply.headers)["ETag"])
    assert 200 == endpoint(Request("GET", "/", headers={"if-none-match": '"other"'})).status


def test_keys_are_public_and_named(world: World) -> None:
    """No private member, every key with its own `kid`, algorithm and use."""
    keys = body_of(world.to.jwks(Request("GET", "/jwks")))["keys"]
    assert {"ES256", "RS256"} == {key["alg"] for key in keys}
    assert len(keys) == len({key["kid"] for key in keys})
    for key in keys:
        assert {"d", "p", "q", "dp", "dq", "qi", "k"}.isdisjoint(key)
        assert "sig" == key["use"]


def test_no_io(world: World) -> None:
    """Budget: discovery and JWKS ask nobody."""
    with counted(world.store.engine) as statements:
        for _ in range(3):
            world.to.discovery(Request("GET", "/"))
            world.to.jwks(Request("GET", "/jwks"))
    assert [] == statements


def test_discovery_stands_alone() -> None:
    """It needs the issuer and nothing else."""
    assert 200 == Discovery(ISSUER)(Request("GET", "/")).status
