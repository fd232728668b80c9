"""Rows of any table, as a month of use leaves them: what is not given gets a value of the column's kind."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import JSON, Boolean, Engine, Integer, LargeBinary, Table, func, insert, select


def fill(engine: Engine, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows; columns that must hold something and are not given hold next to nothing."""
    numbered = table.autoincrement_column
    plain = {one.name: _plain(one.type) for one in table.columns if not one.nullable and one is not numbered}
    made = [{**plain, **row} for row in rows]
    if made:
        with engine.begin() as connection:
            connection.execute(insert(table), made)


def count(engine: Engine, table: Table) -> int:
    """Return how many rows a table has."""
    with engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def _plain(kind: Any) -> Any:
    if isinstance(kind, JSON):
        return []
    if isinstance(kind, Boolean):
        return False
    if isinstance(kind, Integer):
        return 0
    return b"" if isinstance(kind, LargeBinary) else ""
