"""The free connections of an engine live as long as the engine."""

import gc
import weakref

from flask import Flask

from idp import config
from idp.store.db import Store
from idp.store.engine import open_engine
from idp.store.leases import leases_of


def test_an_engine_that_nobody_uses_is_forgotten(migrated_database_url: str) -> None:
    """With its connections, its pool and every statement compiled for it, though units were opened on it."""

    def use() -> weakref.ref[object]:
        engine = open_engine(Flask(__name__), config.load(database={"url": migrated_database_url}))
        store = Store(engine)
        with store.begin() as unit:
            unit.spent.mark("proof", "mine", 9)
        with store.reading() as unit:
            assert unit.spent.known("proof", "mine")
        engine.dispose()
        return weakref.ref(engine)

    used = use()
    gc.collect()
    assert used() is None


def test_every_store_on_an_engine_shares_them(migrated_database_url: str) -> None:
    """What one store gave back, another one on the same engine takes."""
    engine = open_engine(Flask(__name__), config.load(database={"url": migrated_database_url}))
    assert leases_of(engine) is leases_of(engine) is Store(engine)._leases is Store(engine)._leases
    engine.dispose()
