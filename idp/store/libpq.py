"""Prepared statements over libpq itself: what psycopg's connection holds, without its cursors.

A cursor costs several times what the exchange does (`docs/performance.md`). Values go and come in PostgreSQL's text
format; a statement is prepared once on each connection. Nothing here knows SQLAlchemy's statements.
"""

import select
from collections.abc import Sequence
from time import monotonic
from typing import Any, Final, NamedTuple

import psycopg
from psycopg import errors, pq
from sqlalchemy.pool import PoolProxiedConnection

from idp.store.errors import Missed, without_values
from idp.store.frozen import KEPT, Watch, awaited

_COMMIT: Final = b"COMMIT"
_IDLE: Final = pq.TransactionStatus.IDLE
_OPEN: Final = frozenset({pq.TransactionStatus.INTRANS, pq.TransactionStatus.INERROR})
_Statement = tuple[bytes, bytes, Sequence[Any]]
"""A name, the same for the same text always; the text; its values."""
_Written = list[Any]
"""Of bytes or None, which the driver's types forget."""
_BEGIN_AND_ONE: Final = [True, False]
"""Which messages of a transaction are commands, where it is but one statement."""
_ABORTED: Final = pq.ExecStatus.PIPELINE_ABORTED
_OK: Final = frozenset({pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK})


class _Message(NamedTuple):
    """A prepared statement's name with its values, or a command without; `must` is how many rows it has to touch."""

    name: bytes
    values: _Written | None = None
    must: int | None = None


