"""Who is let in to the API, over a real back channel."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from idp.admin.actor import Actor
from idp.admin.api.guard import Guard
from idp.admin.api.problems import Problem
from idp.admin.roles import Role
from idp.endpoints.dpop import DpopGate
from idp.protocol.messages import Request
from idp.protocol.names import ADMIN_API
from tests.support.assertions import client_key
from tests.support.back_channel import CLIENT, ISSUER, World, body_of, open_world
from tests.support.ports import MemoryKeyValue
from tests.support.stores import sqlite_store

RESOURCE = ISSUER + ADMIN_API
PATH = f"{ADMIN_API}/cases"
ROBOT = replace(
    CLIENT,
    client_id="robot",
    grant_types=frozenset({"client_credentials", "authorization_code"}),
    scopes=frozenset({"openid", "admin:members", "admin:auditor", "admin:everything", "other"}),
    audiences=(RESOURCE, "https://elsewhere.example"),
)
KEY, OTHER = client_key("guard"), client_key("another")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A back channel with a client that may administer."""
    store = sqlite_store(tmp_path)
    made = open_world(store)
    made.channel.clients.upsert(ROBOT)
    yield made
    store.engine.dispose()


@pytest.fixture
def kv(world: World) -> MemoryKeyValue:
    """Where requests are counted."""
    return MemoryKeyValue(world.clock)


@pytest.fixture
def guard(world: World, kv: MemoryKeyValue) -> Guard:
    """The guard, which lets three requests a minute in."""
    channel = world.channel
    dpop = DpopGate(channel.replay, channel.issuer, channel.clock)
    return Guard(channel.access, dpop, kv, channel.clock, resource=RESOURCE, per_minute=3)


def token(world: World, scope: str = "admin:members", resource: str | None = RESOURCE, **headers: str) -> str:
    """Return a token of the client's own."""
    fields = {"grant_type": "client_credentials", "scope": scope, "resource": resource}
    return str(body_of(world.call("/token", fields, ROBOT, **headers))["access_token"])


def admitted(guard: Guard, value: str, scheme: str = "Bearer", **headers: str) -> Actor:
    """Come with a token."""
    sent = {"authorization": f"{scheme} {value}", **headers}
    return guard.admit(Request("GET", PATH, headers=sent, remote="192.0.2.7", reference="r-1"))


def refused(guard: Guard, value: str, scheme: str = "Bearer", **headers: str) -> str:
    """Return why a token opens nothing."""
    with pytest.raises(Problem) as caught:
        admitted(guard, value, scheme, **headers)
    assert "WWW-Authenticate" in dict(caught.value.headers)
    return caught.value.kind.name


def test_scopes_are_roles(world: World, guard: Guard) -> None:
    """Those that name a role, and no other; the actor is the client."""
    actor = admitted(guard, token(world, "admin:members admin:auditor admin:everything other"))
    assert (frozenset({Role.MEMBERS, Role.AUDITOR}), "robot", "api") == (actor.roles, actor.id, actor.door)
    assert {"actor": "robot", "door": "api", "network": "192.0.2.7", "reference": "r-1"} == actor.facts()


def test_a_members_token_opens_nothing(world: World, guard: Guard) -> None:
    """Whatever its scopes and its resource: a member is behind it."""
    issued = world.tokens(ROBOT, "openid admin:members", resources=(RESOURCE,))
    assert "invalid-token" == refused(guard, issued["access_token"])


@pytest.mark.parametrize("resource", [None, "https://elsewhere.example"])
def test_a_token_of_another_resource_opens_nothing(world: World, guard: Guard, resource: str | None) -> None:
    """A resource server that was shown a token cannot use it here."""
    assert "invalid-token" == refused(guard, token(world, resource=resource))


def test_a_bound_token_needs_its_proof(world: World, guard: Guard) -> None:
    """As bearer, without proof, with another's: refused. A plain token with the DPoP scheme too."""
    proof = KEY.proof(world.clock(), url=f"{ISSUER}/token")
    value = token(world, dpop=proof)
    here = f"{ISSUER}{PATH}"
    other = OTHER.proof(world.clock(), method="GET", url=here, access_token=value)
    assert ["invalid-token"] * 3 == [
        refused(guard, value),
        refused(guard, value, "DPoP"),
        refused(guard, value, "DPoP", dpop=other),
    ]
    good = KEY.proof(world.clock(), method="GET", url=here, access_token=value)
    assert "robot" == admitted(guard, value, "DPoP", dpop=good).id
    assert "invalid-token" == refused(guard, value, "DPoP", dpop=good)
    assert "invalid-token" == refused(guard, token(world), "DPoP", dpop=good)


def test_a_scope_that_was_taken_away_is_gone(world: World, guard: Guard) -> None:
    """From the next request on; a client that is disabled opens nothing."""
    value = token(world)
    world.channel.clients.upsert(replace(ROBOT, scopes=frozenset({"other"})))
    assert frozenset() == admitted(guard, value).roles
    world.channel.clients.upsert(replace(ROBOT, enabled=False))
    assert "invalid-token" == refused(guard, value)


def test_expired_and_revoked(world: World, guard: Guard) -> None:
    """At once, though the token is signed: the row is asked."""
    value, other = token(world), token(world)
    world.call("/revoke", {"token": value}, ROBOT)
    assert "invalid-token" == refused(guard, value)
    world.clock.forward(3600)
    assert "invalid-token" == refused(guard, other)


@pytest.mark.parametrize("down", [False, True])
def test_a_client_may_not_call_without_end(world: World, guard: Guard, kv: MemoryKeyValue, down: bool) -> None:
    """Refused until the minute is over, also where this process counts alone."""
    kv.down = down
    value = token(world)
    for _ in range(3):
        admitted(guard, value)
    with pytest.raises(Problem) as caught:
        admitted(guard, value)
    wait = int(dict(caught.value.headers)["Retry-After"])
    assert ("too-many-requests", True) == (caught.value.kind.name, 0 < wait <= 60)
    world.clock.forward(wait)
    assert "robot" == admitted(guard, value).id
