"""Stores that break at a chosen moment: the fault is raised where the driver would raise it."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, event, exc

from idp.upstream_ports import KeyValue, KeyValueUnavailable


@dataclass
class Count:
    """How many calls there were while a store was watched."""

    calls: int = 0


def lost_disk() -> sqlite3.OperationalError:
    """Return what SQLite says of a disk that cannot be read."""
    lost = sqlite3.OperationalError("disk I/O error")
    lost.sqlite_errorcode = sqlite3.SQLITE_IOERR
    return lost


@contextmanager
def broken_database(engine: Engine, when: Callable[[int], bool] = lambda _number: True) -> Iterator[Count]:
    """Let statements fail as on a lost disk: those for whose number, from 0, `when` is true."""
    count = Count()

    def fail(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if statement.startswith(("BEGIN", "PRAGMA")):
            return
        number, count.calls = count.calls, count.calls + 1
        if when(number):
            hidden = engine.hide_parameters
            raise exc.OperationalError(statement, parameters, lost_disk(), hide_parameters=hidden)

    event.listen(engine, "before_cursor_execute", fail)
    try:
        yield count
    finally:
        event.remove(engine, "before_cursor_execute", fail)


class FaultyKeyValue:
    """A key-value store in front of another, which fails for the calls that `when` chooses by number, from 0."""

    def __init__(self, inner: KeyValue) -> None:
        self._inner = inner
        self.calls = 0
        self.when: Callable[[int], bool] = lambda _number: False

    def reset(self, when: Callable[[int], bool]) -> None:
        """Count from 0 again, with another choice."""
        self.calls, self.when = 0, when

    def get(self, key: str) -> bytes | None:
        """See the port."""
        self._step()
        return self._inner.get(key)

    def many(self, *keys: str) -> list[bytes | None]:
        """See the port."""
        self._step()
        return self._inner.many(*keys)

    def set(self, key: str, value: bytes, ttl: int) -> None:
        """See the port."""
        self._step()
        self._inner.set(key, value, ttl)

    def add(self, key: str, value: bytes, ttl: int) -> bool:
        """See the port."""
        self._step()
        return self._inner.add(key, value, ttl)

    def replace(self, key: str, value: bytes, ttl: int, was: bytes | None = None) -> bool:
        """See the port."""
        self._step()
        return self._inner.replace(key, value, ttl, was)

    def take(self, key: str, leaving: tuple[str, bytes, int] | None = None) -> bytes | None:
        """See the port."""
        self._step()
        return self._inner.take(key, leaving)

    def delete(self, *keys: str) -> None:
        """See the port."""
        self._step()
        self._inner.delete(*keys)

    def increment(self, key: str, ttl: int) -> int:
        """See the port."""
        self._step()
        return self._inner.increment(key, ttl)

    def count(self, counters: Sequence[tuple[str, int]], forget: Sequence[str] = ()) -> list[int]:
        """See the port."""
        self._step()
        return self._inner.count(counters, forget)

    def claim(self, values: Sequence[tuple[str, bytes, int]], counters: Sequence[tuple[str, int]]) -> list[int] | None:
        """See the port."""
        self._step()
        return self._inner.claim(values, counters)

    def _step(self) -> None:
        number, self.calls = self.calls, self.calls + 1
        if self.when(number):
            raise KeyValueUnavailable
