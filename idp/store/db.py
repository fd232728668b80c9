"""The unit of work. It needs no Flask context, so that the machines' door and the worker use the same as the pages."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Engine, event, exc
from sqlalchemy.orm import Session

from idp.metrics.points import DATABASE_FAULTS
from idp.store.engine import MAY_VANISH, WRITES
from idp.store.errors import StoreBusy, classify
from idp.store.unit import Unit

__all__ = ("Store", "Unit", "once")

T = TypeVar("T")

_PATIENCE: Final = 4.5
"""Seconds of waiting after which contention is not tried again: a little less than one full wait for SQLite's lock."""


class Store:
    """Opens units of work on one engine. Thread-safe; a unit belongs to one thread."""

    def __init__(self, engine: Engine) -> None:
        self.engine: Final = engine
        self._writing = engine.execution_options(**{WRITES: True})
        self._fleeting = engine.execution_options(**{WRITES: True, MAY_VANISH: True})
        # Each statement of PostgreSQL's sees what is committed when it begins, in a transaction or not: without one
        # there is nothing to begin and to end, two exchanges of three.
        alone = engine.dialect.name == "postgresql"
        self._reading = engine.execution_options(**({"isolation_level": "AUTOCOMMIT"} if alone else {}))
        event.listen(self._reading, "before_cursor_execute", _refuse_write)

    @contextmanager
    def begin(self) -> Iterator[Unit]:
        """Open a unit that writes: commits when the block ends, rolls back when it raises.

        Raises:
            StoreBusy: contention; nothing was written.
            StoreUnavailable: the database is lost; a commit in flight may or may not have been kept.
        """
        with _translated(), Session(self._writing, autoflush=False) as session, session.begin():
            # Taken now: the write lock of SQLite must precede the first read of the unit.
            session.connection()
            yield Unit(session)

    @contextmanager
    def fleeting(self) -> Iterator[Unit]:
        """Open a unit like `begin` whose commit does not wait for the disk: a power cut may take the last ones away.

        As atomic as any other, kept when only the process dies. For values whose loss changes no security answer
        (decision D2): sessions, pages under way, counters. Never for what must stand once it was answered.

        Raises:
            StoreBusy: contention; nothing was written.
            StoreUnavailable: the database is lost; a commit in flight may or may not have been kept.
        """
        with _translated(), Session(self._fleeting, autoflush=False) as session, session.begin():
            connection = session.connection()
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
            yield Unit(session)

    @contextmanager
    def reading(self) -> Iterator[Unit]:
        """Open a unit that only reads, one consistent snapshot on SQLite, READ COMMITTED on PostgreSQL.

        Statements that write are refused.

        Raises:
            StoreBusy: contention.
            StoreUnavailable: the database is lost.
        """
        with _translated(), Session(self._reading, autoflush=False) as session:
            yield Unit(session)


def _refuse_write(
    _connection: Connection,
    _cursor: Any,
    _statement: str,
    _parameters: Any,
    context: Any,
    _many: bool,
) -> None:
    # A write in a reading unit would be lost without a word on SQLite.
    if context is not None and (context.isinsert or context.isupdate or context.isdelete):
        raise RuntimeError("a reading unit must not write")


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except exc.SQLAlchemyError as error:
        meaning = classify(error)
        if meaning is None:
            raise
        DATABASE_FAULTS.add("busy" if isinstance(meaning, StoreBusy) else "unavailable")
        raise meaning from error


def once(
    work: Callable[[], T],
    *,
    attempts: int = 4,
    sleep: Callable[[float], None] = time.sleep,
    timer: Callable[[], float] = time.monotonic,
) -> T:
    """Run work that opens its own unit, again after contention, a bounded number of times (N-136).

    Each try may wait for a lock as long as the database lets it. One that has waited for all of the patience is the
    last: a thread is not held four times as long.

    Only `StoreBusy` is tried again: it says that nothing was written. A lost connection is not, because its commit
    may have been kept, and doing the work twice would be worse than an error.

    Raises:
        StoreBusy: still contended after the last attempt, or after some five seconds.
    """
    began = timer()
    for attempt in range(1, attempts):
        try:
            return work()
        except StoreBusy:
            if timer() - began >= _PATIENCE:
                raise
            sleep(0.02 * 2**attempt)
    return work()
