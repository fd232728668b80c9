"""Counts SQL statements, for tests of budgets."""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

from idp.store.db import Store


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """Yield a list that fills with each statement run on an engine; BEGIN, PRAGMA and COMMIT do not count."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


@contextmanager
def exchanges(store: Store) -> Iterator[list[str]]:
    """Yield a list that holds, after the block, a word for each exchange with PostgreSQL of this thread's connection.

    libpq itself tells what goes over the wire: an exchange is what one `Sync`, or one simple query, ends.
    """
    told: list[str] = []
    with store.reading() as unit:
        raw: Any = unit.session.direct()._libpq  # the connection that the next unit takes, too
    with tempfile.TemporaryFile("w+") as trace:
        raw.trace(trace.fileno())
        try:
            yield told
        finally:
            raw.untrace()
        trace.seek(0)
        sent = re.findall(r"^\S+ \S+\tF\t\d+\t(Sync|Query)\b", trace.read(), re.MULTILINE)
        told += sent
