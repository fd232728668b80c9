"""The stores under test: each on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine

from idp import config
from idp.store.db import Store
from idp.store.engine import open_engine
from tests.support import servers


def _open(url: str) -> Engine:
    settings = config.load(database={"url": url, "pool_size": 16})
    return open_engine(Flask(__name__), settings)


@pytest.fixture
def empty_engine(database_url: str) -> Iterator[Engine]:
    """An engine on an empty database of its own."""
    engine = _open(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def store(migrated_database_url: str) -> Iterator[Store]:
    """A migrated, empty store."""
    engine = _open(migrated_database_url)
    yield Store(engine)
    engine.dispose()


@pytest.fixture
def on_postgresql(tmp_path: Path) -> Iterator[Store]:
    """An empty store on PostgreSQL."""
    made = Store(_open(servers.migrated_database_url("postgresql", tmp_path)))
    yield made
    made.engine.dispose()
