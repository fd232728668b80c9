"""The back channel under test, over a migrated SQLite file and, where a test asks, PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import servers
from tests.support.back_channel import World, open_world
from tests.support.stores import open_store, sqlite_store


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A seeded back channel on SQLite."""
    store = sqlite_store(tmp_path)
    yield open_world(store)
    store.engine.dispose()


@pytest.fixture
def on_postgresql(tmp_path: Path) -> Iterator[World]:
    """A seeded back channel on PostgreSQL."""
    store = open_store(servers.migrated_database_url("postgresql", tmp_path))
    yield open_world(store)
    store.engine.dispose()


@pytest.fixture
def both(migrated_database_url: str) -> Iterator[World]:
    """A seeded back channel; the test runs on SQLite and on PostgreSQL."""
    store = open_store(migrated_database_url)
    yield open_world(store)
    store.engine.dispose()
