"""The house's secret in the database: one for all nodes, and the same after the key-encryption key changes."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from idp.services.house_secret import open_house_secret, rewrap_house_secret
from idp.store.db import Store
from keys.sealing import Sealer
from tests.support.stores import sqlite_store

OLD, NEW = b"o" * 32, b"n" * 32


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A migrated, empty store."""
    made = sqlite_store(tmp_path)
    yield made
    made.engine.dispose()


def test_nodes_that_start_together_share_one_secret(store: Store) -> None:
    """Whoever is first makes it; the others read what it made (R-08)."""
    with ThreadPoolExecutor(4) as pool:
        keys = set(pool.map(lambda _: open_house_secret(store, Sealer([OLD])).derive(b"forms"), range(4)))
    assert 1 == len(keys)


def test_a_change_of_key_encryption_key_keeps_it(store: Store) -> None:
    """Sealed again once, opened by the new key alone, and every derived key is what it was."""
    before = open_house_secret(store, Sealer([OLD])).derive(b"forms")
    both = Sealer([NEW, OLD])
    assert rewrap_house_secret(store, both)
    assert not rewrap_house_secret(store, both)
    assert before == open_house_secret(store, Sealer([NEW])).derive(b"forms")
