"""Brings the schema of a database to the present, safe when several nodes start together."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

_SCRIPTS: Final = Path(__file__).parent / "migrations"
_LOCK: Final = 0x63617270  # "carp": the advisory lock of our migrations


def migrate(engine: Engine) -> None:
    """Apply every missing change in one transaction; of two nodes that start together one waits for the other.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database refuses; nothing was changed.
    """
    with _locked(engine) as connection:
        configuration = _configuration()
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, "head")


def current(engine: Engine) -> str | None:
    """Return the revision of a database, or None when it was never migrated."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


@cache
def head() -> str:
    """Return the revision this program expects; its files are read once, since readiness asks every few seconds."""
    revision = ScriptDirectory.from_config(_configuration()).get_current_head()
    if revision is None:
        raise LookupError("the program carries no migration")
    return revision


def is_current(engine: Engine) -> bool:
    """Whether the database has the schema this program expects, for readiness."""
    return current(engine) == head()


def _configuration() -> Config:
    configuration = Config()
    # The separator is ours to choose; naming it spares Alembic's guess from the platform.
    configuration.set_main_option("path_separator", "os")
    configuration.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    configuration.set_main_option("version_locations", str(_SCRIPTS / "versions").replace("%", "%%"))
    return configuration


@contextmanager
def _locked(engine: Engine) -> Iterator[Connection]:
    # On SQLite the transaction begins with BEGIN IMMEDIATE, which is the lock (idp.store.db.prepare).
    with engine.execution_options(idp_writes=True).connect() as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            # The first start of a large base may take longer than one request is allowed to.
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        yield connection
