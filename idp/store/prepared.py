"""Statements of the hot paths: written with SQLAlchemy once, run without it ever after.

Building a statement, looking it up in the cache and wrapping its result cost ten times what the driver needs to run
it (`docs/performance.md`). A `Prepared` is compiled once for each kind of database; its values are converted as
SQLAlchemy's types say, it belongs to the transaction of its session, and what listens to statements hears it. On
PostgreSQL it goes over libpq itself, elsewhere over the driver's cursor. What is not run hundreds of times a second
stays an ordinary statement.
"""

import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import Connection, Delete, Dialect, Insert, Select, Update, exc, types
from sqlalchemy.sql.dml import UpdateBase

from idp.records import dataclass
from idp.store.errors import Missed
from idp.store.session import Session

Statement = Select[*tuple[Any, ...]] | Insert | Update | Delete
Convert = Callable[[Any], Any]
Row = Sequence[Any]


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A statement for one kind of database.

    `order` names the values by place; `fixed` are the values that the statement itself holds; `incoming` and
    `outgoing` convert values by name, and columns by place. `places` read every column from PostgreSQL's text format.
    """

    text: str
    order: tuple[str, ...]
    fixed: Mapping[str, Any]
    incoming: tuple[tuple[str, Convert], ...]
    outgoing: tuple[tuple[int, Convert], ...]
    places: tuple[tuple[int, Convert], ...]

    def parameters(self, values: dict[str, Any]) -> tuple[Any, ...]:
        """Return what the driver is given."""
        values = {**self.fixed, **values}
        for name, convert in self.incoming:
            values[name] = convert(values[name])
        return tuple([values[name] for name in self.order])

    def converted(self, row: Row) -> Row:
        """Return a row as its columns' types have it."""
        if not self.outgoing:
            return row
        changed = list(row)
        for place, convert in self.outgoing:
            changed[place] = convert(changed[place])
        return changed


_NUMBERS: Final = itertools.count(1)


@cache
def _postgresql() -> Dialect:
    """Return what writes parameters as PostgreSQL's protocol has them."""
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - a house on SQLite does without

    return postgresql.base.PGDialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]  # it has no types


class Prepared:
    """One statement; its values are `bindparam`s, an INSERT's its columns.

    Args:
        statement: without expanding lists: what it looks like does not depend on its values.
        columns: those that an INSERT without values of its own is given; None for all of its table.
        quick: it reads rows by their key, and may travel with those of other threads (`shared_reads`).
        writes: a SELECT does, by an INSERT among its tables.
    """

    def __init__(
        self, statement: Statement, columns: Sequence[str] | None = None, *, quick: bool = False, writes: bool = False
    ) -> None:
        self._statement: Final = statement
        self._quick: Final = quick
        self._columns: Final = columns
        self._writes: Final = writes or isinstance(statement, UpdateBase)
        self._name: Final = b"idp_%d" % next(_NUMBERS)
        self._direct: tuple[_Compiled, bytes] | None = None
        self._cursors: dict[str, _Compiled] = {}

    def first(self, session: Session, **values: Any) -> Row | None:
        """Run it and return its first row, or None when there is none."""
        rows, _ = self._run(session, values, most=1)
        return rows[0] if rows else None

    def all(self, session: Session, **values: Any) -> list[Row]:
        """Run it and return its rows."""
        return self._run(session, values)[0]

    def count(self, session: Session, **values: Any) -> int:
        """Run an INSERT, UPDATE or DELETE and return how many rows it touched."""
        return self._run(session, values, most=0)[1]

    def later(self, session: Session, *, must: int | None = None, **values: Any) -> None:
        """Have an INSERT, UPDATE or DELETE run before the next statement or the commit, which raises its error.

        For what is written whatever comes of it: one exchange with PostgreSQL less. Elsewhere it runs at once.

        Args:
            session: the transaction.
            must: how many rows it has to touch, if that matters. Where it does not, `Missed` is raised: with the
                commit, when all that was written before is kept.
            values: as ever.
        """
        if session.dialect.name != "postgresql":
            count = self.count(session, **values)
            if must is not None and count != must:
                session.missed(Missed(f"{count} rows instead of {must}"))
            return
        sent = self._for_libpq(session, values)
        try:
            session.direct().queue(*sent, must)
        except session.dialect.loaded_dbapi.Error as error:
            raise session.fault(error) from error

    def count_then(
        self, session: Session, values: dict[str, Any], after: "Prepared", values_after: dict[str, Any]
    ) -> tuple[int, Row | None]:
        """Run this INSERT, UPDATE or DELETE and then another statement, which sees what it did, in one exchange.

        Returns:
            How many rows this one touched, and the first row of the other.
        """
        if session.dialect.name != "postgresql":
            return self.count(session, **values), after.first(session, **values_after)
        sent, sent_after = self._for_libpq(session, values), after._for_libpq(session, values_after)  # noqa: SLF001 - of this class
        try:
            mine, others = session.direct().pair(sent, sent_after)
        except session.dialect.loaded_dbapi.Error as error:
            raise session.fault(error) from error
        rows = after._rows(others, 1)  # noqa: SLF001 - of this class
        return mine.command_tuples or 0, rows[0] if rows else None

    def last(
        self, session: Session, values: dict[str, Any], after: "Prepared | None" = None, **values_after: Any
    ) -> tuple[Row | None, Row | None]:
        """Run the last statement of a unit, another one after it that sees what it did, and commit, in one exchange.

        On PostgreSQL only. Nothing can be undone any more when it returns.

        Returns:
            The first row of each.
        """
        asked = [(self, self._for_libpq(session, values))]
        if after is not None:
            asked.append((after, after._for_libpq(session, values_after)))  # noqa: SLF001 - of this class
        try:
            found = session.direct().finish(*(sent for _, sent in asked))
        except session.dialect.loaded_dbapi.Error as error:
            raise session.fault(error) from error
        first, *others = [one._rows(answer, 1) for (one, _), answer in zip(asked, found, strict=True)]  # noqa: SLF001 - of this class
        second = others[0] if others else []
        return first[0] if first else None, second[0] if second else None

    def _run(self, session: Session, values: dict[str, Any], most: int | None = None) -> tuple[list[Row], int]:
        if session.dialect.name == "postgresql":
            return self._over_libpq(session, values, most)
        return self._over_cursor(session, values, most)

    def _over_libpq(self, session: Session, values: dict[str, Any], most: int | None) -> tuple[list[Row], int]:
        sent = self._for_libpq(session, values)
        try:
            found = session.read(*sent) if self._quick else session.direct().run(*sent)
        except session.dialect.loaded_dbapi.Error as error:
            raise session.fault(error) from error
        return self._rows(found, most), found.command_tuples or 0

    def _refuse_in_reading(self, session: Session) -> None:
        if self._writes and not session.writes:
            raise RuntimeError("a reading unit must not write")

    def _rows(self, found: Any, most: int | None) -> list[Row]:
        count = found.ntuples if most is None else min(most, found.ntuples)
        if not count or self._direct is None:
            return []
        value, places = found.get_value, self._direct[0].places
        return [
            [None if (given := value(row, place)) is None else read(given) for place, read in places]
            for row in range(count)
        ]

    def _for_libpq(self, session: Session, values: dict[str, Any]) -> tuple[bytes, bytes, tuple[Any, ...]]:
        """Return the statement's name, its text and its values, after telling who listens."""
        self._refuse_in_reading(session)
        if self._direct is None:
            compiled = _compile(self._statement, _postgresql(), self._columns)
            self._direct = compiled, compiled.text.encode()
        compiled, text = self._direct
        parameters = compiled.parameters(values)
        session.heard(compiled.text, parameters)
        return self._name, text, parameters

    def _over_cursor(self, session: Session, values: dict[str, Any], most: int | None) -> tuple[list[Row], int]:
        self._refuse_in_reading(session)
        connection = session.connection()
        dialect = connection.dialect
        compiled = self._cursors.get(dialect.name)
        if compiled is None:
            compiled = self._cursors[dialect.name] = _compile(self._statement, dialect, self._columns)
        parameters = compiled.parameters(values)
        proxied = connection.connection
        cursor = proxied.cursor()
        try:
            session.heard(compiled.text, parameters)
            cursor.execute(compiled.text, parameters)
            rows = cursor.fetchall() if most is None else cursor.fetchmany(most) if most else []
            return [compiled.converted(row) for row in rows], int(cursor.rowcount)
        except dialect.loaded_dbapi.Error as error:
            _translate(error, connection, compiled.text, proxied.driver_connection, cursor)
            raise
        finally:
            cursor.close()


