"""Small helpers that every repository shares: tables, inserts that may lose a race, purges in batches."""

import functools
from collections.abc import Mapping
from typing import Any, Final, cast

from sqlalchemy import Column, ColumnElement, CursorResult, Table, delete, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.base import Executable

from idp.store.prepared import Prepared
from idp.store.session import Session
from idp.store.tables import Base

# An INSERT's count is thrown away with its cursor unless it is asked for.
_COUNTED: Final = {"preserve_rowcount": True}


def table(row: type[Base]) -> Table:
    """Return the Core table of a mapped class; repositories speak Core, which costs half of the ORM's time."""
    return cast("Table", row.__table__)


def changed(session: Session, statement: Executable) -> int:
    """Run an INSERT, UPDATE or DELETE and return how many rows it touched."""
    result = cast("CursorResult[Any]", session.execute(statement, execution_options=_COUNTED))
    return result.rowcount


def insert_if_absent(session: Session, target: Table, values: Mapping[str, Any], *unique: str) -> bool:
    """Insert a row unless its unique key exists; atomic, and the transaction stays usable when it does.

    Returns:
        Whether the row was inserted. Of two transactions one gets True; the other waits for it to end.
    """
    return absent(session, target, values, *unique).count(session, **values) == 1


def absent(session: Session, target: Table, values: Mapping[str, Any], *unique: str) -> Prepared:
    """Return the statement that inserts a row of such values unless its unique key exists."""
    return _absent(session.dialect.name, target, tuple(values), unique)


@functools.cache
def _absent(dialect: str, target: Table, columns: tuple[str, ...], unique: tuple[str, ...]) -> Prepared:
    make = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return Prepared(make(target).on_conflict_do_nothing(index_elements=list(unique)), columns)


def purge(session: Session, by: Column[Any], condition: ColumnElement[bool], limit: int) -> int:
    """Delete at most `limit` rows, so that no sweep holds locks for long; return how many went.

    The oldest go first, by the column that says when a row is over; where a table grows, it has an index on that. Told
    of no order, PostgreSQL reads a table from its beginning when most of it is over, and so past all that the batches
    before have deleted: of a million rows the last batches held their locks for most of a second (R-42).
    """
    target = by.table
    keys = list(target.primary_key.columns)
    doomed = select(*keys).where(condition).order_by(by).limit(limit)
    if session.dialect.name == "postgresql":
        doomed = doomed.with_for_update(skip_locked=True)
    column = keys[0] if len(keys) == 1 else tuple_(*keys)
    return changed(session, delete(target).where(column.in_(doomed)))
