"""The outbox, on both databases."""

from typing import Any

from sqlalchemy import event

from idp.store.db import Store, once
from tests.support.threads import at_once


def test_work_is_queued_once_by_key(store: Store) -> None:
    """A repeated request does not send a second message."""
    with store.begin() as unit:
        assert unit.outbox.add("mail", "key", {"a": 1}, task_id="one", now=10)
        assert not unit.outbox.add("mail", "key", {"a": 2}, task_id="two", now=11)
        assert [task.payload for task in unit.outbox.due(11)] == [{"a": 1}]


def test_leased_work_is_due_again_when_its_lease_runs_out(store: Store) -> None:
    """A worker that died in the middle loses nothing."""
    with store.begin() as unit:
        unit.outbox.add("mail", "key", {}, task_id="one", now=10)
    attempts = []
    for now in (10, 129, 130):
        with store.begin() as unit:
            attempts.append([task.attempts for task in unit.outbox.due(now, lease=120)])
    assert attempts == [[1], [], [2]]


def test_ten_workers_share_the_work_without_doing_any_twice(store: Store) -> None:
    """Each task is leased to one worker."""
    with store.begin() as unit:
        for number in range(20):
            unit.outbox.add("mail", f"key{number}", {}, task_id=f"task{number}", now=10)

    def lease(_number: int) -> list[str]:
        def work() -> list[str]:
            with store.begin() as unit:
                return [task.id for task in unit.outbox.due(10, limit=5)]

        return once(work, attempts=10)

    leased = [task for tasks in at_once(10, lease) for task in tasks]
    assert len(set(leased)) == len(leased)


def test_done_and_abandoned_work_is_not_due_and_forgets_its_payload(store: Store) -> None:
    """What was delivered names nobody any more, and is purged later."""
    with store.begin() as unit:
        for name in ("sent", "failed", "hopeless"):
            unit.outbox.add("mail", name, {"to": "someone"}, task_id=name, now=10)
        unit.outbox.done("sent", 11)
        unit.outbox.failed("failed", "SMTPServerDisconnected", not_before=50)
        unit.outbox.abandon("hopeless", "gone", 11)
        assert not unit.outbox.any_due(49)
        assert unit.outbox.waiting() == 1
        assert [task.id for task in unit.outbox.due(50)] == ["failed"]
        assert unit.outbox.purge(12) == 2


def test_a_members_messages_are_found_by_the_index(store: Store) -> None:
    """A month of everybody's is not read for one page: the very statement, with its values, asks the index."""
    asked: list[tuple[str, Any]] = []
    event.listen(store.engine, "before_cursor_execute", lambda *call: asked.append((call[2], call[3])))
    with store.reading() as unit:
        assert [] == unit.deliveries.messages("account", 10)
    statement, values = asked[-1]
    with store.engine.connect() as connection:
        explain = "EXPLAIN QUERY PLAN "
        if store.engine.dialect.name == "postgresql":
            # Of an empty table a planner reads everything.
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            explain = "EXPLAIN "
        plan = connection.exec_driver_sql(explain + statement, values).all()
    assert "ix_outbox_account" in repr(plan)
