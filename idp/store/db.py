"""The unit of work. It needs no Flask context, so that the machines' door and the worker use the same as the pages."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from typing import Final, TypeVar

from sqlalchemy import Engine, exc

from idp.metrics.points import DATABASE_FAULTS
from idp.store.errors import StoreBusy, classify
from idp.store.leases import leases_of
from idp.store.session import Session
from idp.store.unit import Unit

__all__ = ("Store", "Unit", "once")

T = TypeVar("T")

_PATIENCE: Final = 4.5
"""Seconds of waiting after which contention is not tried again: a little less than one full wait for SQLite's lock."""


class Store:
    """Opens units of work on one engine. Thread-safe; a unit belongs to one thread."""

    def __init__(self, engine: Engine) -> None:
        self.engine: Final = engine
        self._leases: Final = leases_of(engine)
        self.in_one_exchange: Final = engine.dialect.name == "postgresql"
        """Whether `Unit.plain_tokens` may be used."""

    def begin(self) -> AbstractContextManager[Unit]:
        """Open a unit that writes: commits when the block ends, rolls back when it raises.

        Raises:
            StoreBusy: contention; nothing was written.
            StoreUnavailable: the database is lost; a commit in flight may or may not have been kept.
        """
        return _Opened(Session(self._leases, writes=True))

    def fleeting(self) -> AbstractContextManager[Unit]:
        """Open a unit like `begin` whose commit does not wait for the disk: a power cut may take the last ones away.

        As atomic as any other, kept when only the process dies. For values whose loss changes no security answer
        (decision D2): sessions, pages under way, counters. Never for what must stand once it was answered.

        Raises:
            StoreBusy: contention; nothing was written.
            StoreUnavailable: the database is lost; a commit in flight may or may not have been kept.
        """
        return _Opened(Session(self._leases, writes=True, may_vanish=True))

    def reading(self) -> AbstractContextManager[Unit]:
        """Open a unit that only reads, one consistent snapshot on SQLite, READ COMMITTED on PostgreSQL.

        Statements that write are refused.

        Raises:
            StoreBusy: contention.
            StoreUnavailable: the database is lost.
        """
        return _Opened(Session(self._leases, writes=False))


class _Opened:
    """A unit under way. A class rather than a generator, which every request would pay for several times."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def __enter__(self) -> Unit:
        try:
            self._session.open()
        except BaseException as error:
            self._ended(error)
            raise
        return Unit(self._session)

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if error is None:
            try:
                self._session.commit()
            except BaseException as refused:
                self._ended(refused)
                raise
            self._session.close()
        else:
            self._ended(error)

    def _ended(self, error: BaseException) -> None:
        """Undo, give the connection back, and raise what the caller can act on in place of a database's error."""
        try:
            with suppress(exc.SQLAlchemyError):
                self._session.rollback()
        finally:
            with suppress(exc.SQLAlchemyError):
                self._session.close()
        if isinstance(error, exc.SQLAlchemyError):
            meaning = classify(error)
            if meaning is not None:
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
