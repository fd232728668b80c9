"""What may be registered, without a database: every member honoured, or refused by name."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from authlib.oauth2.rfc7591 import ClientMetadataClaims as OAuthClaims
from authlib.oidc.registration import ClientMetadataClaims as OpenIdClaims
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey, RSAKey

from idp.endpoints.rfc8414_metadata import metadata
from idp.protocol.client import Client
from idp.protocol.client_metadata.choices import Choices
from idp.protocol.client_metadata.members import MEMBERS, PROMISES
from idp.protocol.client_metadata.read import read
from idp.protocol.client_metadata.refusal import MetadataRefused
from idp.protocol.client_metadata.write import write

ISSUER = "https://id.example.org"
CALLBACK = "https://app.example.org/cb"
EC = ECKey.generate_key("P-256").as_dict(private=False)
RSA = RSAKey.generate_key(2048).as_dict(private=False)
JWKS = {"keys": [EC, RSA]}
NOBODY = Client("c", "c")

EVERYTHING = {
    **metadata(ISSUER),
    "response_types_supported": ["code", "id_token", "id_token token", "code id_token", "code id_token token"],
    "grant_types_supported": ["authorization_code", "refresh_token", "implicit", "client_credentials"],
    "subject_types_supported": ["public", "pairwise"],
    "id_token_encryption_alg_values_supported": ["RSA-OAEP-256", "ECDH-ES"],
    "id_token_encryption_enc_values_supported": ["A128CBC-HS256", "A256GCM"],
    "userinfo_encryption_alg_values_supported": ["RSA-OAEP-256"],
    "userinfo_encryption_enc_values_supported": ["A128CBC-HS256"],
    "request_object_signing_alg_values_supported": ["RS256"],
    "request_object_encryption_alg_values_supported": ["RSA-OAEP-256"],
    "request_object_encryption_enc_values_supported": ["A128CBC-HS256"],
    "introspection_signing_alg_values_supported": ["RS256"],
    "introspection_encryption_alg_values_supported": ["RSA-OAEP-256"],
    "introspection_encryption_enc_values_supported": ["A128CBC-HS256"],
    "request_uri_parameter_supported": True,
    "frontchannel_logout_supported": True,
    "backchannel_logout_supported": True,
}
CHOICES = Choices.whole(EVERYTHING)
LESS = Choices.whole({"issuer": ISSUER, "grant_types_supported": [], "response_types_supported": ["code"]})


def made(choices: Choices = CHOICES, /, **members: Any) -> Client:
    """Return what a document becomes."""
    return read({"redirect_uris": [CALLBACK], **members}, choices, NOBODY)


def refused(choices: Choices = CHOICES, /, **members: Any) -> tuple[str, str]:
    """Return the member and the code of a refusal."""
    with pytest.raises(MetadataRefused) as caught:
        made(choices, **members)
    assert re.fullmatch(r"[\x20\x21\x23-\x5b\x5d-\x7e]+", str(caught.value))
    return caught.value.member, caught.value.code


def test_the_defaults_are_those_of_the_specification() -> None:
    """OpenID Registration section 2: code, client_secret_basic, RS256, web, public."""
    expected = replace(NOBODY, name="app.example.org", redirect_uris=(CALLBACK,), scopes=frozenset(CHOICES.scopes))
    assert expected == made()


WHOLE: dict[str, Any] = {
    "client_name": "Mon application",
    "client_name#en": "My application",
    "application_type": "web",
    "redirect_uris": [CALLBACK, CALLBACK + "?x=1"],
    "response_types": ["code", "code id_token"],
    "grant_types": ["authorization_code", "implicit", "refresh_token"],
    "scope": "openid profile",
    "contacts": ["dsi@app.example.org"],
    "client_uri": "https://app.example.org/",
    "logo_uri": "https://app.example.org/logo.png",
    "policy_uri": "https://app.example.org/policy",
    "policy_uri#en": "https://app.example.org/en/policy",
    "tos_uri": "https://app.example.org/tos",
    "jwks_uri": "https://app.example.org/jwks",
    "software_id": "soft",
    "software_version": "1.0",
    "token_endpoint_auth_method": "private_key_jwt",
    "token_endpoint_auth_signing_alg": "RS256",
    "subject_type": "pairwise",
    "sector_identifier_uri": "https://app.example.org/sector",
    "id_token_signed_response_alg": "ES256",
    "id_token_encrypted_response_alg": "ECDH-ES",
    "id_token_encrypted_response_enc": "A256GCM",
    "userinfo_signed_response_alg": "RS256",
    "userinfo_encrypted_response_alg": "RSA-OAEP-256",
    "userinfo_encrypted_response_enc": "A128CBC-HS256",
    "request_object_signing_alg": "RS256",
    "request_object_encryption_alg": "RSA-OAEP-256",
    "request_object_encryption_enc": "A128CBC-HS256",
    "request_uris": ["https://app.example.org/request.jwt#digest"],
    "require_signed_request_object": True,
    "require_pushed_authorization_requests": True,
    "introspection_signed_response_alg": "RS256",
    "introspection_encrypted_response_alg": "RSA-OAEP-256",
    "introspection_encrypted_response_enc": "A128CBC-HS256",
    "default_max_age": 3600,
    "require_auth_time": True,
    "default_acr_values": ["eidas1"],
    "initiate_login_uri": "https://app.example.org/login",
    "post_logout_redirect_uris": ["https://app.example.org/bye"],
    "frontchannel_logout_uri": "https://app.example.org/front",
    "frontchannel_logout_session_required": True,
    "backchannel_logout_uri": "https://app.example.org/back",
    "backchannel_logout_session_required": True,
    "dpop_bound_access_tokens": True,
}


def test_every_member_comes_back_as_it_was_sent() -> None:
    """Nothing is lost between what is registered and what is told (RFC 7591 section 3.2.1)."""
    assert {member.name for member in MEMBERS} - {"jwks"} <= WHOLE.keys()
    assert WHOLE == write(read(WHOLE, CHOICES, NOBODY))
    keys = {"redirect_uris": [CALLBACK], "jwks": JWKS}
    assert JWKS == write(read(keys, CHOICES, NOBODY))["jwks"]


def test_what_is_accepted_authlib_accepts_too() -> None:
    """A second reading of the same specifications finds nothing wrong with the largest registration."""
    for claims in (OAuthClaims, OpenIdClaims):
        claims(WHOLE, {}, claims.get_claims_options(EVERYTHING), EVERYTHING).validate()


def test_unknown_and_null_members_are_ignored() -> None:
    """RFC 7591 section 2."""
    assert made() == made(client_name=None, unheard_of={"a": 1}, jwks=None)


@pytest.mark.parametrize("member", [member.name for member in MEMBERS])
@pytest.mark.parametrize("value", [5, -1, [], {}, [5], [[]], "", "\x00", "x" * 3000, {"keys": 3}, [None], 1e300])
def test_no_shape_surprises(member: str, value: Any) -> None:
    """A value of a wrong type is refused by the member's name, or empty, and never an error of ours."""
    named = ""
    try:
        made(**{member: value})
    except MetadataRefused as refusal:
        named = refusal.member
    harmless = value == [] or (member == "default_max_age" and value == 5)
    assert named in ({member, "grant_types", ""} if harmless else {member})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*WHOLE, "jwks", "client_name#fr", "client_uri#\x00", *PROMISES]), JSON))