class LibpqConnection:
    """One connection. Every verb may raise `psycopg.Error`.

    What is queued goes with the next statement, or with the commit, in one exchange (libpq's pipeline mode): waiting
    for PostgreSQL costs a hot path more than what PostgreSQL does.
    """

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._libpq = connection.pgconn
        self._prepared: dict[bytes, bytes] = {}
        self._queued: list[_Message] = []
        self._finished = False
        """Whether the unit under way was committed with its last statement."""
        self.failed: str | None = None
        """The statement that an error was about, the last time there was one; None for one of none."""
        self.asked_at = 0.0
        """Since when an answer is awaited, `time.monotonic()`; 0 when none is (`idp.store.frozen`)."""
        self._poller: select.poll | None = None

    def run(self, name: bytes, text: bytes, values: Sequence[Any]) -> pq.abc.PGresult:
        """Run a statement, and what is queued before it; its parameters are written `$1`, `$2`.

        Args:
            name: the same for the same text, always.
            text: the statement.
            values: str, int, bool, bytes or None, in the order of the parameters.
        """
        self.failed = None
        written = self._ready(name, text, values)
        if not self._queued:
            self.asked_at = monotonic()
            try:
                return self._checked(self._libpq.exec_prepared(name, written), name)
            finally:
                self.asked_at = 0.0
        self._queued.append(_Message(name, written))
        return self._exchanged()[-1]

    def queue(self, name: bytes, text: bytes, values: Sequence[Any], must: int | None = None) -> None:
        """Have a statement run before the next one, or before the commit, which then raises its error.

        Args:
            name: the same for the same text, always.
            text: the statement.
            values: as for `run`.
            must: how many rows it has to touch, where that matters; else `Missed` is raised there.
        """
        self.failed = None
        self._queued.append(_Message(name, self._ready(name, text, values), must))

    def pair(self, first: _Statement, second: _Statement) -> Sequence[pq.abc.PGresult]:
        """Run two statements in one exchange, name, text and values of each, and return what both answer."""
        self.queue(*first)
        self.queue(*second)
        return self._exchanged()[-2:]

    def several(self, asked: Sequence[_Statement]) -> list[pq.abc.PGresult | Exception | None]:
        """Run statements that only read in one exchange, name, text and values of each; they may be different people's.

        Returns:
            What each answers, or its error; None for one that was not run because one before it failed.
        """
        self.failed = None
        found: list[pq.abc.PGresult | Exception | None] = [None] * len(asked)
        messages: list[tuple[int, _Message]] = []
        for place, (name, text, values) in enumerate(asked):
            try:
                messages.append((place, _Message(name, self._ready(name, text, values))))
            except Exception as error:
                if self.lost:
                    raise
                found[place] = error
        with awaited(self):
            answers = self._sent([message for _, message in messages])
        for (place, message), answer in zip(messages, answers, strict=True):
            if answer.status == _ABORTED:
                continue
            try:
                found[place] = self._checked(answer, message.name)
            except psycopg.Error as error:
                found[place] = error
        return found

    def begin(self, text: bytes) -> None:
        """Begin a transaction with the next statement; without one, there is none."""
        self._queued.append(_Message(text))

    def finish(self, *asked: _Statement) -> Sequence[pq.abc.PGresult]:
        """Run the last statements of a transaction and commit it, in one exchange; return what they answer.

        Until `commit` or `rollback` says that the unit is over, nothing runs any more: it would be undone by nobody.
        """
        self._queued += [_Message(name, self._ready(name, text, values)) for name, text, values in asked]
        if self.idle and [one.values is None for one in self._queued] == _BEGIN_AND_ONE:
            answers = [self._alone(self._queued[1])]
        else:
            self._queued.append(_Message(_COMMIT))
            *answers, committed = self._exchanged()
            self._refuse_undone(committed)
        self._finished = True
        return answers[-len(asked) :]

    def flush(self) -> None:
        """Run what is queued."""
        self._refuse_after_the_end()
        if self._queued:
            self._exchanged()

    def commit(self) -> None:
        """Commit. PostgreSQL answers that of a failed transaction with a rollback, which is an error here."""
        if self._finished:
            self._finished = False
            return
        if self._queued and self.idle and self._queued[-1].values is None:
            self._queued.clear()  # begun in name only
            return
        if self.idle and [one.values is None for one in self._queued] == _BEGIN_AND_ONE:
            self._alone(self._queued[1])
            return
        if self._queued:
            self._queued.append(_Message(_COMMIT))
            answer = self._exchanged()[-1]
        else:
            answer = self._commanded(_COMMIT)
        self._refuse_undone(answer)

    def _refuse_after_the_end(self) -> None:
        if self._finished:
            raise RuntimeError("the unit was committed with its last statement")

    def _refuse_undone(self, answer: pq.abc.PGresult) -> None:
        if answer.command_status != _COMMIT:
            raise psycopg.InternalError("the transaction had failed and was rolled back")

    def _alone(self, one: _Message) -> pq.abc.PGresult:
        """Run the only statement of a transaction, which is one by itself: the simplest exchange there is."""
        self._queued, self.failed = [], None
        with awaited(self):
            answer = self._checked(self._libpq.exec_prepared(one.name, one.values), one.name)
        self._met(one, answer)
        return answer

    def rollback(self) -> None:
        """Roll back, where there is something to roll back and a server to do it."""
        self._finished = False
        self._queued.clear()
        if self._libpq.transaction_status in _OPEN:
            self._commanded(b"ROLLBACK")

    @property
    def idle(self) -> bool:
        """Whether no transaction is open, and no exchange was left in the middle."""
        return bool(self._libpq.transaction_status == _IDLE and not self._libpq.pipeline_status)

    @property
    def lost(self) -> bool:
        """Whether the connection is no use any more."""
        return bool(self._connection.closed or self._connection.broken)

    @property
    def descriptor(self) -> int:
        """The file descriptor of its socket, -1 where there is none any more."""
        return -1 if self.lost else int(self._libpq.socket)

    def _commanded(self, text: bytes) -> pq.abc.PGresult:
        self.failed = None
        with awaited(self):
            return self._checked(self._libpq.exec_(text))

    def _ready(self, name: bytes, text: bytes, values: Sequence[Any]) -> _Written:
        """Prepare a statement where it is not yet, and return its values as they go over the wire."""
        self._refuse_after_the_end()
        if name not in self._prepared:
            with awaited(self):
                self._checked(self._libpq.prepare(name, text))
            self._prepared[name] = text
        return [_written(value) for value in values]

    def _exchanged(self) -> list[pq.abc.PGresult]:
        """Send what is queued at once and return what each answers.

        The first error is raised when every answer has come: what followed it was not run.
        """
        messages, self._queued, self.failed = self._queued, [], None
        self.asked_at = monotonic()
        try:
            answers = self._sent(messages)
        finally:
            self.asked_at = 0.0
        for one, answer in zip(messages, answers, strict=True):
            self._checked(answer, one.name)
        for one, answer in zip(messages, answers, strict=True):
            self._met(one, answer)
        return answers

    def _met(self, one: _Message, answer: pq.abc.PGresult) -> None:
        """Raise `Missed` where a statement touched another number of rows than it had to."""
        if one.must is not None and answer.command_tuples != one.must:
            raise Missed(f"{answer.command_tuples} rows instead of {one.must}")

    def _sent(self, messages: Sequence[_Message]) -> list[Any]:
        libpq = self._libpq
        libpq.enter_pipeline_mode()
        for one in messages:
            if one.values is None:
                libpq.send_query_params(one.name, None)
            else:
                libpq.send_query_prepared(one.name, one.values)
        libpq.pipeline_sync()
        answers = []
        for _ in messages:
            answers.append(self._answer())
            self._answer(empty=True)
            self.asked_at = monotonic()  # each has the patience of one
        self._answer()  # the end of the pipeline
        libpq.exit_pipeline_mode()
        return answers

    def _answer(self, *, empty: bool = False) -> Any:
        """Wait for the next answer, others' work going on meanwhile; an empty one ends those of a message."""
        libpq = self._libpq
        while libpq.is_busy():
            self._arrived()
            libpq.consume_input()
        found = libpq.get_result()
        if found is None and not empty:
            raise psycopg.OperationalError("the connection ended between two answers")
        return found

    def _arrived(self) -> None:
        """Wait until something has arrived."""
        if self._poller is None:
            self._poller = select.poll()
            self._poller.register(self._libpq.socket, select.POLLIN)
        self._poller.poll()

    def _checked(self, result: pq.abc.PGresult, name: bytes = b"") -> pq.abc.PGresult:
        if result.status in _OK:
            return result
        statement = self._prepared.get(name)
        self.failed = None if statement is None else statement.decode()
        error = errors.error_from_result(result, encoding="utf-8")
        without_values(error)
        raise error


def direct(lease: PoolProxiedConnection, watch: Watch) -> LibpqConnection:
    """Return the way over a connection of the pool; kept, and watched, as long as the connection."""
    kept = lease.info
    found: LibpqConnection | None = kept.get(KEPT)
    if found is None:
        raw: Any = lease.driver_connection
        found = kept[KEPT] = LibpqConnection(raw)
        watch.add(found)
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
