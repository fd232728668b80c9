"""The versions of applications, on both databases."""

from dataclasses import replace

from idp.store.client_versions import ClientVersion, Hand
from idp.store.clients import client_of, registration_of
from idp.store.db import Store
from tests.support.records import CLIENT


def version(number: int, act: str = "update") -> ClientVersion:
    """Return a version of the client."""
    return ClientVersion("espace", number, act, "operator:x", "command", "Pourquoi", number, registration_of(CLIENT))


def test_the_newest_comes_first_in_pages(store: Store) -> None:
    """A page goes on below a number; a version that nobody kept is not there."""
    with store.begin() as unit:
        unit.clients.upsert(CLIENT, 1)
        for number in (1, 3, 4):
            unit.client_versions.add(version(number))
    with store.reading() as unit:
        assert [4, 3] == [one.number for one in unit.client_versions.list("espace", limit=2)]
        assert [version(1)] == unit.client_versions.list("espace", below=3)
        assert version(3) == unit.client_versions.get("espace", 3)
        assert unit.client_versions.get("espace", 2) is None


def test_every_hand_is_known(store: Store) -> None:
    """However many versions somebody else made since; what nobody's act made has no hand."""
    with store.begin() as unit:
        unit.clients.upsert(CLIENT, 1)
        unit.client_versions.add(version(1))
        unit.client_versions.add(replace(version(2), actor="", door=""))
        for number in range(3, 130):
            unit.client_versions.add(replace(version(number), actor="robot", door="api"))
        hands = unit.client_versions.hands("espace")
    assert [Hand("operator:x", "command", 1), Hand("robot", "api", 3)] == hands


def test_they_go_with_their_client(store: Store) -> None:
    """Nothing is left of what was deleted."""
    with store.begin() as unit:
        unit.clients.upsert(CLIENT, 1)
        unit.client_versions.add(version(1))
        assert unit.clients.remove("espace")
        assert not unit.clients.remove("espace")
        assert [] == unit.client_versions.list("espace")


def test_a_registration_is_a_client_without_its_secrets() -> None:
    """Everything else comes back; no digest of a secret is in it."""
    registration = registration_of(CLIENT)
    assert CLIENT.secrets
    assert not any(held.digest in str(registration) for held in CLIENT.secrets)
    assert replace(CLIENT, secrets=()) == client_of("espace", registration)
