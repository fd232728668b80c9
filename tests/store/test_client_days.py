"""The rows of what applications do: added up by day, bounded by their keys, forgotten with the application."""

from dataclasses import replace
from typing import Any

from sqlalchemy import delete, event

from idp.store.client_days import DAY, Noted
from idp.store.clients import CLIENTS
from idp.store.db import Store
from tests.support.records import CLIENT

AT = 20_000 * DAY + 100
ONE = Noted("a", 20_000, "redirect_uri", "trailing_slash", 1, AT, AT, "https://x/cb/", "https://x/cb")


def seeded(store: Store) -> None:
    """Register two applications."""
    with store.begin() as unit:
        for name in ("a", "b"):
            unit.clients.upsert(replace(CLIENT, client_id=name), 0)


def test_a_reference_is_found_while_it_is_the_last(store: Store) -> None:
    """One a day of each kind is kept: the next refusal's takes its place, and nothing grows."""
    seeded(store)
    with store.begin() as unit:
        unit.client_days.add([replace(ONE, reference="a" * 16), replace(ONE, aspect="path", reference="b" * 16)])
        unit.client_days.add([replace(ONE, reference="c" * 16, last_at=AT + 1)])
    with store.reading() as unit:
        found = {name: unit.client_days.of_reference(name * 16) for name in "abc"}
    assert {"a": None, "b": ("path", 1), "c": ("trailing_slash", 2)} == {
        name: one and (one.aspect, one.count) for name, one in found.items()
    }


def test_a_reference_is_found_by_the_index(store: Store) -> None:
    """Not by reading every application's days: the very statement, with its values, asks the index."""
    asked: list[tuple[str, Any]] = []
    event.listen(store.engine, "before_cursor_execute", lambda *call: asked.append((call[2], call[3])))
    with store.reading() as unit:
        assert unit.client_days.of_reference("a" * 16) is None
    statement, values = asked[-1]
    with store.engine.connect() as connection:
        explain = "EXPLAIN QUERY PLAN "
        if store.engine.dialect.name == "postgresql":
            # Of an empty table a planner reads everything.
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            explain = "EXPLAIN "
        plan = connection.exec_driver_sql(explain + statement, values).all()
    assert "ix_client_days_reference" in repr(plan)


def test_added_up(store: Store) -> None:
    """One row a day of each kind: counts add up, the first moment stays, the later near miss stays."""
    seeded(store)
    later = replace(ONE, count=4, first_at=AT + 5, last_at=AT + 9, sent="https://x/Cb")
    bare = replace(ONE, last_at=AT + 20, sent="", registered="")
    with store.begin() as unit:
        for one in (ONE, later, bare):
            unit.client_days.add([one])
        unit.client_days.add([replace(ONE, day=20_001, kind="answered", aspect="", last_at=AT + DAY)])
    with store.reading() as unit:
        today, before = unit.client_days.of("a", AT)
        assert ("answered", 20_001) == (today.kind, today.day)
        assert replace(ONE, count=6, last_at=AT + 20, sent="https://x/Cb") == before
        assert [today] == unit.client_days.of("a", AT + DAY)
        assert [] == unit.client_days.of("b", 0)
        assert (AT + DAY, None) == (unit.client_days.last_used("a"), unit.client_days.last_used("b"))


def test_forgotten(store: Store) -> None:
    """Old days go in batches; all go with their application."""
    seeded(store)
    with store.begin() as unit:
        for day in range(5):
            unit.client_days.add([replace(ONE, day=day)])
        unit.client_days.add([replace(ONE, client_id="b")])
        assert [3, 1] == [unit.client_days.purge(4 * DAY, 3), unit.client_days.purge(4 * DAY, 3)]
        unit.session.execute(delete(CLIENTS).where(CLIENTS.c.client_id == "b"))
        assert ([4], []) == ([one.day for one in unit.client_days.of("a", 0)], list(unit.client_days.of("b", 0)))
