"""Introspection: a caller learns of its own tokens, or of those made for it, and of nothing else (N-056)."""

from dataclasses import replace

import pytest
from joserfc import jwe as joserfc_jwe

from keys.claims_check import check_audience
from keys.jws import verify_own
from keys.purposes import Purpose
from tests.support.assertions import client_key
from tests.support.back_channel import API, CLIENT, ISSUER, OTHER, World, body_of, claims_of, ring

INACTIVE = {"active": False}


def test_a_live_token_of_ones_own(both: World) -> None:
    """What RFC 7662 section 2.2 names, as far as the token has it."""
    token = both.tokens(scope="openid profile")["access_token"]
    expected = {
        "active": True,
        "iss": "https://id.example.org",
        "client_id": "espace",
        "iat": both.clock(),
        "exp": both.clock() + 600,
        "scope": "openid profile",
        "token_type": "Bearer",
        "sub": "subject-1",
        "auth_time": both.clock() - 100,
        "acr": "https://carpimko.com/acr/password",
        "amr": ["pwd"],
    }
    assert expected == both.introspect(token)


def test_a_foreign_token_says_nothing(world: World) -> None:
    """V-16: not even whose it is."""
    tokens = world.tokens(scope="openid offline_access")
    for name in ("access_token", "refresh_token", "id_token"):
        assert INACTIVE == world.introspect(tokens[name], OTHER)


def test_dead_tokens_say_nothing(world: World) -> None:
    """Expired, revoked, unknown, malformed, or of another kind: one answer."""
    token, revoked = (world.tokens()["access_token"] for _ in range(2))
    world.call("/revoke", {"token": revoked})
    for value in (revoked, "x" * 43, "x", world.code(), token[:-1]):
        assert INACTIVE == world.introspect(value)
    world.clock.forward(600)
    assert INACTIVE == world.introspect(token)


def test_a_resource_server_knows_tokens_made_for_it(world: World) -> None:
    """A client that is itself a resource introspects tokens with that audience, and no others."""
    world.channel.clients.upsert(replace(OTHER, resource_server=API))
    made = world.tokens(resources=(API,))["access_token"]
    answer = world.introspect(made, OTHER)
    assert (True, API, "espace") == (answer["active"], answer["aud"], answer["client_id"])
    assert INACTIVE == world.introspect(world.tokens()["access_token"], OTHER)


def test_the_jti_of_a_signed_token_is_no_token(world: World) -> None:
    """It is what the token refers to; alone it would outlive the key that signed, and be shown where no JWT is."""
    made = world.tokens(resources=(API,))["access_token"]
    assert world.introspect(made)["active"]
    name = claims_of(made)["jti"]
    assert INACTIVE == world.introspect(name)
    assert 401 == world.userinfo(name).status
    world.call("/revoke", {"token": name})
    assert world.introspect(made)["active"]


def test_a_refresh_token_of_ones_own(world: World) -> None:
    """It is shown as active, without a token type that would let it pass for an access token."""
    answer = world.introspect(world.tokens(scope="openid offline_access")["refresh_token"])
    assert answer["active"]
    assert "token_type" not in answer


def test_a_disabled_client_makes_its_tokens_inactive(world: World) -> None:
    """V-43."""
    world.channel.clients.upsert(replace(OTHER, resource_server=API))
    made = world.tokens(resources=(API,))["access_token"]
    world.channel.clients.upsert(replace(CLIENT, enabled=False))
    assert INACTIVE == world.introspect(made, OTHER)


def test_missing_token_is_an_invalid_request(world: World) -> None:
    """RFC 7662 section 2.1."""
    assert "invalid_request" == body_of(world.call("/introspect", {}))["error"]


JWT = "application/token-introspection+jwt"


def test_a_signed_answer_for_whoever_accepts_it(both: World) -> None:
    """RFC 9701: its own type, issuer, audience and time outside; what JSON would say inside; RS256 by default."""
    token = both.tokens()["access_token"]
    reply = both.call("/introspect", {"token": token}, accept=JWT)
    assert (200, JWT) == (reply.status, dict(reply.headers)["Content-Type"])
    assert dict(reply.headers)["Cache-Control"] == "no-store"
    verified = verify_own(ring(), Purpose.INTROSPECTION, reply.body.decode(), now=both.clock())
    assert ("token-introspection+jwt", "RS256") == (verified.header["typ"], verified.algorithm)
    expected = {"iss": ISSUER, "aud": "espace", "iat": both.clock(), "token_introspection": both.introspect(token)}
    assert expected == verified.claims
    check_audience(verified.claims, "espace")


def test_a_dead_token_is_told_in_the_same_form(world: World) -> None:
    """RFC 9701 section 5: `active` false and nothing else, signed with the registered algorithm."""
    world.channel.clients.upsert(replace(CLIENT, introspection_signed_response_alg="ES256"))
    reply = world.call("/introspect", {"token": "x" * 43}, accept=f"application/json;q=0.5, {JWT};q=1")
    verified = verify_own(ring(), Purpose.INTROSPECTION, reply.body.decode(), now=world.clock())
    assert (INACTIVE, "ES256") == (verified.claims["token_introspection"], verified.algorithm)


def test_an_answer_encrypted_where_registered(world: World) -> None:
    """RFC 9701 section 6: the signed answer, encrypted to the caller's key."""
    own = client_key("reader", "ECDH-ES")
    world.channel.clients.upsert(
        replace(CLIENT, jwks={"keys": [own.public]}, introspection_encrypted_response_alg="ECDH-ES")
    )
    reply = world.call("/introspect", {"token": world.tokens()["access_token"]}, accept=JWT)
    opened = joserfc_jwe.decrypt_compact(reply.body, own.key, algorithms=["ECDH-ES", "A128CBC-HS256"]).plaintext
    verified = verify_own(ring(), Purpose.INTROSPECTION, (opened or b"").decode(), now=world.clock())
    assert "espace" == verified.claims["aud"]


@pytest.mark.parametrize("accept", ["", "*/*", "application/json", f"{JWT};q=0", "application/jwt"])
def test_everybody_else_gets_json(world: World, accept: str) -> None:
    """A caller that does not name the signed form gets RFC 7662's."""
    reply = world.call("/introspect", {"token": world.tokens()["access_token"]}, accept=accept)
    assert dict(reply.headers)["Content-Type"] == "application/json"
    assert body_of(reply)["active"]


def test_a_refusal_is_json_in_any_form(world: World) -> None:
    """RFC 9701 section 4 signs answers, not errors."""
    reply = world.call("/introspect", {}, accept=JWT)
    assert (400, "invalid_request") == (reply.status, body_of(reply)["error"])
