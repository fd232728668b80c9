"""Real stores for tests that need one but do not test it, and a clock that a test sets."""

from pathlib import Path

from flask import Flask

from idp import config
from idp.store import schema
from idp.store.db import Store
from idp.store.engine import open_engine
from tests.support.servers import migrated_database_url


class Clock:
    """A clock that a test sets; it starts at a round time."""

    def __init__(self, now: int = 1_700_000_000) -> None:
        self.now = now

    def __call__(self) -> int:
        """Return the time."""
        return self.now

    def forward(self, seconds: int) -> None:
        """Let time pass."""
        self.now += seconds


def open_store(url: str) -> Store:
    """Return a migrated store on a database; the caller disposes of its engine."""
    settings = config.load(database={"url": url, "pool_size": 16})
    engine = open_engine(Flask(__name__), settings)
    schema.migrate(engine)
    return Store(engine)


def sqlite_store(folder: Path) -> Store:
    """Return an empty store in a folder; the caller disposes of its engine."""
    settings = config.load(database={"url": migrated_database_url("sqlite", folder), "pool_size": 16})
    return Store(open_engine(Flask(__name__), settings))
