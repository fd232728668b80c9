"""Introspection: a caller learns of its own tokens, or of those made for it, and of nothing else (N-056)."""

from dataclasses import replace

from tests.support.back_channel import API, CLIENT, OTHER, World, body_of

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
