"""Userinfo: how a token may be presented, and what it opens (N-045, OpenID Connect Core 5.3)."""

import json
from dataclasses import replace

import pytest
from joserfc import jwe as joserfc_jwe

from idp.protocol.messages import Parameters, Reply, Request
from keys import jws
from keys.purposes import Purpose
from tests.support.assertions import client_key
from tests.support.back_channel import CLIENT, ISSUER, World, body_of, claims_of, form


def challenge(reply: Reply) -> str:
    """Return the WWW-Authenticate header."""
    return dict(reply.headers)["WWW-Authenticate"]


def test_the_scope_opens_the_claims(both: World) -> None:
    """Each scope its claims; none of another, nothing empty (N-045)."""
    token = both.tokens(scope="openid email dossier")["access_token"]
    expected = {
        "sub": "subject-1",
        "email": "angela@example.org",
        "email_verified": True,
        "numero_dossier": "1234567",
        "situation": "affilie",
    }
    assert expected == body_of(both.userinfo(token))


def test_claims_asked_for_by_name(world: World) -> None:
    """The `claims` parameter is remembered with the grant and honoured here, within the registered scopes."""
    asked = {"userinfo": {"given_name": {"essential": True}, "email": None, "address": None, "unknown": None}}
    token = world.tokens(scope="openid", claims=asked)["access_token"]
    assert {"sub": "subject-1", "given_name": "Angela", "email": "angela@example.org"} == body_of(world.userinfo(token))


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
def test_the_scheme_in_any_case(world: World, scheme: str) -> None:
    """RFC 9110 section 11.1: schemes are case-insensitive."""
    assert 200 == world.userinfo(world.tokens()["access_token"], scheme).status


def test_post_with_header_and_with_body(world: World) -> None:
    """Core 5.3.1: POST with the header and no body, or the token in the form."""
    token = world.tokens()["access_token"]
    header = Request("POST", "/userinfo", headers={"authorization": f"Bearer {token}"})
    assert 200 == world.to.userinfo(header).status
    assert 200 == world.to.userinfo(form("/userinfo", {"access_token": token})).status


def test_a_token_in_the_query_is_refused(world: World) -> None:
    """N-045: never in a URL, with or without another presentation; 400."""
    token = world.tokens()["access_token"]
    for headers in ({}, {"authorization": f"Bearer {token}"}):
        request = Request("GET", "/userinfo", query=Parameters.of({"access_token": token}), headers=headers)
        assert 400 == world.to.userinfo(request).status


def test_two_presentations_are_refused(world: World) -> None:
    """RFC 6750 section 2: one way at a time."""
    token = world.tokens()["access_token"]
    reply = world.to.userinfo(form("/userinfo", {"access_token": token}, {"authorization": f"Bearer {token}"}))
    assert (400, "invalid_request") == (reply.status, body_of(reply)["error"])


def test_without_credentials_there_is_no_error_code(world: World) -> None:
    """RFC 6750 section 3.1."""
    reply = world.to.userinfo(Request("GET", "/userinfo"))
    assert 401 == reply.status
    assert 'Bearer realm="userinfo"' == challenge(reply)


def test_dead_and_unknown_tokens_are_invalid(world: World) -> None:
    """V-15, V-29, V-14: expired, cut, longer, made-up, or of another kind."""
    tokens = world.tokens(scope="openid offline_access")
    token = tokens["access_token"]
    for value in (token[:-1], token + "A", "x" * 43, tokens["refresh_token"], tokens["id_token"], world.code()):
        reply = world.userinfo(value)
        assert 401 == reply.status
        assert 'error="invalid_token"' in challenge(reply)
    world.clock.forward(600)
    assert 401 == world.userinfo(token).status


def test_malformed_header_is_an_invalid_request(world: World) -> None:
    """Nonsense is told from a dead token."""
    for header in ("Bearer", "Bearer a b", "Bearer a,Bearer a", "Bearer a,b", "Basic abc", "Bearer é", "abc"):
        reply = world.to.userinfo(Request("GET", "/userinfo", headers={"authorization": header}))
        assert 400 == reply.status


def test_openid_is_needed(world: World) -> None:
    """A token narrowed to other scopes is insufficient here."""
    refresh = world.tokens(scope="openid profile offline_access")["refresh_token"]
    token = body_of(world.refresh(refresh, scope="profile"))["access_token"]
    reply = world.userinfo(token)
    assert 403 == reply.status
    assert 'error="insufficient_scope"' in challenge(reply)


def test_signed_where_registered(world: World) -> None:
    """Core 5.3.2: application/jwt with iss and aud, no exp, and no other of our tokens passes for it."""
    world.channel.clients.upsert(replace(CLIENT, userinfo_signed_response_alg="RS256"))
    reply = world.userinfo(world.tokens()["access_token"])
    token = reply.body.decode()
    assert "application/jwt" == dict(reply.headers)["Content-Type"]
    assert (ISSUER, "espace", "subject-1") == tuple(claims_of(token)[name] for name in ("iss", "aud", "sub"))
    assert jws.verify_own(world.channel.ring, Purpose.USERINFO, token, now=world.clock()).algorithm == "RS256"


@pytest.mark.parametrize("algorithm", [None, "ES256"])
@pytest.mark.parametrize("management", ["RSA-OAEP-256", "ECDH-ES"])
def test_encrypted_where_registered(world: World, management: str, algorithm: str | None) -> None:
    """Core 5.3.2: signed and then encrypted, or the plain JSON encrypted; in both cases application/jwt."""
    own = client_key("reader", management)
    registered = replace(
        CLIENT,
        jwks={"keys": [own.public | {"use": "enc", "kid": "e"}]},
        userinfo_signed_response_alg=algorithm,
        userinfo_encrypted_response_alg=management,
        userinfo_encrypted_response_enc="A256GCM",
    )
    world.channel.clients.upsert(registered)
    reply = world.userinfo(world.tokens()["access_token"])
    assert "application/jwt" == dict(reply.headers)["Content-Type"]
    opened = joserfc_jwe.decrypt_compact(reply.body, own.key, algorithms=[management, "A256GCM"])
    text = (opened.plaintext or b"").decode()
    assert ("JWT" if algorithm else None) == opened.headers().get("cty")
    claims = claims_of(text) if algorithm else json.loads(text)
    assert ("subject-1", "Angela") == (claims["sub"], claims["given_name"])
    if algorithm:
        jws.verify_own(world.channel.ring, Purpose.USERINFO, text, now=world.clock())


def test_no_key_no_claims(world: World) -> None:
    """A client whose keys are gone learns so; its members are not sent in the clear."""
    own = client_key("reader", "ECDH-ES")
    encrypted = replace(CLIENT, jwks={"keys": [own.public]}, userinfo_encrypted_response_alg="ECDH-ES")
    token = world.tokens()["access_token"]
    with world.store.begin() as unit:
        unit.clients.upsert(replace(encrypted, jwks={"keys": [own.public | {"use": "sig"}]}), world.clock())
    world.channel.clients.forget(CLIENT.client_id)
    reply = world.userinfo(token)
    assert (400, "invalid_request") == (reply.status, body_of(reply)["error"])


def test_answers_are_never_stored(world: World) -> None:
    """N-126."""
    assert ("Cache-Control", "no-store") in world.userinfo(world.tokens()["access_token"]).headers
