"""The part of the seam that is about SQL: what federation's own tables are read and written with."""

from typing import Any, Protocol


class SqlSession(Protocol):
    """A transaction of the provider's, or a unit of its that reads."""

    def execute(self, statement: Any, values: Any = None, /) -> Any:
        """Run a statement of SQLAlchemy's, with the values of its parameters, and return its result."""
        ...
