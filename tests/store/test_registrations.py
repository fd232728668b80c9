"""The rows of registrations and of leave to register, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from idp.store.client_logos import ClientLogo
from idp.store.consents import Consent
from idp.store.db import Store, once
from idp.store.registrations import InitialToken, Registration
from tests.support.records import CLIENT, with_account


def registered(store: Store, client_id: str, now: int) -> None:
    """Make a client that registered by itself."""
    with store.begin() as unit:
        unit.clients.upsert(replace(CLIENT, client_id=client_id), now)
        unit.registrations.add(Registration(client_id, f"digest of {client_id}", "192.0.2.1", now))


def test_a_token_is_spent_as_often_as_it_may(store: Store) -> None:
    """Of eight registrations at once with a token good for three, three get through; an expired one opens nothing."""
    with store.begin() as unit:
        unit.registrations.add_initial(InitialToken("d", "demo", 3, 100, 200))

    def spend(_: int) -> bool:
        def work() -> bool:
            with store.begin() as unit:
                return unit.registrations.spend("d", 150)

        return once(work)

    with ThreadPoolExecutor(8) as callers:
        assert 3 == sum(callers.map(spend, range(8)))
    with store.reading() as unit:
        assert not unit.registrations.may_register("d", 150)
    with store.begin() as unit:
        unit.registrations.add_initial(InitialToken("e", "", 3, 100, 200))
        assert unit.registrations.may_register("e", 199)
        assert not unit.registrations.may_register("e", 200)
        assert not unit.registrations.spend("e", 200)
        assert 2 == unit.registrations.purge_initial(200)


def test_the_unused_are_found(store: Store) -> None:
    """Those registered long ago whom no member agreed to share anything with."""
    account = with_account(store)
    for client_id, at in (("old", 100), ("old-used", 100), ("withdrawn", 120), ("new", 200)):
        registered(store, client_id, at)
    with store.begin() as unit:
        for client_id in ("old-used", "withdrawn"):
            unit.consents.put(Consent(account.id, client_id, frozenset({"openid"}), 110))
        unit.consents.withdraw(account.id, "withdrawn", 130)
    with store.reading() as unit:
        assert 4 == unit.registrations.count()
        assert ["old", "withdrawn"] == list(unit.registrations.unused(150))
        assert ["old"] == list(unit.registrations.unused(150, limit=1))


def test_nothing_is_left_of_a_removed_client(store: Store) -> None:
    """Its registration, logo and agreements go with it."""
    account = with_account(store)
    registered(store, "gone", 100)
    with store.begin() as unit:
        unit.consents.put(Consent(account.id, "gone", frozenset({"openid"}), 110))
        unit.client_logos.put(ClientLogo("gone", "d", "image/png", b"first", 110))
        unit.client_logos.put(ClientLogo("gone", "e", "image/png", b"second", 120))
        assert ClientLogo("gone", "e", "image/png", b"second", 120) == unit.client_logos.get("gone")
    with store.begin() as unit:
        assert unit.clients.remove("gone")
        assert not unit.clients.remove("gone")
    with store.reading() as unit:
        found = (
            unit.registrations.by_token("digest of gone"),
            unit.client_logos.get("gone"),
            unit.consents.get(account.id, "gone"),
        )
        assert (None, None, None) == found
