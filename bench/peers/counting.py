"""How many SQL statements and calls of Redis one request takes, counted one by one.

PostgreSQL writes every statement to its log for as long as this lasts, and Redis tells what it is asked (MONITOR).
A worker of the provider does its chores meanwhile: what it does in as much time when nobody asks is taken away.
"""

import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Final

from sqlalchemy import NullPool, create_engine, make_url

from bench.measured import Row
from bench.peers.grounds import Grounds
from bench.peers.sides import Side
from bench.wire import Wire

REQUESTS: Final = 100
"""Requests that are counted; what is done less often is something else's."""
_STATEMENT: Final = re.compile(r"^(\w+)\|.*?LOG:  (?:statement|execute [^:]+): (.*)$", re.MULTILINE)
_COMMAND: Final = re.compile(r"^\+[\d.]+ \[\d+ (?!lua\])[^\]]*\] \"(\w+)\"", re.MULTILINE)
_TURN: Final = ("BEGIN", "COMMIT", "ROLLBACK", "START TRANSACTION")
_SETTLED: Final = 0.3
"""Seconds until the log and the monitor hold what was done."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What one request takes."""

    statements: int
    turns: int
    calls: int

    def into(self, row: Row) -> None:
        """Write it into a row of the table."""
        row.statements, row.turns, row.calls = self.statements, self.turns, self.calls


def counted(grounds: Grounds, side: Side, requests: Sequence[bytes]) -> Counted:
    """Send requests one after the other, over one connection, and count what each takes.

    Args:
        grounds: the servers that are asked.
        side: who is asked.
        requests: `REQUESTS` or more, or some that may be sent again.
    """
    wire = Wire(side.port)
    sent = cycle(requests)
    found = counted_of(grounds, side, lambda: wire.ask(next(sent)), REQUESTS)
    wire.close()
    return found


def counted_of(grounds: Grounds, side: Side, act: Callable[[], object], times: int) -> Counted:
    """Do something so many times and count what each takes; what is done less often is not counted."""

    def acts() -> None:
        for _ in range(times):
            act()
        time.sleep(_SETTLED)

    _logging(grounds, "all")
    begun = time.monotonic()
    busy = _heard(grounds, side, acts)
    lasted = time.monotonic() - begun
    idle = _heard(grounds, side, lambda: time.sleep(lasted))
    _logging(grounds, "none")
    statements, calls = (
        {what: (count - at_rest[what]) // times for what, count in told.items() if count - at_rest[what] >= times}
        for told, at_rest in zip(busy, idle, strict=True)
    )
    # What was sent in one go counts by its parts; values come apart from the text, so that no semicolon is one's.
    parts = [
        (part.strip().upper().startswith(_TURN), count)
        for text, count in statements.items()
        for part in text.split(";")
        if part.strip()
    ]
    turns = sum(count for turn, count in parts if turn)
    return Counted(sum(count for _, count in parts) - turns, turns, sum(calls.values()))


def _heard(grounds: Grounds, side: Side, act: Callable[[], None]) -> tuple[Counter[str], Counter[str]]:
    """Return how often each statement reached a side's database, and each command Redis, while something was done."""
    log = grounds.postgres.home / "server.log"
    begun, ear = log.stat().st_size, _Ear(grounds.socket)
    act()
    calls = ear.stop()
    with log.open("rb") as file:
        file.seek(begun)
        told = file.read().decode("utf-8", "replace")
    database = make_url(side.database).database if side.database else ""
    return Counter(text.strip() for name, text in _STATEMENT.findall(told) if name == database), calls


def _logging(grounds: Grounds, what: str) -> None:
    engine = create_engine(grounds.postgres.url(), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"ALTER SYSTEM SET log_statement = '{what}'")
        connection.exec_driver_sql("SELECT pg_reload_conf()")
    engine.dispose()
    time.sleep(_SETTLED)


class _Ear:
    """Listens to what Redis is asked; commands inside a script are the script's own affair."""

    def __init__(self, path: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(path)
        self._socket.sendall(b"MONITOR\r\n")
        self._told = self._socket.recv(5)  # +OK
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def stop(self) -> Counter[str]:
        """Return how often each command was heard."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()
        return Counter(_COMMAND.findall(self._told.decode("utf-8", "replace")))

    def _listen(self) -> None:
        while more := self._socket.recv(1 << 16):
            self._told += more
