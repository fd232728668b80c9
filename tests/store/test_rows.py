"""What is over is found by an index, however much of a table it is."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, event

from bench.month import PARTS, fill
from idp.store.db import Store, Unit
from idp.store.kv import SqlKeyValue
from tests.support.records import with_grant
from tests.support.stores import open_store

PURGES: dict[str, Callable[[Unit], int]] = {
    "grants": lambda unit: unit.grants.purge(2),
    "refresh_tokens": lambda unit: unit.tokens.purge(2),
    "spent": lambda unit: unit.spent.purge(2),
}


@pytest.fixture
def full(postgres_url: str) -> Iterator[Store]:
    """A store on PostgreSQL in which everything is over, and the planner knows it."""
    store = open_store(postgres_url)
    with_grant(store)
    fill(store.engine, 20_000, 1, 0, "account")
    analyse = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with analyse.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
    analyse.dispose()
    yield store
    store.engine.dispose()


@pytest.mark.parametrize("table", PARTS)
def test_the_oldest_are_found_by_their_index(full: Store, table: str) -> None:
    """No batch reads the table from its beginning, past all that the batches before it have deleted."""
    plans: list[str] = []

    def explain(connection: Connection, _cursor: object, statement: str, parameters: Any, *_rest: object) -> None:
        if statement.startswith("DELETE"):
            plans.extend(row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters))

    event.listen(full.engine, "before_cursor_execute", explain)
    if table == "key_values":
        gone = SqlKeyValue(full, lambda: 2).purge(500)
    else:
        with full.begin() as unit:
            gone = PURGES[table](unit)
    event.remove(full.engine, "before_cursor_execute", explain)
    assert 500 == gone
    plan = "\n".join(plans)
    assert f"Index Scan using ix_{table}_expires_at" in plan, plan
