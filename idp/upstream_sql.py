"""The part of the seam that is about SQL: what federation's own tables are read and written with."""

from collections.abc import Sequence
from typing import Any, Protocol


class SqlSession(Protocol):
    """A transaction of the provider's, or a unit of its that reads."""

    def execute(self, statement: Any, values: Any = None, /) -> Any:
        """Run a statement of SQLAlchemy's, with the values of its parameters, and return its result."""
        ...


class Rows(Protocol):
    """Runs a SELECT that is made once and asked at each sign-in: one whose text does not depend on its values."""

    def __call__(self, session: Any, statement: Any, /, **values: Any) -> Sequence[Sequence[Any]]:
        """Return the rows, each in the order of the statement's columns; the values are those of its `bindparam`s."""
        ...


def executed(session: SqlSession, statement: Any, /, **values: Any) -> Sequence[Sequence[Any]]:
    """Run it like any other."""
    return list(session.execute(statement, values))
