"""Connections that a unit has just given back, for the next one: the pool's own bookkeeping costs as much as a read.

What is here counts as taken from SQLAlchemy's pool, which opens, counts and closes connections as ever; a connection
that has rested is tried before it is used, as there.
"""

import threading
import time
from collections import deque
from contextlib import suppress
from typing import Any, Final

from sqlalchemy import Engine, event
from sqlalchemy.pool import PoolProxiedConnection

from idp.store.frozen import KEPT, Watch, awaited
from idp.store.shared_reads import go_alone, go_for
from idp.store.together import Together

RESTED: Final = 1.0
"""Seconds of rest after which a connection is tried before it is used."""


_PATIENCE: Final = 30.0
"""Seconds that an answer may take, where nobody says another figure."""


class Leases:
    """The connections of one engine that are free. Thread-safe.

    Args:
        engine: on PostgreSQL.
        most: how many are kept; others go back to the pool.
    """

    def __init__(self, engine: Engine, most: int) -> None:
        self.engine: Final = engine
        self._most = most
        self.watch: Final = Watch(_PATIENCE)
        self.reads: Final = Together(go_for, go_alone)
        self._waiting = 0
        self._counting = threading.Lock()
        self._free: deque[tuple[PoolProxiedConnection, float]] = deque()
        event.listen(engine, "engine_disposed", self._close)

    def __len__(self) -> int:
        """Return how many are free."""
        return len(self._free)

    def take(self) -> PoolProxiedConnection:
        """Return a connection, the last that was given back if there is any.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: there is none to be had in time.
            Exception: the driver's error, where the database cannot be reached.
        """
        while self._free:
            try:
                lease, since = self._free.pop()
            except IndexError:
                break
            if time.monotonic() - since < RESTED or self._lives(lease):
                return lease
        with self._counting:
            self._waiting += 1
        try:
            # Who gave one back before we were counted did not know of us.
            if self._free:
                self._pass_on()
            return self.engine.raw_connection()
        finally:
            with self._counting:
                self._waiting -= 1

    def give(self, lease: PoolProxiedConnection) -> None:
        """Take a connection back that has no transaction open."""
        if lease.is_valid and len(self._free) < self._most:
            self._free.append((lease, time.monotonic()))
            if self._waiting:
                self._pass_on()
        else:
            lease.close()

    def _pass_on(self) -> None:
        """Give a free connection to the pool, where somebody waits for one."""
        with suppress(IndexError):
            self._free.pop()[0].close()

    def _lives(self, lease: PoolProxiedConnection) -> bool:
        module: Any = self.engine.dialect.loaded_dbapi
        connection: Any = lease.driver_connection
        try:
            with awaited(lease.info.get(KEPT)):
                self.engine.dialect.do_ping(connection)
        except module.Error as error:
            lease.invalidate(error)
            return False
        return True

    def _close(self, _engine: Engine) -> None:
        while self._free:
            self._free.pop()[0].invalidate()


_HERE: Final = "leases of this house"


def leases_of(engine: Engine) -> Leases:
    """Return the free connections of an engine.

    The engine itself holds them: a table of all engines, even one with weak keys, would keep each engine for ever,
    since what is free leads back to it.
    """
    found: Leases | None = vars(engine).get(_HERE)
    if found is None:
        size = getattr(engine.pool, "size", int)()
        # One connection is left to the pool: who does not come by here would wait for it in vain.
        found = vars(engine).setdefault(_HERE, Leases(engine, max(0, size - 1)))
    return found
