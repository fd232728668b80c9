"""The repository of clients, on both databases."""

from dataclasses import replace

from idp.store.db import Store
from tests.support.records import CLIENT


def test_a_client_comes_back_as_it_was(store: Store) -> None:
    """Every member survives, frozen collections and unnamed metadata included."""
    with store.begin() as unit:
        unit.clients.upsert(CLIENT, 1)
    with store.reading() as unit:
        assert unit.clients.get("espace") == CLIENT
        assert unit.clients.get("nobody") is None


def test_what_the_standards_name_survives_in_its_kind(store: Store) -> None:
    """Lists come back as tuples in their order, texts by language as a mapping."""
    client = replace(
        CLIENT,
        default_acr_values=("b", "a"),
        request_uris=("https://rp.example/r.jwt#digest",),
        contacts=("dsi@rp.example",),
        backchannel_logout_session_required=True,
        localized={"client_name#fr": "Mon espace"},
        registered_dynamically=True,
    )
    with store.begin() as unit:
        unit.clients.upsert(client, 1)
    with store.reading() as unit:
        assert client == unit.clients.get(client.client_id)


def test_what_applications_have_in_common_is_held_once(store: Store) -> None:
    """Of twenty thousand that are cached, each holds what is its own alone."""
    alike = replace(CLIENT, client_id="guichet", name="Guichet")
    with store.begin() as unit:
        for client in (CLIENT, alike):
            unit.clients.upsert(client, 1)
    with store.reading() as unit:
        first, second = unit.clients.get(CLIENT.client_id), unit.clients.get(alike.client_id)
    assert first is not None
    assert second is not None
    assert first.scopes != type(first).__dataclass_fields__["scopes"].default
    assert first.scopes is second.scopes
    assert first.response_modes is second.response_modes


def test_the_version_grows_only_with_a_change(store: Store) -> None:
    """Caches read a client again exactly when something in it changed."""
    with store.begin() as unit:
        versions = [
            unit.clients.upsert(client, 1)
            for client in (CLIENT, CLIENT, replace(CLIENT, name="Autre"), replace(CLIENT, enabled=False))
        ]
        assert unit.clients.versions() == {"espace": 3}
    assert versions == [1, 1, 2, 3]


def test_clients_are_listed_by_id(store: Store) -> None:
    """The order does not depend on when they were made."""
    with store.begin() as unit:
        for client_id in ("b", "a"):
            unit.clients.upsert(replace(CLIENT, client_id=client_id), 1)
    with store.reading() as unit:
        assert [client.client_id for client in unit.clients.list()] == ["a", "b"]