def test_any_json_is_read_or_refused(document: dict[str, Any]) -> None:
    """Whatever is sent, the answer is a client that can be written and kept, or a refusal."""
    try:
        client = read({**WHOLE, **document}, CHOICES, NOBODY)
    except MetadataRefused:
        return
    json.dumps(write(client), ensure_ascii=False).encode()


WEB_BAD = [
    "http://app.example.org/x",
    "javascript:alert(1)",
    "JaVaScRiPt://app.example.org/%0aalert(1)",
    "data:text/html,x",
    "//app.example.org/x",
    "https:///x",
    "https://user@app.example.org/x",
    "https://app.example.org@evil.example/x",
    "https://app.example.org:99999/x",
    "https://app.example.org:x/",
    "https://éléphant.example/x",
    "https://app.example.org/é",
    "https://app.example.org/ x",
    "https://app.example.org/\n",
    'https://app.example.org/"><script>',
    "https://app.example.org\\@evil.example/",
    "https://app..example/",
    "https://-app.example/",
    "https://[::1/",
    "https://" + "a" * 64 + ".example/",
    "ftp://app.example.org/x",
]


@pytest.mark.parametrize("uri", WEB_BAD)
@pytest.mark.parametrize(
    "member",
    [
        "client_uri",
        "logo_uri",
        "policy_uri",
        "tos_uri",
        "jwks_uri",
        "sector_identifier_uri",
        "initiate_login_uri",
        "frontchannel_logout_uri",
        "backchannel_logout_uri",
    ],
)
def test_dangerous_addresses_are_refused(member: str, uri: str) -> None:
    """Script, data, other people's names, addresses that two readers read differently (N-082, V-08)."""
    assert (member, "invalid_client_metadata") == refused(**{member: uri})
    if member in {"client_uri", "policy_uri"}:
        assert (member, "invalid_client_metadata") == refused(**{f"{member}#fr": uri})


