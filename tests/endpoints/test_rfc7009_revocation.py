"""Revocation: the caller's tokens only, in effect before the answer (N-055)."""

import pytest
from sqlalchemy import event, select

from idp.protocol.errors import Unavailable
from idp.store.grants import GRANTS
from tests.support.back_channel import OTHER, PUBLIC, World, body_of

OFFLINE = "openid offline_access"


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
@pytest.mark.parametrize("hint", [None, "access_token", "refresh_token", "made_up_hint"])
def test_one_authorization_dies_as_a_whole(world: World, kind: str, hint: str | None) -> None:
    """V-42: after a revocation its sibling is dead too; a wrong or unknown hint changes nothing (RFC 7009 2.2.1)."""
    tokens = world.tokens(scope=OFFLINE)
    reply = world.call("/revoke", {"token": tokens[kind], "token_type_hint": hint})
    assert 200 == reply.status
    assert 401 == world.userinfo(tokens["access_token"]).status
    assert 400 == world.refresh(tokens["refresh_token"]).status


def test_it_holds_on_both_databases(both: World) -> None:
    """N-055 on SQLite and PostgreSQL."""
    tokens = both.tokens(scope=OFFLINE)
    both.call("/revoke", {"token": tokens["refresh_token"]})
    assert 401 == both.userinfo(tokens["access_token"]).status


def test_another_clients_token_is_left_alone(world: World) -> None:
    """V-42: 200 and no effect."""
    token = world.tokens()["access_token"]
    assert 200 == world.call("/revoke", {"token": token}, OTHER).status
    assert 200 == world.call("/revoke", {"token": token}, PUBLIC).status
    assert 200 == world.userinfo(token).status


@pytest.mark.parametrize("token", ["x", "x" * 43, "é", "a.b.c", "A" * 100000])
def test_unknown_tokens_answer_the_same(world: World, token: str) -> None:
    """RFC 7009 section 2.2: 200 for what does not exist."""
    assert 200 == world.call("/revoke", {"token": token}).status


def test_a_public_client_revokes_its_own(world: World) -> None:
    """RFC 7009 section 2.1: client authentication as registered, for a public client its id."""
    tokens = world.tokens(PUBLIC, OFFLINE)
    assert 200 == world.call("/revoke", {"token": tokens["refresh_token"]}, PUBLIC).status
    assert 401 == world.userinfo(tokens["access_token"]).status


def test_a_machines_token_dies_alone(world: World) -> None:
    """A token without a grant has no siblings."""
    grant = {"grant_type": "client_credentials"}
    first, second = (body_of(world.call("/token", grant))["access_token"] for _ in range(2))
    world.call("/revoke", {"token": first})
    assert [False, True] == [world.introspect(token)["active"] for token in (first, second)]


def test_a_database_fault_is_not_a_success(world: World) -> None:
    """V-40: what could not be written is told as unavailable, and the token lives."""
    token = world.tokens()["access_token"]
    with world.store.begin() as unit:
        unit.session.execute(select(GRANTS))
        with pytest.raises(Unavailable):
            _revoke_with_short_patience(world, token)
    assert 200 == world.userinfo(token).status


def _revoke_with_short_patience(world: World, token: str) -> None:
    @event.listens_for(world.store.engine, "checkout")
    def impatient(connection: object, *_rest: object) -> None:
        connection.execute("PRAGMA busy_timeout=20")  # type: ignore[attr-defined]  # a sqlite3 connection

    try:
        world.call("/revoke", {"token": token})
    finally:
        event.remove(world.store.engine, "checkout", impatient)


def test_missing_token_is_an_invalid_request(world: World) -> None:
    """RFC 7009 section 2.1."""
    reply = world.call("/revoke", {})
    assert (400, "invalid_request") == (reply.status, body_of(reply)["error"])