@cache
def _prepared(statement: Select[*tuple[Any, ...]]) -> Prepared:
    return Prepared(statement)


def rows(session: Session, statement: Select[*tuple[Any, ...]], /, **values: Any) -> list[Row]:
    """Run a SELECT of another room's, prepared when it is first seen: one that is made once and kept."""
    return _prepared(statement).all(session, **values)


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
    outputs: list[Any] = [*statement.exported_columns]
    text_format = dialect.name == "postgresql"
    outgoing = () if text_format else ((place, _result(one.type, dialect)) for place, one in enumerate(outputs))
    return _Compiled(
        text=compiled.string,
        order=tuple(compiled.positiontup),
        fixed=fixed,
        incoming=tuple((name, convert) for name, convert in incoming if convert is not None),
        outgoing=tuple((place, convert) for place, convert in outgoing if convert is not None),
        places=tuple((place, _from_text(one.type)) for place, one in enumerate(outputs)) if text_format else (),
    )


def _bind(kind: Any, dialect: Dialect) -> Convert | None:
    found: Convert | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return found


def _result(kind: Any, dialect: Dialect) -> Convert | None:
    found: Convert | None = kind.dialect_impl(dialect).result_processor(dialect, None)
    return found


def _from_text(kind: Any) -> Convert:
    """Return what reads a value of a type, which is not NULL, in PostgreSQL's text format."""
    for kinds, read in _READERS:
        if isinstance(kind, kinds):
            return read
    raise TypeError(f"{kind!r} is not read from text")


_decoded: Final = json.JSONDecoder().raw_decode


def _read_json(text: bytes) -> Any:
    """Read what we wrote, which begins with its value, without the library's search for spaces around it."""
    try:
        return _decoded(text.decode())[0]
    except json.JSONDecodeError:
        return json.loads(text)


_READERS: Final[tuple[tuple[type[Any], Convert], ...]] = (
    (types.Boolean, b"t".__eq__),
    (types.Integer, int),
    (types.JSON, _read_json),
    (types.String, bytes.decode),
    (types.LargeBinary, lambda text: bytes.fromhex(text[2:].decode())),
)


def _translate(error: Any, connection: Connection, text: str, raw: Any, cursor: Any) -> None:
    """Raise a driver's error as SQLAlchemy would: of its own kind, without the values, a dead connection let go."""
    module: Any = connection.dialect.loaded_dbapi
    lost = connection.dialect.is_disconnect(error, raw, cursor)
    if lost:
        connection.invalidate(error)
    raise exc.DBAPIError.instance(
        text, None, error, module.Error, hide_parameters=True, connection_invalidated=lost, dialect=connection.dialect
    ) from error