@pytest.mark.parametrize("uri", [*WEB_BAD[:5], *WEB_BAD[6:9], CALLBACK + "#", "https://é.example/", ""])
def test_redirect_uris_have_their_own_code(uri: str) -> None:
    """RFC 7591 section 3.2.2; the addresses after logout and of request objects have the general one."""
    code = "invalid_redirect_uri" if uri else "invalid_client_metadata"
    assert ("redirect_uris", code) == refused(redirect_uris=[CALLBACK, uri])
    assert "post_logout_redirect_uris" == refused(post_logout_redirect_uris=[uri])[0]
    if "#" not in uri:
        assert "request_uris" == refused(request_uris=[uri])[0]


def test_native_applications_have_loopback_and_schemes_of_their_own() -> None:
    """RFC 8252: plain http to the device itself and a private scheme, for native applications only."""
    uris = ["http://127.0.0.1/cb", "com.example.app:/cb"]
    assert tuple(uris) == made(application_type="native", redirect_uris=uris).redirect_uris
    for uri in uris:
        assert "redirect_uris" == refused(redirect_uris=[uri])[0]


def test_plain_http_on_this_machine_is_for_development() -> None:
    """Where the issuer itself is plain http on localhost, applications may be too, and nowhere else."""
    here = Choices.whole({**EVERYTHING, "issuer": "http://localhost:8000"})
    address = "http://localhost:9000/login"
    assert address == made(here, initiate_login_uri=address).initiate_login_uri
    assert "initiate_login_uri" == refused(here, initiate_login_uri="http://app.example.org/login")[0]
    assert "initiate_login_uri" == refused(initiate_login_uri=address)[0]


@pytest.mark.parametrize("sent", ["id_token code", "code id_token"])
def test_the_words_of_a_response_type_come_in_any_order(sent: str) -> None:
    """OAuth 2.0 Multiple Response Types section 3."""
    grants = ["authorization_code", "implicit"]
    assert {"code id_token"} == made(response_types=[sent], grant_types=grants).response_types


