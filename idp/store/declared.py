"""Typed declarative classes as SQLAlchemy's tables, without its ORM: a class is read once, into its `__table__`.

Repositories speak Core. What the ORM makes of a class beside its table, a mapper and a descriptor a column, nobody asks
for, and it took 40 ms of a start. Classes are written as the ORM has them, type checkers see the ORM's own names, and
`select(Row)`, `Row.column` and `Base.metadata` are what they were.
"""

from types import UnionType
from typing import TYPE_CHECKING, Any, get_args

from sqlalchemy import Column, ForeignKey, MetaData, Table
from sqlalchemy.types import TypeEngine

if TYPE_CHECKING:
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
else:

    class Mapped:
        """`Mapped[kind]` is the kind."""

        def __class_getitem__(cls, kind: Any) -> Any:
            """Return what was named."""
            return kind

    def mapped_column(*given: Any, **traits: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return what a column is made of beside its name and kind."""
        return given, traits

    class DeclarativeBase:
        """A base of tables, which has their metadata; what derives from it is a table."""

        def __init_subclass__(cls) -> None:
            """Make the table."""
            if DeclarativeBase in cls.__bases__:
                cls.metadata = MetaData()
                return
            columns = {
                name: _column(name, kind, cls.type_annotation_map, *vars(cls).get(name, ((), {})))
                for name, kind in cls.__annotations__.items()
            }
            cls.__table__ = Table(
                cls.__tablename__, cls.metadata, *columns.values(), *getattr(cls, "__table_args__", ())
            )
            for name, column in columns.items():
                setattr(cls, name, column)

        @classmethod
        def __clause_element__(cls) -> Table:
            """Return the table, where a statement names the class."""
            return cls.__table__


def _column(name: str, kind: Any, types: dict[Any, Any], given: tuple[Any, ...], traits: dict[str, Any]) -> Column[Any]:
    optional = isinstance(kind, UnionType)
    if given and isinstance(given[0], str):
        name, given = given[0], given[1:]
    if not any(isinstance(one, TypeEngine | ForeignKey) for one in given):
        given = types[get_args(kind)[0] if optional else kind], *given
    return Column(name, *given, nullable=optional, **traits)


__all__ = ["DeclarativeBase", "Mapped", "mapped_column"]
