"""A store, and hashing at the least cost."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from idp import config
from idp.members.passwords import Passwords
from idp.store.db import Store
from tests.support.stores import sqlite_store

CHEAP = config.Passwords(memory_kib=1024, passes=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    made = sqlite_store(tmp_path)
    yield made
    made.engine.dispose()


@pytest.fixture
def passwords() -> Passwords:
    """Hashing at the least cost."""
    return Passwords(CHEAP)
