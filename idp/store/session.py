"""One transaction on one connection, or reading statements without one: what every repository runs its statements on.

SQLAlchemy's own sessions and connections cost more than the statements of a hot path. Here a connection is taken from
its pool, and transactions are begun and ended on it, with nothing in between; SQLAlchemy's `Connection` is laid over
it when a statement needs that. A `Prepared` statement does not, on PostgreSQL: see `idp.store.prepared`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar, TypeVarTuple, overload

from sqlalchemy import Connection, Dialect, Result, ScalarResult, exc
from sqlalchemy.pool import PoolProxiedConnection
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.selectable import TypedReturnsRows

from idp.store.engine import BEGUN, MAY_VANISH, WRITES
from idp.store.errors import STALE_STATES, Missed
from idp.store.frozen import awaited
from idp.store.leases import Leases
from idp.store.shared_reads import Asked

Values = Mapping[str, Any] | Sequence[Mapping[str, Any]]
if TYPE_CHECKING:
    from idp.store.libpq import LibpqConnection

P = ParamSpec("P")
Ts = TypeVarTuple("Ts")
TupleAny = tuple[Any, ...]
T = TypeVar("T")
_BEGIN: Final = b"BEGIN ISOLATION LEVEL READ COMMITTED"
_FLEETING: Final = b"SET LOCAL synchronous_commit = off"


class Session:
    """A transaction that writes, or a unit that reads. For one thread; opened and closed by `idp.store.db`.

    On PostgreSQL a unit that reads has no transaction: each statement sees what is committed when it begins, with one
    or without, and beginning and ending it were two exchanges of three.
    """

    def __init__(self, leases: Leases, *, writes: bool, may_vanish: bool = False) -> None:
        engine = leases.engine
        self.writes: Final = writes
        self.dialect: Final[Dialect] = engine.dialect
        self._may_vanish = may_vanish
        self._engine = engine
        self._leases = leases
        self._lease: PoolProxiedConnection | None = None
        self._direct: LibpqConnection | None = None
        self._connection: Connection | None = None
        self._missed: Missed | None = None

    def open(self) -> None:
        """Begin the transaction of a unit that writes; the write lock of SQLite must precede its first read."""
        if self.writes and self.dialect.name == "postgresql":
            direct = self.direct()
            direct.begin(_BEGIN)
            if self._may_vanish:
                direct.begin(_FLEETING)
        elif self.writes:
            self.connection()

    @overload
    def execute(
        self,
        statement: TypedReturnsRows[*Ts],
        values: Values | None = None,
        *,
        execution_options: Mapping[str, Any] | None = None,
    ) -> Result[*Ts]: ...

    @overload
    def execute(
        self,
        statement: Executable,
        values: Values | None = None,
        *,
        execution_options: Mapping[str, Any] | None = None,
    ) -> Result[*TupleAny]: ...

    def execute(
        self,
        statement: Executable,
        values: Values | None = None,
        *,
        execution_options: Mapping[str, Any] | None = None,
    ) -> Result[*TupleAny]:
        """Run a statement of SQLAlchemy's.

        Raises:
            RuntimeError: it writes, and the unit reads: a write would be lost without a word on SQLite.
        """
        if not self.writes and isinstance(statement, UpdateBase):
            raise RuntimeError("a reading unit must not write")
        connection = self.connection()
        with awaited(self._direct):
            return connection.execute(statement, values, execution_options=execution_options)

    def scalars(self, statement: TypedReturnsRows[T, *TupleAny]) -> ScalarResult[T]:
        """Run a statement and return the first column of its rows."""
        return self.execute(statement).scalars()

    def direct(self) -> "LibpqConnection":
        """Return the way to PostgreSQL that has no SQLAlchemy in it."""
        if self._direct is None:
            from idp.store import libpq  # noqa: PLC0415 - loads the driver, which a house on SQLite does without

            self._direct = libpq.direct(self._leased(), self._leases.watch)
        return self._direct

    def read(self, name: bytes, text: bytes, values: Sequence[Any]) -> Any:
        """Run a statement that finds a row by its key, with those that other threads ask at the same time.

        Arguments and what comes of it are those of `LibpqConnection.run`.
        """
        if self.writes or self._direct is not None:
            return self.direct().run(name, text, values)
        found = self._leases.reads(Asked(self, name, text, values))
        if isinstance(found, Exception):
            raise found
        return self.direct().run(name, text, values) if found is None else found

    def let_go(self, error: BaseException | None) -> None:
        """Give up the connection, which is of no use any more; the next statement takes another."""
        if self._lease is not None:
            self._lease.invalidate(error)
            self._leases.give(self._lease)
        self._lease = self._direct = None

    def connection(self) -> Connection:
        """Return SQLAlchemy's connection, in this transaction."""
        if self._direct is not None:
            self._told(self._direct.flush)
        if self._connection is None:
            if self.dialect.name == "postgresql":
                # Its transaction is ours, begun already or none at all.
                self.direct()
                self._connection = Connection(self._engine.execution_options(**{BEGUN: True}), self._leased())
            else:
                options = {WRITES: self.writes, MAY_VANISH: self._may_vanish}
                self._connection = self._engine.execution_options(**options).connect()
                if self.writes:
                    self._connection.begin()
        return self._connection

    def commit(self) -> None:
        """Keep what was written."""
        if not self.writes:
            return
        if self._direct is not None:
            self._told(self._direct.commit)
        elif self._connection is not None:
            self._connection.commit()
            if self._missed is not None:
                raise self._missed

    def rollback(self) -> None:
        """Undo what was written; a connection that is gone has undone it already."""
        if not self.writes:
            return
        if self._direct is not None:
            self._told(self._direct.rollback)
        elif self._connection is not None:
            self._connection.rollback()

    def close(self) -> None:
        """Give the connection back."""
        if self._direct is not None and self._lease is not None and self._lease.is_valid and not self._direct.idle:
            self._lease.invalidate()
        if self._connection is not None:
            self._connection.close()
        elif self._lease is not None:
            self._leases.give(self._lease)
        self._connection = self._lease = self._direct = None

    def missed(self, fault: Missed) -> None:
        """Have the commit raise that a row was not there, as it does on PostgreSQL: all that was written is kept."""
        self._missed = fault

    def heard(self, text: str, values: object) -> None:
        """Tell whoever listens to statements of one that SQLAlchemy does not see."""
        for listener in self._engine.dispatch.before_cursor_execute:
            listener(None, None, text, values, None, False)

    def fault(self, error: Exception) -> exc.DBAPIError:
        """Return a driver's error as SQLAlchemy's, of its own kind and without values; a lost connection is let go.

        It names the statement that failed, which may be one that was queued before the one that was asked for.
        """
        lost = self._direct is not None and self._direct.lost
        if getattr(error, "sqlstate", None) in STALE_STATES and self._lease is not None:
            # What this connection prepared is of no use any more; another one prepares it anew.
            self._lease.invalidate(error)
        if lost and self._lease is not None:
            self._lease.invalidate(error)
        module: Any = self.dialect.loaded_dbapi
        made: Any = exc.DBAPIError.instance(
            None if self._direct is None else self._direct.failed,
            None,
            error,
            module.Error,
            hide_parameters=True,
            connection_invalidated=lost,
            dialect=self.dialect,
        )
        found: exc.DBAPIError = made
        return found

    def _told(self, verb: Callable[P, None], *values: P.args, **more: P.kwargs) -> None:
        module: Any = self.dialect.loaded_dbapi
        try:
            verb(*values, **more)
        except module.Error as error:
            raise self.fault(error) from error

    def _leased(self) -> PoolProxiedConnection:
        if self._lease is None:
            module: Any = self.dialect.loaded_dbapi
            try:
                self._lease = self._leases.take()
            except module.Error as error:
                raise self.fault(error) from error
        return self._lease
