"""What became of an application, and the way back."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from idp.admin.actor import Actor, ForbiddenError, operator
from idp.admin.acts.refusals import ConflictError, RefusedError, UnknownError
from idp.admin.registration.differences import Difference
from idp.admin.roles import Role
from tests.support.cast import ESPACE
from tests.support.client_acts import ClientHouse
from tests.support.stores import sqlite_store

ROOT = operator("root")
KEEPER = Actor("keeper", frozenset({Role.CLIENTS}), "api")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[ClientHouse]:
    """The acts over an application that nobody's act made."""
    store = sqlite_store(tmp_path)
    made = ClientHouse.over(store)
    made.clients.upsert(ESPACE, "a-secret-of-before")
    yield made
    store.engine.dispose()


def test_what_there_was_is_kept(house: ClientHouse) -> None:
    """The first act keeps the registration that it found; each says who, how, why, and what it changed."""
    (found,) = house.history.list(ROOT, "espace")
    assert (1, "", "", ()) == (found.number, found.act, found.who, found.changes)
    house.acts.update(KEEPER, "espace", {"client_name": "Autre"}, reason="Nouveau nom")
    house.acts.disable(ROOT, "espace")
    third, second, first = house.history.list(ROOT, "espace")
    assert (3, "disable", "operator:root", "command", "") == (
        third.number,
        third.act,
        third.who,
        third.door,
        third.reason,
    )
    assert [Difference("enabled", True, False)] == third.changes
    assert ("update", "keeper", "api", "Nouveau nom") == (second.act, second.who, second.door, second.reason)
    assert [Difference("client_name", ESPACE.name, "Autre")] == second.changes
    assert found == first


def test_pages_and_what_others_changed(house: ClientHouse) -> None:
    """A page goes on below a number; a change that was no administrator's is among the versions all the same."""
    house.acts.update(ROOT, "espace", {"client_name": "Un"})
    house.clients.upsert(replace(house.acts.show(ROOT, "espace"), name="Sans nous"))
    assert [3, 2] == [one.number for one in house.history.list(ROOT, "espace", limit=2)]
    house.acts.update(ROOT, "espace", {"client_name": "Deux"})
    assert ["update", "", "update", ""] == [one.act for one in house.history.list(ROOT, "espace")]
    below = house.history.list(ROOT, "espace", below=3, limit=1)
    assert [(2, [Difference("client_name", ESPACE.name, "Un")])] == [(one.number, one.changes) for one in below]


def test_no_version_holds_a_secret(house: ClientHouse) -> None:
    """Neither a secret nor its digest, whatever the act."""
    secret = house.acts.rotate_secret(ROOT, "espace", 60).secret
    digests = [one.digest for one in house.acts.show(ROOT, "espace").secrets]
    with house.store.reading() as unit:
        rows = str([one.registration for one in unit.client_versions.list("espace")])
    assert [False] * 3 == [word in rows for word in (secret, *digests)]
    assert ["rotate_secret", ""] == [one.act for one in house.history.list(ROOT, "espace")]


def test_an_administrator_is_named(house: ClientHouse) -> None:
    """By login: an id says nothing to anybody."""
    with house.store.begin() as unit:
        unit.administrators.add(
            account_id="a" * 32, subject="s", login="marie@fund.example", name="Marie", roles=["clients"], now=1
        )
    marie = Actor("a" * 32, frozenset({Role.CLIENTS}), "console")
    house.acts.update(marie, "espace", {"client_name": "Autre"})
    newest = house.history.list(ROOT, "espace")[0]
    assert ("marie@fund.example", "a" * 32) == (newest.who, newest.actor)


def test_the_way_back(house: ClientHouse) -> None:
    """A former registration holds again; neither secrets nor a stopped application come back with it."""
    house.acts.update(ROOT, "espace", {"client_name": "Autre", "description": "Neuf"})
    house.acts.rotate_secret(ROOT, "espace", 0)
    house.acts.disable(ROOT, "espace")
    held = house.acts.show(ROOT, "espace")
    assert {"client_name", "description", "enabled"} == {one.member for one in house.history.compare(ROOT, "espace", 1)}
    number = house.history.roll_back(KEEPER, "espace", 1, reason="C’était mieux")
    after = house.acts.show(ROOT, "espace")
    assert replace(ESPACE, enabled=False, secrets=held.secrets) == after
    newest = house.history.list(ROOT, "espace")[0]
    assert (number, "roll_back", "C’était mieux") == (newest.number, newest.act, newest.reason)
    event = house.recorded()[-1]
    assert ("client_rolled_back", 1) == (event.event, event.details["to"])
    assert [] == house.history.compare(ROOT, "espace", number)


def test_a_way_back_to_a_secret_revives_none(house: ClientHouse) -> None:
    """An application that gave its secrets up needs a new one."""
    house.acts.update(ROOT, "espace", {"token_endpoint_auth_method": "none", "grant_types": ["authorization_code"]})
    house.history.roll_back(ROOT, "espace", 1)
    client = house.acts.show(ROOT, "espace")
    assert ("client_secret_basic", ()) == (client.token_endpoint_auth_method, client.secrets)


def test_what_is_not_allowed_any_more_does_not_come_back(house: ClientHouse) -> None:
    """A former registration is judged by today's rules."""
    house.clients.upsert(replace(ESPACE, client_id="old", redirect_uris=("http://app.example.org/cb",)))
    house.acts.update(ROOT, "old", {"redirect_uris": ["https://app.example.org/cb"]})
    with pytest.raises(RefusedError) as refusal:
        house.history.roll_back(ROOT, "old", 1)
    assert "redirect_uris" == refusal.value.member


def test_a_way_back_that_is_none(house: ClientHouse) -> None:
    """A version that is not there, the present one, and one that somebody else overtook."""
    with pytest.raises(UnknownError):
        house.history.roll_back(ROOT, "espace", 7)
    house.acts.update(ROOT, "espace", {"client_name": "Autre"})
    with pytest.raises(ConflictError):
        house.history.roll_back(ROOT, "espace", 2)
    with pytest.raises(ConflictError) as refusal:
        house.history.roll_back(ROOT, "espace", 1, version=1)
    assert "version" == refusal.value.member


def test_a_way_back_to_administration_is_the_security_roles(house: ClientHouse) -> None:
    """A former registration may have had scopes that only the security role gives."""
    house.acts.create(ROOT, "robot", "machine", {"client_name": "Robot", "scope": "admin:members"})
    house.acts.update(ROOT, "robot", {"scope": None})
    with pytest.raises(ForbiddenError):
        house.history.roll_back(KEEPER, "robot", 1)
    house.history.roll_back(ROOT, "robot", 1)
    assert {"admin:members"} == house.acts.show(ROOT, "robot").scopes


@pytest.mark.parametrize("role", list(Role))
def test_whose_it_is(house: ClientHouse, role: Role) -> None:
    """Those who manage applications look and go back, auditors look, nobody else anything."""
    house.acts.update(ROOT, "espace", {"client_name": "Autre"})
    actor = Actor("x", frozenset({role}), "api")
    for act, reads in (
        (lambda: house.history.list(actor, "espace"), True),
        (lambda: house.history.compare(actor, "espace", 1), True),
        (lambda: house.history.roll_back(actor, "espace", 1), False),
    ):
        if role is Role.CLIENTS or (reads and role is Role.AUDITOR):
            assert act()
            continue
        with pytest.raises(ForbiddenError):
            act()
