"""The stores under test: each on SQLite and on PostgreSQL, migrated, empty."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine

from idp import config
from idp.store import schema
from idp.store.db import Store, open_engine
from tests.support.servers import postgresql_url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An engine on an empty database of its own."""
    url = f"sqlite:///{tmp_path}/idp.sqlite3"
    if request.param == "postgresql":
        url = postgresql_url()
    settings = config.load(database={"url": url, "pool_size": 16})
    engine = open_engine(Flask(__name__), settings)
    yield engine
    engine.dispose()


@pytest.fixture
def store(empty_engine: Engine) -> Store:
    """A migrated store."""
    schema.migrate(empty_engine)
    return Store(empty_engine)
