"""Faults of the database, told apart by what the caller may do about them."""

import sqlite3
from typing import Final

from sqlalchemy import exc

from idp.protocol.errors import Unavailable


class StoreBusy(Unavailable):
    """Another transaction was in the way; nothing was written, so the same work may be tried again."""


class StoreUnavailable(Unavailable):
    """The database is lost or refuses. Whether a commit in flight was kept is unknown: never replay the work."""


class AlreadyRedeemed(Exception):
    """The unique key decided that another request redeemed this code first (decision D2)."""


STALE_STATES: Final = frozenset({"0A000", "26000", "42P05"})
"""PostgreSQL: a prepared statement whose table was changed meanwhile, that is gone, or is there already."""

BUSY_STATES: Final = frozenset({"40001", "40P01", "55P03", "57014"}) | STALE_STATES
"""PostgreSQL: serialisation failure, deadlock, lock not available, statement cancelled by its timeout."""

_LOST_STATES: Final = ("08", "53", "57P", "58")
"""PostgreSQL classes: connection, insufficient resources, operator intervention, system error."""

_SQLITE_BUSY: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_SQLITE_LOST: Final = frozenset(
    {
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_READONLY,
    }
)


def without_values(error: BaseException) -> None:
    """Take out of an error of PostgreSQL's what it quotes of rows, so that no log has it (N-152).

    Its details hold whole rows and keys, its text the values that do not fit a type (class 22). What is left is the
    sentence that names the constraint or the column.
    """
    told: str | None = getattr(getattr(error, "diag", None), "message_primary", None)
    if told is not None:
        state: str = getattr(error, "sqlstate", None) or ""
        error.args = (f"a value does not fit ({state})" if state.startswith("22") else told,)


def classify(error: exc.SQLAlchemyError) -> StoreBusy | StoreUnavailable | None:
    """Return what a database error means for the caller, or None when it is a fault of the program."""
    if isinstance(error, exc.TimeoutError):
        return StoreUnavailable("connection pool exhausted")
    if not isinstance(error, exc.DBAPIError):
        return None
    if error.connection_invalidated:
        return StoreUnavailable("database connection lost", retry_after=5)
    original = error.orig
    if isinstance(original, sqlite3.Error):
        code = getattr(original, "sqlite_errorcode", 0) & 0xFF
        if code in _SQLITE_BUSY:
            return StoreBusy("database locked")
        return StoreUnavailable("database file refused", retry_after=5) if code in _SQLITE_LOST else None
    state = getattr(original, "sqlstate", None)
    if state in BUSY_STATES:
        return StoreBusy(f"contention {state}")
    if isinstance(error, exc.OperationalError | exc.InterfaceError) and (
        state is None or state.startswith(_LOST_STATES)
    ):
        return StoreUnavailable("database unreachable", retry_after=5)
    return None


class Missed(Exception):
    """A statement that was sent with the commit did not touch the rows that it had to; whatever it did is kept."""
