"""Who calls: one method, the registered one, and one answer to every failure (N-031 to N-036)."""

import base64
import logging
from collections.abc import Mapping
from dataclasses import replace

import pytest

from idp.protocol.client import ClientSecret
from idp.protocol.messages import Reply
from idp.protocol.opaque import digest, new_value
from idp.services.clients import with_secret
from tests.support.back_channel import CLIENT, SECRET, World, basic, body_of, form

GRANT = {"grant_type": "client_credentials"}


def token(world: World, fields: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Reply:
    """Ask for a token of the application's own."""
    return world.to.token(form("/token", {**GRANT, **fields}, headers))


def refused(reply: Reply) -> None:
    """Hold an answer against the one answer to every failure (N-036)."""
    assert 401 == reply.status
    assert {"error": "invalid_client", "error_description": "client authentication failed"} == body_of(reply)
    assert any(name == "WWW-Authenticate" for name, _ in reply.headers)
    assert ("Cache-Control", "no-store") in reply.headers


@pytest.fixture
def posting(world: World) -> World:
    """A world whose client is registered for client_secret_post."""
    world.channel.clients.upsert(replace(CLIENT, token_endpoint_auth_method="client_secret_post"))
    return world


def test_basic_is_form_url_decoded(world: World) -> None:
    """RFC 6749 section 2.3.1: a secret with plus, slash, colon and percent comes through."""
    assert 200 == token(world, {}, basic("espace", SECRET)).status


def test_basic_without_encoding_is_another_secret(world: World) -> None:
    """A header is read in one way only."""
    raw = base64.b64encode(f"espace:{SECRET}".encode()).decode()
    refused(token(world, {}, {"authorization": f"Basic {raw}"}))


def test_post_works_where_registered(posting: World) -> None:
    """client_secret_post: both in the body."""
    assert 200 == token(posting, {"client_id": "espace", "client_secret": SECRET}).status


def test_the_method_is_the_registered_one(world: World) -> None:
    """N-032: the right secret by the wrong method is refused, and so is no secret at all."""
    refused(token(world, {"client_id": "espace", "client_secret": SECRET}))
    refused(token(world, {"client_id": "espace"}))
    refused(token(world, {}))


def test_post_client_may_not_use_basic(posting: World) -> None:
    """N-032, the other way round."""
    refused(token(posting, {}, basic("espace", SECRET)))


def test_two_methods_at_once_are_refused(world: World) -> None:
    """N-031, trap 4: Basic right and POST wrong, or right, is one method too many."""
    for secret in (SECRET, "wrong"):
        reply = token(world, {"client_id": "espace", "client_secret": secret}, basic("espace", SECRET))
        assert (400, "invalid_request") == (reply.status, body_of(reply)["error"])


def test_client_id_beside_basic_must_agree(world: World) -> None:
    """The same id may be repeated in the body; another one is refused."""
    assert 200 == token(world, {"client_id": "espace"}, basic("espace", SECRET)).status
    refused(token(world, {"client_id": "other"}, basic("espace", SECRET)))


@pytest.mark.parametrize(
    "secret", ["", " ", "null", "None", "\x00", "wrong", SECRET + "x", SECRET[:-1], SECRET.upper()]
)
def test_no_other_secret_passes(world: World, secret: str) -> None:
    """V-17: empty, blank, null and NUL secrets on each endpoint."""
    for endpoint, path in (
        (world.to.token, "/token"),
        (world.to.par, "/par"),
        (world.to.revoke, "/revoke"),
        (world.to.introspect, "/introspect"),
    ):
        fields = {**GRANT, "token": "x"}
        refused(endpoint(form(path, fields, basic("espace", secret))))
        reply = endpoint(form(path, {**fields, "client_id": "espace", "client_secret": secret}))
        refused(reply)


def test_public_client_with_a_secret_is_refused(world: World) -> None:
    """V-12: a made-up secret does not make a public client confidential, by either way."""
    fields = {"grant_type": "refresh_token", "refresh_token": "x" * 43}
    refused(world.to.token(form("/token", fields, basic("spa", "made-up"))))
    refused(world.to.token(form("/token", {**fields, "client_id": "spa", "client_secret": "made-up"})))


def test_public_client_cannot_introspect(world: World) -> None:
    """V-16: introspection is for confidential callers."""
    refused(world.to.introspect(form("/introspect", {"client_id": "spa", "token": "x"})))


def test_unknown_client_answers_like_a_wrong_secret(world: World) -> None:
    """N-036: nothing tells which half was wrong."""
    unknown = token(world, {}, basic("nobody", SECRET))
    wrong = token(world, {}, basic("espace", "wrong"))
    refused(unknown)
    assert wrong == unknown


def test_disabled_client_is_refused(world: World) -> None:
    """V-43."""
    world.channel.clients.upsert(replace(CLIENT, enabled=False))
    refused(token(world, {}, basic("espace", SECRET)))


@pytest.mark.parametrize(
    "header",
    [
        "Basic",
        "Basic ",
        "Basic !!!",
        "Basic /////w==",
        "Basic ZXNwYWNl",
        "Basic OnNlY3JldA==",
        "Bearer abc",
        "Basic ZXNwYWNlOng=, Basic ZXNwYWNlOng=",
        "Basic " + "A" * 5000,
    ],
)
def test_malformed_headers_are_refusals(world: World, header: str) -> None:
    """Trap 5: bytes that are no UTF-8, no base64 or no pair are invalid_client and never a fault."""
    refused(token(world, {}, {"authorization": header}))


def renewed(world: World, others_until: int | None = None) -> str:
    """Give the application one secret more and return it."""
    secret, client = new_value(), world.channel.clients.get("espace")
    assert client is not None
    world.channel.clients.upsert(with_secret(client, secret, world.clock(), others_until=others_until))
    return secret


def test_two_secrets_are_valid_during_a_change(world: World) -> None:
    """A secret can be replaced without an hour of silence: both work until the old one ends."""
    end = world.clock() + 100
    fresh = renewed(world, end)
    for secret in (SECRET, fresh):
        assert 200 == token(world, {}, basic("espace", secret)).status
    world.clock.forward(100)
    refused(token(world, {}, basic("espace", SECRET)))
    assert 200 == token(world, {}, basic("espace", fresh)).status


def test_a_header_that_was_right_may_be_so_no_more(world: World) -> None:
    """Known headers end with the secret, with any change of the registration, and with what else a request says."""
    header, clients = basic("espace", SECRET), world.channel.clients

    def known() -> None:
        assert 200 == token(world, {}, header).status

    known()
    refused(token(world, {"client_id": "other"}, header))
    for more in ({"client_secret": SECRET}, {"client_assertion": "x"}, {"client_assertion_type": "x"}):
        reply = token(world, more, header)
        assert (400, "invalid_request") == (reply.status, body_of(reply)["error"])
    refused(token(world, {}, {"authorization": f"{header['authorization']}, {header['authorization']}"}))

    known()
    clients.upsert(replace(CLIENT, enabled=False))
    refused(token(world, {}, header))

    clients.upsert(CLIENT)
    known()
    renewed(world, world.clock() + 60)
    known()
    world.clock.forward(60)
    refused(token(world, {}, header))


def test_secrets_are_random_and_never_stored(world: World) -> None:
    """N-033: 256 bits, known by digest."""
    secret = renewed(world)
    client = world.channel.clients.get("espace")
    assert len(secret) == 43
    assert client is not None
    assert ClientSecret(digest(secret), world.clock()) in client.secrets
    assert secret not in repr(client)


def test_failures_are_slowed_down(world: World) -> None:
    """N-033: after twenty failures that caller waits, but for one check a second; another address does not."""
    for _ in range(21):
        refused(token(world, {}, basic("espace", "wrong")))
    reply = token(world, {}, basic("espace", SECRET))
    assert 429 == reply.status
    assert dict(reply.headers)["Retry-After"] == "60"
    elsewhere = replace(form("/token", GRANT, basic("espace", SECRET)), remote="192.0.2.99")
    assert 200 == world.to.token(elsewhere).status
    world.clock.forward(60)
    assert 200 == token(world, {}, basic("espace", SECRET)).status


def test_a_neighbour_who_guesses_locks_nobody_out(world: World) -> None:
    """Behind one address, a client whose secret was right goes on working, a new one gets its turn each second."""
    assert 200 == token(world, {}, basic("espace", SECRET)).status
    statuses = [token(world, {}, basic("espace", "wrong")).status for _ in range(30)]
    assert [401] * 21 + [429] * 9 == statuses
    assert 200 == token(world, {}, basic("espace", SECRET)).status
    fresh = renewed(world)
    assert 429 == token(world, {}, basic("espace", fresh)).status
    world.clock.forward(1)
    assert 200 == token(world, {}, basic("espace", fresh)).status


def test_no_secret_reaches_the_log(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """V-20, N-152, trap 14: at DEBUG, with canaries in every place, no line holds a credential or a token."""
    caplog.set_level(logging.DEBUG)
    canary = "canary-secret-0123456789"
    token(world, {}, basic("espace", canary))
    token(world, {"client_id": "espace", "client_secret": canary})
    token(world, {"client_assertion": canary, "client_assertion_type": canary})
    code = world.code(scope="openid offline_access")
    issued = body_of(world.redeem(code))
    world.refresh(issued["refresh_token"])
    world.redeem(code)
    world.userinfo(issued["access_token"])
    seen = caplog.text
    for secret in (canary, SECRET, code, issued["access_token"], issued["refresh_token"], issued["id_token"]):
        assert secret not in seen
