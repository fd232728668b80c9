"""Real stores for tests that need one: a migrated SQLite file, and the key-value port on it."""

from pathlib import Path

from flask import Flask

from idp import config
from idp.store import schema
from idp.store.db import Store, open_engine


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
    """Return a migrated store on a database."""
    engine = open_engine(Flask(__name__), config.load(database={"url": url, "pool_size": 16}))
    schema.migrate(engine)
    return Store(engine)


def sqlite_store(folder: Path) -> Store:
    """Return a migrated store on a SQLite file."""
    return open_store(f"sqlite:///{folder}/idp.sqlite3")
