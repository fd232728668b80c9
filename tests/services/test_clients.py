"""Clients: a short cache of real ones, secrets by digest."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, update

from idp.protocol.client import Client, ClientSecret
from idp.protocol.errors import Unavailable
from idp.protocol.opaque import digest
from idp.services.clients import Clients
from idp.store.tables import ClientRow
from tests.support.assertions import client_key
from tests.support.faults import broken_database
from tests.support.statements import counted
from tests.support.stores import Clock, open_store, sqlite_store

CLIENT = Client(client_id="espace", name="Espace", origins=frozenset({"https://app.example.org"}))


class Set:
    """A store with one client, and two nodes on it."""

    def __init__(self, folder: Path) -> None:
        self.clock = Clock()
        self.store = sqlite_store(folder)
        self.clients = Clients(self.store, self.clock)
        self.other_node = Clients(self.store, self.clock)
        self.clients.upsert(CLIENT, "s3cret")


@pytest.fixture
def given(tmp_path: Path) -> Iterator[Set]:
    """One client, two nodes."""
    made = Set(tmp_path)
    yield made
    made.store.engine.dispose()


def test_one_read_within_the_time(given: Set) -> None:
    """Budget: a client is read once, and in a second once whether any was changed."""
    with counted(given.store.engine) as statements:
        for _ in range(10):
            assert given.clients.get("espace") is not None
    assert 2 == len(statements)
    given.clock.forward(1)
    with counted(given.store.engine) as statements:
        for _ in range(10):
            assert given.clients.get("espace") is not None
    assert 1 == len(statements)


def test_a_change_is_seen_at_once_here_and_soon_elsewhere(given: Set) -> None:
    """This node forgets what it changes; another one within a second."""
    assert given.other_node.get("espace") is not None
    given.clients.upsert(replace(CLIENT, enabled=False))
    assert [False, True] == [_enabled(node) for node in (given.clients, given.other_node)]
    given.clock.forward(1)
    assert not _enabled(given.other_node)


@pytest.mark.parametrize("odd", ["\0", "espace\0", "\ud800", "é", "es pace", "espace\n", "\x7f"])
def test_an_odd_id_is_nobody(migrated_database_url: str, odd: str) -> None:
    """Whatever is not printable ASCII names no client, on both databases, and is no fault of theirs."""
    store = open_store(migrated_database_url)
    clients = Clients(store, Clock())
    assert (None, None) == (clients.get(odd), clients.keys(odd))
    store.engine.dispose()


def test_unknown_ids_are_not_remembered(given: Set) -> None:
    """V-85: made-up ids, long ones included, cost no memory."""
    for number in range(300):
        assert given.clients.get(f"made-up-{number}") is None
    assert given.clients.get("x" * 10_000) is None
    assert given.clients.get("") is None
    assert len(given.clients._entries) <= 1


def test_secrets_are_compared_by_digest(given: Set) -> None:
    """V-17, V-21: the right one, and no other; an unknown client has none."""
    client = given.clients.get("espace")
    assert given.clients.secret_holds(client, "s3cret")
    for wrong in ("", "S3cret", "s3cret ", digest("s3cret"), "no client has this secret"):
        assert not given.clients.secret_holds(client, wrong)
        assert not given.clients.secret_holds(None, wrong)


def test_a_declared_secret_is_kept_once(given: Set) -> None:
    """Declaring the same client again changes nothing; at most two secrets are held."""
    stored = given.clients.get("espace")
    assert stored is not None
    given.clients.upsert(stored, "s3cret")
    assert stored == given.clients.get("espace")
    given.clients.upsert(stored, "another")
    held = given.clients.get("espace")
    assert held is not None
    given.clients.upsert(held, "third")
    last = given.clients.get("espace")
    assert last is not None
    assert [digest("another"), digest("third")] == [secret.digest for secret in last.secrets]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"subject_type": "pairwise", "redirect_uris": ("https://a.example/", "https://b.example/")}, "one host"),
        ({"id_token_encrypted_response_alg": "RSA-OAEP-256"}, "jwks"),
    ],
)
def test_what_cannot_be_done_is_not_registered(given: Set, changes: dict[str, Any], said: str) -> None:
    """A client that wants what it cannot get is told so instead of getting something else."""
    with pytest.raises(ValueError, match=said):
        given.clients.upsert(replace(CLIENT, **changes))
    assert given.clients.get("espace") != replace(CLIENT, **changes)


def test_an_expired_secret_is_none(given: Set) -> None:
    """Its end is its last second."""
    ending = (ClientSecret(digest("s3cret"), 0, given.clock() + 1),)
    client = replace(CLIENT, secrets=ending)
    assert given.clients.secret_holds(client, "s3cret")
    given.clock.forward(1)
    assert not given.clients.secret_holds(client, "s3cret")


def test_origins_are_those_of_enabled_clients(given: Set) -> None:
    """N-008: registered by a client, and gone when that is disabled."""
    assert {"https://app.example.org"} == given.clients.origins()
    given.clients.upsert(replace(CLIENT, enabled=False))
    assert frozenset() == given.clients.origins()


def test_keys_are_parsed_once(given: Set) -> None:
    """The same object while cached; none where none is registered or it is no JWKS."""
    assert given.clients.keys("espace") is None
    given.clients.upsert(replace(CLIENT, jwks={"keys": [client_key().public]}))
    assert given.clients.keys("espace") is given.clients.keys("espace")
    assert given.clients.keys("espace") is not None
    given.clients.upsert(replace(CLIENT, jwks={"keys": "x"}))
    assert given.clients.keys("espace") is None


def _enabled(clients: Clients) -> bool:
    client = clients.get("espace")
    return client is not None and client.enabled


def test_what_is_drawn_from_all_clients_is_read_after_a_change_alone(given: Set) -> None:
    """Budget: nothing but the stamp, once a second, for whoever asks; nothing but the members that are wanted."""
    own = replace(CLIENT, client_id="own", first_party=True, origins=frozenset())
    given.clients.upsert(own)
    given.clients.upsert(replace(own, client_id="ended", enabled=False))
    other = given.other_node
    with counted(given.store.engine) as statements:
        for _ in range(10):
            assert (["own"], CLIENT.origins) == ([one.client_id for one in other.first_party()], other.origins())
    assert 3 == len(statements)
    assert 1 == len([one for one in statements if "secrets" in one])
    given.clock.forward(60)
    with counted(given.store.engine) as statements:
        assert (1, CLIENT.origins) == (len(other.first_party()), other.origins())
    assert 1 == len(statements)
    given.clients.upsert(replace(own, enabled=False))
    given.clock.forward(1)
    assert ((), CLIENT.origins) == (other.first_party(), other.origins())


def test_both_databases_know_what_is_wanted(migrated_database_url: str) -> None:
    """A member that an older version did not write counts as its default."""
    store = open_store(migrated_database_url)
    with store.begin() as unit:
        unit.clients.upsert(replace(CLIENT, client_id="drawn", first_party=True), 1)
        unit.clients.upsert(replace(CLIENT, client_id="before", origins=frozenset({"https://b.example"})), 1)
        old = update(ClientRow).where(ClientRow.client_id == "before")
        unit.session.execute(old.values({ClientRow.metadata_: {"client_uri": "https://b.example/"}}))
        assert (["drawn"], CLIENT.origins) == (
            [one.client_id for one in unit.clients.first_party()],
            unit.clients.origins(),
        )
        unit.session.execute(delete(ClientRow))
    store.engine.dispose()


def test_one_reads_and_the_others_get_what_was_known(given: Set) -> None:
    """However many ask while a database is slow; who comes first of all waits for a while, and is told."""
    assert CLIENT.origins == given.clients.origins()
    given.other_node.upsert(replace(CLIENT, enabled=False))
    given.clock.forward(1)
    with given.clients._origins.lock:
        assert CLIENT.origins == given.clients.origins()
    assert frozenset() == given.clients.origins()
    fresh = Clients(given.store, given.clock)
    with fresh._origins.lock, pytest.raises(Unavailable):
        fresh.origins()


def test_origins_outlast_the_database(given: Set) -> None:
    """A page of a registered application may go on to read answers; where nothing is known yet, it is told."""
    assert CLIENT.origins == given.clients.origins()
    given.clock.forward(60)
    with broken_database(given.store.engine):
        assert CLIENT.origins == given.clients.origins()
        for nothing_known in (given.other_node.origins, given.clients.first_party):
            with pytest.raises(Unavailable):
                nothing_known()
    assert CLIENT.origins == given.other_node.origins()
