"""Counts for the dashboard, on both databases, and the plans by which they are found."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Select, text

from idp.store.audit import AuditEvent
from idp.store.db import Store
from idp.store.statistics import HOUR, Delivered, Opened, deliveries_query, opened_query, refused_query
from tests.support.records import SIGN_IN, with_account

AT = 1_700_000_000
MANY = 20_000
EVENTS = """
    INSERT INTO audit (time, event, outcome, details)
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :many)
    SELECT i * 600, CASE WHEN i % 40 = 0 THEN 'sign_in' ELSE 'other' END, 'delayed', '{}' FROM n
"""
SESSIONS = """
    INSERT INTO sign_ins (id, account_id, sid, handle, device, browser, system, network, provider, acr, amr, started_at)
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :many)
    SELECT 'i' || i, 'account', 's', 'h' || i, 'd', '', '', '', 'password', '', '[]', i * 600 FROM n
"""
TASKS = """
    INSERT INTO outbox (id, kind, key, payload, created_at, not_before, attempts, done_at)
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :many)
    SELECT 'i' || i, 'mail', 'k' || i, '{}', 1, 1, 1, i * 600 FROM n
"""


def test_sessions_by_hour_and_method(store: Store) -> None:
    """Each hour and method that has any has its count; what is older is left out."""
    with_account(store)
    begins = AT - AT % HOUR
    with store.begin() as unit:
        for number, (at, method) in enumerate(
            [
                (begins, "password"),
                (begins + 5, "password"),
                (begins + 6, "passkey"),
                (begins + HOUR, "password"),
                (1, "x"),
            ]
        ):
            one = replace(SIGN_IN, id=f"id-{number}", handle=f"h-{number}", provider=method, started_at=at)
            unit.sign_ins.add(one)
    with store.reading() as unit:
        assert [
            Opened(begins, "passkey", 1),
            Opened(begins, "password", 2),
            Opened(begins + HOUR, "password", 1),
        ] == list(unit.statistics.opened(begins))


def test_refusals_by_reason(store: Store) -> None:
    """Sign-ins that opened nothing, the most frequent reason first; other events and older ones are not counted."""
    with store.begin() as unit:
        for at, event, outcome in (
            (AT, "sign_in", "ok"),
            (AT, "sign_in", "delayed"),
            (AT, "sign_in", "wrong_password"),
            (AT, "sign_in", "wrong_password"),
            (AT, "sign_out", "refused"),
            (AT - 1, "sign_in", "wrong_password"),
        ):
            unit.audit.add(AuditEvent(time=at, event=event, outcome=outcome))
    with store.reading() as unit:
        assert [("wrong_password", 2), ("delayed", 1)] == list(unit.statistics.refused(AT).items())


def test_deliveries_by_kind(store: Store) -> None:
    """What waits, what fails, what was sent and what was given up; what was over before is not counted."""
    with store.begin() as unit:
        for name, kind in (("a", "mail"), ("b", "mail"), ("c", "mail"), ("d", "mail"), ("e", "logout"), ("f", "mail")):
            unit.outbox.add(kind, name, {}, task_id=name, now=1)
        unit.outbox.failed("b", "refused", not_before=AT)
        unit.outbox.done("c", AT)
        unit.outbox.abandon("d", "refused", AT)
        unit.outbox.done("f", AT - 1)
    with store.reading() as unit:
        assert [Delivered("logout", 1, 0, 0, 0), Delivered("mail", 1, 1, 1, 1)] == list(unit.statistics.deliveries(AT))
        assert (0, 0) == unit.statistics.letters(AT)


def filled(store: Store) -> None:
    """Put many events, sessions and tasks there, one every ten minutes, quicker than one by one."""
    with_account(store)
    with store.begin() as unit:
        for statement in (EVENTS, SESSIONS, TASKS):
            unit.session.execute(text(statement), {"many": MANY})
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


@pytest.mark.parametrize(
    ("query", "recent", "index"),
    [
        # All of the test's sessions are of one account: the index by account and time is as good.
        (opened_query, 500, "ix_sign_ins_"),
        # Most of the record is other events, of the same days.
        (refused_query, MANY, "ix_audit_event_time"),
        (deliveries_query, 500, "ix_outbox_due"),
    ],
)
def test_each_count_reads_one_range_of_an_index(
    store: Store, query: Callable[[int], Select[Any]], recent: int, index: str
) -> None:
    """However much there is, the recent part alone is looked at."""
    filled(store)
    words = str(query((MANY - recent) * 600).compile(store.engine, compile_kwargs={"literal_binds": True}))
    how = "EXPLAIN QUERY PLAN " if store.engine.dialect.name == "sqlite" else "EXPLAIN "
    with store.reading() as unit:
        plan = "\n".join(str(row) for row in unit.session.execute(text(how + words.replace("%%", "%"))))
    assert index in plan, plan
    assert [] == [whole for whole in ("Seq Scan", "SCAN audit", "SCAN sign_ins", "SCAN outbox") if whole in plan], plan
