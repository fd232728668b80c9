"""Pushed authorization requests as a client pushes them: who may, what may be pushed, and what is told (RFC 9126)."""

import string
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.authorize.pipeline import PARAMETERS
from idp.protocol.messages import Parameters, Reply
from idp.protocol.oidc_response_types import SUPPORTED
from idp.protocol.opaque import looks_opaque
from idp.protocol.rfc7636_pkce import s256
from idp.services.pushed_requests import PREFIX
from tests.support.assertions import client_key
from tests.support.back_channel import (
    API,
    CALLBACK,
    CLIENT,
    ISSUER,
    OTHER,
    PUBLIC,
    SECRET,
    VERIFIER,
    World,
    basic,
    body_of,
    form,
    open_world,
)
from tests.support.request_objects import request_object
from tests.support.statements import counted
from tests.support.stores import sqlite_store

KEY, OTHER_KEY = client_key("pushes"), client_key("another that pushes")
PAR = f"{ISSUER}/par"
SOUND: dict[str, str | None] = {
    "client_id": "espace",
    "response_type": "code",
    "redirect_uri": CALLBACK,
    "scope": "openid profile",
    "state": "state-._~",
    "nonce": "n-1",
    "code_challenge": s256(VERIFIER),
    "code_challenge_method": "S256",
}
SIGNS = replace(CLIENT, client_id="signs", jwks={"keys": [KEY.public]})


def push(world: World, client: Any = CLIENT, **changes: str | None) -> Reply:
    """Push the sound request, with parameters changed or (None) left out."""
    return world.call("/par", {**SOUND, "client_id": client.client_id, **changes}, client)


def kept(world: World, reply: Reply, client_id: str = "espace") -> dict[str, str]:
    """Return the parameters that a push stands for; fails where it was refused."""
    assert 201 == reply.status, reply.body
    found = world.pushes.requests.peek(client_id, body_of(reply)["request_uri"])
    assert found is not None
    return found.parameters.as_dict()


def refusal(reply: Reply) -> tuple[int, str]:
    """Return what a refusal says; it is never stored, and gives no `request_uri`."""
    assert ("Cache-Control", "no-store") in reply.headers
    assert "request_uri" not in body_of(reply)
    return reply.status, body_of(reply)["error"]


def test_the_answer(world: World) -> None:
    """Section 2.2: 201, a request_uri of 256 random bits, its seconds, and no cache keeps it."""
    reply = push(world)
    assert 201 == reply.status
    assert {("Content-Type", "application/json"), ("Cache-Control", "no-store")} <= set(reply.headers)
    told = body_of(reply)
    assert ({"request_uri", "expires_in"}, 60) == (set(told), told["expires_in"])
    assert looks_opaque(told["request_uri"].removeprefix(PREFIX))
    assert SOUND == kept(world, reply)
    assert told["request_uri"] != body_of(push(world))["request_uri"]


def test_what_it_costs(world: World) -> None:
    """One write to the key-value store, which is SQL here, and no statement beside it: the client comes from memory."""
    push(world)
    with counted(world.store.engine) as statements:
        assert 201 == push(world).status
    (statement,) = statements
    assert "key_values" in statement


def test_only_what_means_something_is_kept(world: World) -> None:
    """No credential of the client's goes into the store, and nothing that /authorize would ignore (N-005)."""
    sent = {name: value for name, value in SOUND.items() if value is not None}
    fields = {**sent, "client_secret": SECRET, "unheard_of": "x", "state": ""}
    world.channel.clients.upsert(replace(CLIENT, token_endpoint_auth_method="client_secret_post"))
    assert sent.keys() - {"state"} == kept(world, world.to.par(form("/par", fields))).keys()


@pytest.mark.parametrize("client", [CLIENT, PUBLIC, OTHER])
def test_every_client_may(world: World, client: Any) -> None:
    """One with a secret, and one without credentials, by its client_id (section 2.1)."""
    assert client.client_id == kept(world, push(world, client), client.client_id)["client_id"]


def test_who_calls_may_have_said_so_in_its_credentials_alone(world: World) -> None:
    """The request is that of the client that proved itself, and another's name in it is no proof of that."""
    assert "espace" == kept(world, push(world, client_id=None))["client_id"]
    assert (401, "invalid_client") == refusal(push(world, client_id="other"))


