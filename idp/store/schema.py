"""Brings the schema of a database to the present, safe when several nodes start together."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, inspect

_VERSIONS: Final = Path(__file__).parent / "migrations" / "versions"
_LOCK: Final = 0x63617270  # "carp": the advisory lock of our migrations


def migrate(engine: Engine) -> None:
    """Apply every missing change in one transaction; of two nodes that start together one waits for the other.

    Where nothing is missing, that is one look: Alembic is not even loaded.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database refuses; nothing was changed.
    """
    if is_current(engine):
        return
    # A tenth of a second and 10 MiB, which only the first start after a change needs.
    from idp.store.migrations.run import upgrade  # noqa: PLC0415 - see above

    with _locked(engine) as connection:
        upgrade(connection)


def current(engine: Engine) -> str | None:
    """Return the revision of a database, or None when it was never migrated."""
    if not inspect(engine).has_table("alembic_version"):
        return None
    with engine.connect() as connection:
        found: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        return found


@cache
def head() -> str:
    """Return the revision this program expects, by the names of its files: `0021_what_it_does.py`.

    They are looked at once, since readiness asks every few seconds.

    Raises:
        LookupError: the program carries no migration.
    """
    revisions = [file.name.partition("_")[0] for file in _VERSIONS.glob("[0-9]*_*.py")]
    if not revisions:
        raise LookupError("the program carries no migration")
    return max(revisions)


def is_current(engine: Engine) -> bool:
    """Whether the database has the schema this program expects, for readiness."""
    return current(engine) == head()


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
