"""Prepared statements over libpq itself: what psycopg's connection holds, without its cursors.

A cursor costs several times what the exchange does (`docs/performance.md`). Values go and come in PostgreSQL's text
format; a statement is prepared once on each connection. Nothing here knows SQLAlchemy's statements.
"""

from collections.abc import Sequence
from typing import Any, Final

import psycopg
from psycopg import errors, pq
from sqlalchemy.pool import PoolProxiedConnection

_KEPT: Final = "idp_libpq"
_OK: Final = frozenset({pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK})


class Direct:
    """One connection. Every verb may raise `psycopg.Error`."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._libpq = connection.pgconn
        self._prepared: set[bytes] = set()

    def run(self, name: bytes, text: bytes, values: Sequence[Any]) -> pq.abc.PGresult:
        """Run a statement; its parameters are written `$1`, `$2`.

        Args:
            name: the same for the same text, always.
            text: the statement.
            values: str, int, bool, bytes or None, in the order of the parameters.
        """
        if name not in self._prepared:
            self._checked(self._libpq.prepare(name, text))
            self._prepared.add(name)
        written: list[Any] = [_written(value) for value in values]  # None too, which the driver's types forget
        return self._checked(self._libpq.exec_prepared(name, written))

    def command(self, text: bytes) -> None:
        """Run one command, or several, that give nothing back."""
        self._checked(self._libpq.exec_(text))

    def commit(self) -> None:
        """Commit. PostgreSQL answers that of a failed transaction with a rollback, which is an error here."""
        if self._checked(self._libpq.exec_(b"COMMIT")).command_status != b"COMMIT":
            raise psycopg.InternalError("the transaction had failed and was rolled back")

    def rollback(self) -> None:
        """Roll back, where there is something to roll back and a server to do it."""
        if self._libpq.transaction_status in {pq.TransactionStatus.INTRANS, pq.TransactionStatus.INERROR}:
            self._checked(self._libpq.exec_(b"ROLLBACK"))

    @property
    def idle(self) -> bool:
        """Whether no transaction is open."""
        return bool(self._libpq.transaction_status == pq.TransactionStatus.IDLE)

    @property
    def lost(self) -> bool:
        """Whether the connection is no use any more."""
        return bool(self._connection.closed or self._connection.broken)

    def _checked(self, result: pq.abc.PGresult) -> pq.abc.PGresult:
        if result.status in _OK:
            return result
        raise errors.error_from_result(result, encoding="utf-8")


def direct(lease: PoolProxiedConnection) -> Direct:
    """Return the way over a connection of the pool; kept as long as the connection."""
    kept = lease.info
    found: Direct | None = kept.get(_KEPT)
    if found is None:
        raw: Any = lease.driver_connection
        found = kept[_KEPT] = Direct(raw)
    return found


def _written(value: Any) -> bytes | None:
    kind = type(value)
    if value is None:
        return None
    if kind is int:
        return b"%d" % value
    if kind is bool:
        return b"t" if value else b"f"
    if isinstance(value, str):
        written = value.encode()
        if b"\x00" in written:
            raise psycopg.DataError("PostgreSQL text cannot contain NUL")
        return written
    if kind is bytes:
        return b"\\x" + bytes(value).hex().encode()
    raise TypeError(f"a value of type {kind.__name__} has no text format here")
