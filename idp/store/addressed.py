"""Whose a task of the outbox is, as its payload says, in the one spelling that both an index and a query have.

SQLAlchemy's own would not do: for SQLite it casts, and takes the name as a parameter, so that no index would serve.
"""

from typing import Any, Final

from sqlalchemy import Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

WHOSE: Final = {"postgresql": "({} ->> 'account_id')", "sqlite": "json_extract({}, '$.account_id')"}
"""The expression, by database, around the name of the column."""


class Whose(FunctionElement[str]):
    """The `account_id` in a column of JSON; null where there is none."""

    name = "whose"
    type = Text()
    inherit_cache = True


@compiles(Whose)
def _written(element: Whose, compiler: SQLCompiler, **how: Any) -> str:
    return WHOSE[compiler.dialect.name].format(compiler.process(element.clauses, **how))
