"""Brings the schema of a database to the present, safe when several nodes start together."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final, Literal

from sqlalchemy import Connection, Engine, inspect

_VERSIONS: Final = Path(__file__).parent / "migrations" / "versions"
_LOCK: Final = 0x63617270  # "carp": the advisory lock of our migrations


def migrate(engine: Engine) -> None:
    """Apply every missing change in one transaction; of two nodes that start together one waits for the other.

    Where nothing is missing, that is one look: Alembic is not even loaded. A database that a later version has brought
    further is left alone: what that version added is no obstacle to this one (decision D14).

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database refuses; nothing was changed.
    """
    if is_current(engine):
        return
    # A tenth of a second and 10 MiB, which only the first start after a change needs.
    from idp.store.migrations.run import upgrade  # noqa: PLC0415 - see above

    with _locked(engine) as connection:
        # Whoever had the lock before may have been of a later version.
        if not _suffices(_revision(connection)):
            upgrade(connection)


def current(engine: Engine) -> str | None:
    """Return the revision of a database, or None when it was never migrated."""
    with engine.connect() as connection:
        return _revision(connection)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return found


def _suffices(revision: str | None) -> bool:
    return revision is not None and int(revision) >= int(head())


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
    """Whether the database has the schema this program expects, or one that a later version has brought further."""
    return _suffices(current(engine))


Condition = Literal["ok", "behind", "read-only"]
"""How a database that answers is: fit for work, not migrated yet, or not to be written."""


def condition(engine: Engine) -> Condition:
    """Say whether this program can work with the database, in two statements that read.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: it does not answer, or was never migrated.
    """
    with engine.connect() as connection:
        revision = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        if not _suffices(revision):
            return "behind"
        if engine.dialect.name == "postgresql":
            # On a standby, and where an operator or a full disk has made the server refuse writes.
            closed = connection.exec_driver_sql("SHOW transaction_read_only").scalar() == "on"
        else:
            file = Path(str(engine.url.database))
            closed = file.exists() and not (os.access(file, os.W_OK) and os.access(file.parent, os.W_OK))
    return "read-only" if closed else "ok"


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