@pytest.mark.parametrize(
    ("members", "named"),
    [
        ({"response_types": ["token"]}, "response_types"),
        ({"response_types": ["code code"]}, "response_types"),
        ({"response_types": ["code  id_token"]}, "response_types"),
        ({"response_types": ["id_token"], "grant_types": ["authorization_code"]}, "grant_types"),
        ({"response_types": ["code"], "grant_types": ["implicit"]}, "grant_types"),
        ({"response_types": ["id_token"], "grant_types": ["implicit", "refresh_token"]}, "grant_types"),
        ({"grant_types": ["password"]}, "grant_types"),
        ({"grant_types": ["client_credentials"]}, "redirect_uris"),
        ({"redirect_uris": []}, "redirect_uris"),
        ({"token_endpoint_auth_method": "client_secret_jwt"}, "token_endpoint_auth_method"),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "jwks"),
        ({"token_endpoint_auth_signing_alg": "none"}, "token_endpoint_auth_signing_alg"),
        ({"jwks": JWKS, "jwks_uri": "https://app.example.org/jwks"}, "jwks_uri"),
        ({"jwks": {"keys": [ECKey.generate_key("P-256").as_dict(private=True)]}}, "jwks"),
        ({"jwks": {"keys": [EC, {"kty": "oct", "k": "c2VjcmV0"}]}}, "jwks"),
        ({"jwks": {"keys": [{"kty": "XYZ"}]}}, "jwks"),
        ({"jwks": {"keys": [EC] * 100}}, "jwks"),
        ({"jwks": {"keys": [{**EC, "kid": "\x00"}]}}, "jwks"),
        ({"jwks": {"keys": [EC], "x": "y" * 300_000}}, "jwks"),
        (
            {
                "token_endpoint_auth_method": "private_key_jwt",
                "token_endpoint_auth_signing_alg": "RS256",
                "jwks": {"keys": [EC]},
            },
            "jwks",
        ),
        ({"id_token_signed_response_alg": "none"}, "id_token_signed_response_alg"),
        ({"id_token_encrypted_response_enc": "A256GCM"}, "id_token_encrypted_response_enc"),
        ({"id_token_encrypted_response_alg": "ECDH-ES"}, "id_token_encrypted_response_alg"),
        ({"id_token_encrypted_response_alg": "ECDH-ES", "jwks": {"keys": [RSA]}}, "id_token_encrypted_response_alg"),
        ({"request_object_encryption_enc": "A128CBC-HS256"}, "request_object_encryption_enc"),
        ({"default_acr_values": ["unheard of"]}, "default_acr_values"),
        ({"default_max_age": True}, "default_max_age"),
        ({"require_auth_time": "false"}, "require_auth_time"),
        ({"scope": "openid unheard_of"}, "scope"),
        ({"scope": 'openid "'}, "scope"),
        ({"frontchannel_logout_uri": "https://other.example.org/out"}, "frontchannel_logout_uri"),
        ({"frontchannel_logout_uri": "https://app.example.org:8443/out"}, "frontchannel_logout_uri"),
        ({"backchannel_logout_uri": "https://app.example.org/#"}, "backchannel_logout_uri"),
        ({"jwks_uri": "https://app.example.org/jwks#x"}, "jwks_uri"),
        ({"subject_type": "pairwise", "redirect_uris": [CALLBACK, "https://b.example/cb"]}, "sector_identifier_uri"),
        (
            {"subject_type": "pairwise", "application_type": "native", "redirect_uris": ["com.example.app:/cb"]},
            "sector_identifier_uri",
        ),
        ({"client_name": "a\u202eb"}, "client_name"),
        ({"client_name": "a\u200bb"}, "client_name"),
        ({"client_name": "a\nb"}, "client_name"),
        ({"client_name": "\ud800"}, "client_name"),
        ({"client_name": "   "}, "client_name"),
        ({"client_name#f r": "x"}, "client_name"),
        ({"logo_uri#fr": "https://app.example.org/fr.png"}, "logo_uri"),
        ({"tls_client_certificate_bound_access_tokens": True}, "tls_client_certificate_bound_access_tokens"),
        ({"require_signed_request_object": "yes"}, "require_signed_request_object"),
    ],
)
def test_what_does_not_hold_is_refused_by_name(members: dict[str, Any], named: str) -> None:
    """The developer reads which member it was."""
    assert named == refused(**members)[0]


@pytest.mark.parametrize(
    "members",
    [
        {"request_uris": ["https://app.example.org/r"]},
        {"frontchannel_logout_uri": "https://app.example.org/out"},
        {"backchannel_logout_uri": "https://app.example.org/out"},
        {"introspection_signed_response_alg": "RS256"},
        {"id_token_encrypted_response_alg": "RSA-OAEP-256"},
        {"request_object_signing_alg": "RS256"},
        {"subject_type": "pairwise"},
    ],
)
def test_what_the_provider_does_not_do_is_refused(members: dict[str, Any]) -> None:
    """What the discovery document does not list cannot be registered: no client is told yes in vain."""
    less = replace(LESS, grant_types=("authorization_code",))
    assert next(iter(members)) == refused(less, **members)[0]


def test_a_machine_has_no_address_and_its_own_scopes() -> None:
    """Client credentials: nothing about members, no response type."""
    machine = read({"grant_types": ["client_credentials"], "scope": "batch"}, CHOICES, NOBODY)
    assert (frozenset(), frozenset({"batch"})) == (machine.response_types, machine.scopes)
    for members in ({"scope": "openid"}, {"token_endpoint_auth_method": "none"}):
        with pytest.raises(MetadataRefused):
            read({"grant_types": ["client_credentials"], **members}, CHOICES, NOBODY)


def test_the_default_content_encryption() -> None:
    """A key management alone gets A128CBC-HS256."""
    assert "A128CBC-HS256" == made(id_token_encrypted_response_alg="ECDH-ES", jwks=JWKS).id_token_encrypted_response_enc
