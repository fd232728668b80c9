"""Statements of the hot paths: written with SQLAlchemy once, run on the driver's own cursor ever after.

Building a statement, looking it up in the cache and wrapping its result cost ten times what the driver needs to run
it (`docs/performance.md`). A `Prepared` is compiled once for each kind of database; its values are converted as
SQLAlchemy's types say, it belongs to the transaction of its session, and what listens to statements hears it. What
is not run hundreds of times a second stays an ordinary statement.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Delete, Dialect, Insert, Select, Update, exc
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import UpdateBase

from idp.store.engine import WRITES

Statement = Select[Any] | Insert | Update | Delete
Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A statement for one kind of database.

    `order` names the values by place, or is empty where the driver takes them by name; `fixed` are the values that
    the statement itself holds; `incoming` and `outgoing` convert values by name, and columns by place.
    """

    text: str
    order: tuple[str, ...]
    fixed: Mapping[str, Any]
    incoming: tuple[tuple[str, Convert], ...]
    outgoing: tuple[tuple[int, Convert], ...]

    def parameters(self, values: Mapping[str, Any]) -> Any:
        """Return what the driver is given."""
        given = {**self.fixed, **values}
        for name, convert in self.incoming:
            given[name] = convert(given[name])
        return tuple([given[name] for name in self.order]) if self.order else given

    def converted(self, row: Sequence[Any]) -> Sequence[Any]:
        """Return a row as its columns' types have it."""
        if not self.outgoing:
            return row
        changed = list(row)
        for place, convert in self.outgoing:
            changed[place] = convert(changed[place])
        return changed


class Prepared:
    """One statement; its values are `bindparam`s, an INSERT's its columns.

    Args:
        statement: without expanding lists: what it looks like does not depend on its values.
        columns: those that an INSERT without values of its own is given; None for all of its table.
    """

    def __init__(self, statement: Statement, columns: Sequence[str] | None = None) -> None:
        self._statement: Final = statement
        self._columns: Final = columns
        self._writes: Final = isinstance(statement, UpdateBase)
        self._compiled: Final[dict[str, _Compiled]] = {}

    def first(self, session: Session, **values: Any) -> Sequence[Any] | None:
        """Run it and return its first row, or None when there is none."""
        compiled, cursor = self._run(session, values)
        try:
            row = cursor.fetchone()
        finally:
            cursor.close()
        return None if row is None else compiled.converted(row)

    def all(self, session: Session, **values: Any) -> list[Sequence[Any]]:
        """Run it and return its rows."""
        compiled, cursor = self._run(session, values)
        try:
            rows = cursor.fetchall()
        finally:
            cursor.close()
        return [compiled.converted(row) for row in rows]

    def count(self, session: Session, **values: Any) -> int:
        """Run an INSERT, UPDATE or DELETE and return how many rows it touched."""
        _, cursor = self._run(session, values)
        try:
            return int(cursor.rowcount)
        finally:
            cursor.close()

    def _run(self, session: Session, values: Mapping[str, Any]) -> tuple[_Compiled, Any]:
        connection = session.connection()
        if self._writes and not connection.get_execution_options().get(WRITES, False):
            raise RuntimeError("a reading unit must not write")
        dialect = connection.dialect
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = _compile(self._statement, dialect, self._columns)
        parameters = compiled.parameters(values)
        proxied = connection.connection
        cursor = proxied.cursor()
        try:
            for listener in connection.dispatch.before_cursor_execute:
                listener(connection, cursor, compiled.text, parameters, None, False)
            cursor.execute(compiled.text, parameters)
        except BaseException as error:
            cursor.close()
            _translate(error, connection, compiled.text, proxied.driver_connection, cursor)
            raise
        return compiled, cursor


def _compile(statement: Statement, dialect: Dialect, columns: Sequence[str] | None) -> _Compiled:
    compiled: Any = statement.compile(dialect=dialect, column_keys=columns)
    if compiled.post_compile_params or compiled.literal_execute_params:
        raise TypeError("its text depends on its values")
    fixed = {name: value for name, value in compiled.params.items() if value is not None}
    for column in compiled.insert_prefetch:
        if not column.default.is_scalar:
            raise TypeError(f"the default of {column} is not a plain value")
        fixed[column.key] = column.default.arg
    incoming = ((name, _bind(parameter.type, dialect)) for name, parameter in compiled.binds.items())
    outgoing = ((place, _result(column.type, dialect)) for place, column in enumerate(statement.exported_columns))
    return _Compiled(
        text=compiled.string,
        order=tuple(compiled.positiontup or ()) if compiled.positional else (),
        fixed=fixed,
        incoming=tuple((name, convert) for name, convert in incoming if convert is not None),
        outgoing=tuple((place, convert) for place, convert in outgoing if convert is not None),
    )


def _bind(kind: Any, dialect: Dialect) -> Convert | None:
    found: Convert | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return found


def _result(kind: Any, dialect: Dialect) -> Convert | None:
    found: Convert | None = kind.dialect_impl(dialect).result_processor(dialect, None)
    return found


def _translate(error: BaseException, connection: Connection, text: str, raw: Any, cursor: Any) -> None:
    """Raise a driver's error as SQLAlchemy would: of its own kind, without the values, a dead connection let go."""
    module = connection.dialect.loaded_dbapi
    if not isinstance(error, module.Error):
        return
    lost = connection.dialect.is_disconnect(error, raw, cursor)
    if lost:
        connection.invalidate(error)
    raise exc.DBAPIError.instance(
        text, None, error, module.Error, hide_parameters=True, connection_invalidated=lost, dialect=connection.dialect
    ) from error