def test_who_may_not(world: World) -> None:
    """N-032: as at the token endpoint; nothing is kept, and the answer is the same for an unknown client."""
    sent = {name: value for name, value in SOUND.items() if value is not None}
    for headers in ({}, basic("espace", "wrong"), basic("nobody", SECRET), {"authorization": "Bearer x"}):
        assert (401, "invalid_client") == refusal(world.to.par(form("/par", sent, headers)))
    assert (401, "invalid_client") == refusal(world.to.par(form("/par", {**sent, "client_id": "nobody"})))
    world.channel.clients.upsert(replace(CLIENT, enabled=False))
    assert (401, "invalid_client") == refusal(push(world))


def test_an_assertion_is_for_the_issuer(world: World) -> None:
    """C-05, V-19: the rules of the token endpoint; this endpoint's own address is nobody's audience, nor is a list."""
    robot = replace(
        CLIENT, client_id="robot", token_endpoint_auth_method="private_key_jwt", secrets=(), jwks={"keys": [KEY.public]}
    )
    kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

    def proven(audience: object) -> Reply:
        assertion = KEY.assertion(world.clock(), aud=audience)
        sent = {name: value for name, value in {**SOUND, "client_id": "robot"}.items() if value is not None}
        fields = {**sent, "client_assertion": assertion, "client_assertion_type": kind}
        return world.to.par(form("/par", fields))

    for legacy in (False, True):
        world.channel.clients.upsert(replace(robot, legacy_assertion_audience=legacy))
        assert "robot" == kept(world, proven(ISSUER), "robot")["client_id"]
        assert (201 if legacy else 401) == proven(f"{ISSUER}/token").status
        for audience in (PAR, [ISSUER], [ISSUER, PAR], "https://evil.example"):
            assert (401, "invalid_client") == refusal(proven(audience))


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        ({"request_uri": f"{PREFIX}{'x' * 43}"}, "invalid_request", "a pushed request cannot contain request_uri"),
        (
            {"request_uri": "https://a.example"},
            "invalid_request",
            "a pushed request cannot contain request_uri",
        ),
        ({"redirect_uri": None}, "invalid_request", "redirect_uri is missing"),
        ({"redirect_uri": f"{CALLBACK}/"}, "invalid_request", "redirect_uri is not registered for this client"),
        (
            {"redirect_uri": "https://evil.example"},
            "invalid_request",
            "redirect_uri is not registered for this client",
        ),
        ({"state": "x" * 16_385}, "invalid_request", "the request is too long"),
        ({"state": "x" * 4097}, "invalid_request", "state is too long"),
        ({"response_type": None}, "invalid_request", "response_type is missing"),
        ({"response_type": "token"}, "unsupported_response_type", "response_type is not supported"),
        ({"response_type": "code id_token"}, "unauthorized_client", "this client may not use this response_type"),
        ({"response_mode": "web_message"}, "invalid_request", "response_mode is not supported"),
        ({"scope": "profile"}, "invalid_scope", "scope must contain openid"),
        ({"scope": "openid address"}, "invalid_scope", "a requested scope is not registered for this client"),
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request", "code_challenge is required"),
        ({"code_challenge_method": "plain"}, "invalid_request", "code_challenge_method must be S256"),
        ({"prompt": "none login"}, "invalid_request", None),
        ({"max_age": "soon"}, "invalid_request", "max_age must be a number of seconds"),
        ({"claims": "{"}, "invalid_request", None),
        ({"id_token_hint": "a.b.c"}, "invalid_request", "id_token_hint is not an ID token issued to this client"),
        ({"resource": "https://unknown.example"}, "invalid_target", None),
        ({"registration": "{}"}, "registration_not_supported", None),
        ({"request": "a.b.c"}, "invalid_request_object", "the request object is not valid"),
        ({"dpop_jkt": "short"}, "invalid_request", "dpop_jkt must be a SHA-256 JWK thumbprint"),
    ],
)
def test_what_may_not_be_pushed(lite: World, changes: Mapping[str, str], error: str, said: str | None) -> None:
    """Section 2.3: what /authorize refuses or shows, told to the caller at once, each time with status 400."""
    reply = push(lite, **changes)
    assert (400, error) == refusal(reply)
    assert said in (None, body_of(reply).get("error_description"))


