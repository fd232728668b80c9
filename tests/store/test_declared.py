"""Declarative classes become the tables that SQLAlchemy's ORM would make of them."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Dialect, MetaData, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from idp.store import tables, tables_admin, tables_clients, tables_members
from idp.store.tables import AuditRow, GrantRow, RefreshTokenRow

DIALECTS: Any = (postgresql, sqlite)
"""Whose constructors are published without types."""


def told(metadata: MetaData, dialect: Dialect) -> list[str]:
    """Return what creates the tables, and what Python knows of each column besides."""
    lines = []
    for table in metadata.sorted_tables:
        lines.append(str(CreateTable(table).compile(dialect=dialect)))
        lines += sorted(str(CreateIndex(index).compile(dialect=dialect)) for index in table.indexes)
        for column in table.c:
            default: Any = column.default
            void = getattr(column.type, "none_as_null", None)
            lines.append(f"{column!r} {default and default.arg} {column.autoincrement} {void}")
    return lines


@pytest.mark.parametrize("dialect", [one.dialect() for one in DIALECTS], ids=["postgresql", "sqlite"])
def test_every_table_is_what_the_orm_would_make(dialect: Dialect) -> None:
    """Names, types, keys, indexes and defaults, of the classes as they are written."""
    theirs: dict[str, Any] = {"__name__": __name__}
    for module in (tables, tables_members, tables_clients, tables_admin):
        source = Path(str(module.__file__)).read_text("utf-8").replace("idp.store.declared", "sqlalchemy.orm")
        exec(source.replace("from idp.store.tables import Base\n", ""), theirs)  # noqa: S102 - our own source
    assert hasattr(theirs["AuditRow"], "__mapper__")
    assert not hasattr(AuditRow, "__mapper__")
    ours = told(tables.Base.metadata, dialect)
    assert len(ours) > 300
    assert told(theirs["Base"].metadata, dialect) == ours


def test_a_class_stands_for_its_table_in_statements() -> None:
    """Alone, joined by its foreign keys, and by its columns."""
    joined = select(GrantRow.id, func.count()).join(RefreshTokenRow).where(RefreshTokenRow.replaces.is_(None))
    assert "FROM grants JOIN refresh_tokens ON grants.id = refresh_tokens.grant_id" in str(joined)
    assert str(select(AuditRow)) == str(select(AuditRow.__table__))