@pytest.fixture(scope="module")
def lite(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A back channel that no test of a refusal changes."""
    return open_world(sqlite_store(tmp_path_factory.mktemp("par")))


def test_the_form_is_a_form_with_one_value_each(lite: World) -> None:
    """N-030: parameters are in the body, as a form, and none repeats but `resource`."""
    pairs = [(name, value) for name, value in SOUND.items() if value is not None]
    proof = basic("espace", SECRET)
    for repeated in ("redirect_uri", "client_id", "scope", "state", "unheard_of"):
        twice = [*pairs, (repeated, "x"), (repeated, "y")]
        assert (400, "invalid_request") == refusal(lite.to.par(form("/par", twice, proof)))
    both = [*pairs, ("resource", API), ("resource", "https://other-api.example.org")]
    assert 201 == lite.to.par(form("/par", both, proof)).status
    sound = form("/par", pairs, proof)
    queried = replace(sound, query=Parameters((("client_id", "espace"),)))
    typed = replace(sound, headers={**sound.headers, "content-type": "application/json"})
    for request in (queried, typed):
        assert (400, "invalid_request") == refusal(lite.to.par(request))


def test_a_request_object(world: World) -> None:
    """Section 3: what the client signed is pushed, and counts as at /authorize; the object itself is not kept."""
    world.channel.clients.upsert(SIGNS)
    now = world.clock()
    claims = {**SOUND, "client_id": "signs", "state": "inside"}
    sent = {"request": request_object(KEY, now, claims)}
    assert {**claims} == kept(world, world.call("/par", sent, SIGNS), "signs")
    strict = replace(SIGNS, require_signed_request_object=True)
    world.channel.clients.upsert(strict)
    assert {**claims} == kept(world, world.call("/par", {**sent, "login_hint": "unsigned"}, SIGNS), "signs")
    assert (400, "invalid_request") == refusal(push(world, SIGNS))
    for wrong in (
        {"request": request_object(OTHER_KEY, now, claims)},
        {"request": request_object(KEY, now, {**claims, "client_id": "espace"})},
        {"request": request_object(KEY, now, {**claims, "request_uri": f"{PREFIX}{'x' * 43}"})},
        {"request": request_object(KEY, now, {**claims, "aud": PAR})},
        {"request": request_object(KEY, now, {**claims, "exp": now})},
    ):
        assert (400, "invalid_request_object") == refusal(world.call("/par", wrong, SIGNS))


def test_a_proof_binds_the_code_to_come(world: World) -> None:
    """RFC 9449 section 10.1: by the header as by the parameter, and never by two different keys."""

    def proven(key: Any, url: str = PAR, **sent: str | None) -> Reply:
        return world.call("/par", {**SOUND, **sent}, dpop=key.proof(world.clock(), url=url))

    for sent in ({}, {"dpop_jkt": KEY.thumbprint}):
        assert KEY.thumbprint == kept(world, proven(KEY, **sent))["dpop_jkt"]
    assert (400, "invalid_request") == refusal(proven(OTHER_KEY, dpop_jkt=KEY.thumbprint))
    assert (400, "invalid_dpop_proof") == refusal(proven(KEY, f"{ISSUER}/token"))
    assert (400, "invalid_dpop_proof") == refusal(world.call("/par", SOUND, dpop="nonsense"))
    world.channel.clients.upsert(SIGNS)
    signed = {"request": request_object(KEY, world.clock(), {**SOUND, "client_id": "signs"})}
    reply = world.call("/par", signed, SIGNS, dpop=KEY.proof(world.clock(), url=PAR))
    assert KEY.thumbprint == kept(world, reply, "signs")["dpop_jkt"]


VALUES = st.one_of(
    st.text(max_size=60),
    st.text(string.printable, max_size=20),
    st.sampled_from([*SUPPORTED, CALLBACK, "openid", "S256", "none", "login", "{}", "[]", "0", "-1", API, "a.b.c"]),
)


@given(st.dictionaries(st.sampled_from(sorted(PARAMETERS - {"client_id"})), VALUES, max_size=8))
def test_whatever_is_pushed_is_answered(lite: World, changes: dict[str, str]) -> None:
    """A kept request or an error of the protocol, in its characters; what is kept is what /authorize lets through."""
    reply = lite.to.par(form("/par", {**_filled(), **changes}, basic("espace", SECRET)))
    told = body_of(reply)
    if reply.status == 201:
        found = lite.pushes.requests.take("espace", told["request_uri"])
        assert found is not None
        assert found.parameters.get("redirect_uri") in CLIENT.redirect_uris
        assert "openid" in (found.parameters.get("scope") or "").split()
        return
    assert 400 == reply.status
    assert {"error"} <= told.keys() <= {"error", "error_description"}
    assert not {value for value in changes.values() if len(value) > 12 and value in reply.body.decode()}


def _filled() -> dict[str, str]:
    return {name: value for name, value in SOUND.items() if value is not None}
