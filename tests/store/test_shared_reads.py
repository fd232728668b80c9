"""Reading statements of several threads in one exchange with PostgreSQL."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Integer, Text, bindparam, cast, create_engine, event, exc, func, insert, select, text
from sqlalchemy.pool import NullPool

from idp.store import shared_reads
from idp.store.db import Store
from idp.store.errors import StoreBusy, StoreUnavailable
from idp.store.libpq import LibpqConnection
from idp.store.prepared import Prepared
from idp.store.shared_reads import Asked, go_alone, go_for
from idp.store.spent import SPENT
from idp.store.together import Together

NAMED = Prepared(select(SPENT.c.expires_at).where(SPENT.c.digest == bindparam("wanted")), quick=True)
REST = Prepared(select(func.mod(12, cast(bindparam("by"), Integer), type_=Integer)), quick=True)
ALL = Prepared(
    select(text("*"), SPENT.c.purpose).select_from(SPENT).where(SPENT.c.digest == bindparam("wanted")), quick=True
)
SLEEP = Prepared(select(func.length(cast(func.pg_sleep(bindparam("spell")), Text), type_=Integer)), quick=True)

Calls = Sequence[tuple[Prepared, dict[str, Any]]]


class Meeting:
    """Holds back whoever goes first until so many others wait, so that these travel together."""

    def __init__(self, store: Store, others: int) -> None:
        self.companies: list[int] = []
        self._others = others
        self._first = threading.Lock()
        self._reads = Together(self._for_all, self._alone, patience=10)
        store._leases.reads = self._reads  # type: ignore[misc]  # the house keeps one for good

    def _alone(self, asked: Asked) -> Any:
        if self._first.acquire(blocking=False):
            limit = time.monotonic() + 8
            while len(self._reads._queue) < self._others and time.monotonic() < limit:
                time.sleep(0.001)
        return go_alone(asked)

    def _for_all(self, company: Sequence[Asked]) -> Sequence[Any]:
        self.companies.append(len(company))
        return go_for(company)


@pytest.fixture
def three(on_postgresql: Store) -> Store:
    """A store with three rows: their times are 1, 2 and 3."""
    with on_postgresql.begin() as unit:
        rows = [{"purpose": "proof", "digest": f"row-{number}", "expires_at": number} for number in (1, 2, 3)]
        unit.session.execute(insert(SPENT), rows)
    return on_postgresql


def read(store: Store, statement: Prepared, **values: Any) -> Any:
    """Run a statement in a unit of its own and return the first value, or the error."""
    try:
        with store.reading() as unit:
            row = statement.first(unit.session, **values)
            return None if row is None else row[0]
    except (exc.DBAPIError, StoreBusy, StoreUnavailable, UnicodeError) as error:
        return error


def together(store: Store, asked: Calls) -> tuple[list[Any], list[int]]:
    """Ask the first alone and the others while it is under way; return what was found, and who travelled together."""
    meeting = Meeting(store, len(asked) - 1)
    with ThreadPoolExecutor(len(asked)) as pool:
        futures = [pool.submit(read, store, statement, **values) for statement, values in asked]
        return [future.result() for future in futures], meeting.companies


def test_each_gets_its_own_rows(three: Store) -> None:
    """Also who asks for what is not there."""
    wanted = ["row-1", "row-2", "nothing", "row-3", "row-1"]
    found, companies = together(three, [(NAMED, {"wanted": one}) for one in wanted])
    assert [1, 2, None, 3, 1] == found
    assert [4] == companies


def test_an_error_is_only_told_to_who_asked(three: Store) -> None:
    """Those after it are asked again, alone, and the connection goes on."""
    asked: Calls = [(NAMED, {"wanted": "row-1"}), (REST, {"by": 9}), (REST, {"by": 0}), (NAMED, {"wanted": "row-2"})]
    found, companies = together(three, asked)
    faults = [one for one in found if isinstance(one, exc.DBAPIError)]
    assert ["22012"] == [getattr(fault.orig, "sqlstate", "") for fault in faults]
    assert {1, 2, 3} == {one for one in found if not isinstance(one, Exception)}
    assert [3] == companies
    assert read(three, REST, by=5) == 2


def test_a_value_that_cannot_be_sent_is_its_owners_fault(three: Store) -> None:
    """PostgreSQL's text holds no NUL, and UTF-8 no half of a pair."""
    asked = [(NAMED, {"wanted": one}) for one in ("row-1", "row\0", "row\ud800", "row-2")]
    found, _ = together(three, asked)
    assert {exc.DataError, UnicodeEncodeError} == {type(one) for one in found if isinstance(one, Exception)}
    assert {1, 2} == {one for one in found if not isinstance(one, Exception)}


def test_what_one_waited_for_in_vain_nobody_waits_for_again(three: Store) -> None:
    """A statement that was cancelled for its time says so for those of its kind; others are asked alone."""
    with three.begin() as unit:
        name = unit.session.execute(text("select current_database()")).scalar_one()
        unit.session.execute(text(f'alter database "{name}" set statement_timeout = 300'))
    three.engine.dispose()
    asked: Calls = [
        (NAMED, {"wanted": "row-1"}),
        (SLEEP, {"spell": 5}),
        (SLEEP, {"spell": 6}),
        (NAMED, {"wanted": "row-2"}),
    ]
    with three.reading() as unit:
        found = go_for(
            [Asked(unit.session, *statement._for_libpq(unit.session, values)) for statement, values in asked]
        )
    assert b"1" == found[0].get_value(0, 0)
    assert ["57014", "57014"] == [one.sqlstate for one in found[1:3]]
    assert found[1] is not found[2]
    assert found[3] is None


@pytest.fixture
def cut(three: Store, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """PostgreSQL ends the connection of the next shared exchange, after what is in the list."""
    sent, before = LibpqConnection._sent, list[str]()
    # Of another database: this one may be told to take no connections.
    elsewhere = three.engine.url.set(database="postgres")
    administrator = create_engine(elsewhere, poolclass=NullPool, isolation_level="AUTOCOMMIT")

    def ended(self: LibpqConnection, messages: Sequence[Any]) -> list[Any]:
        monkeypatch.setattr(LibpqConnection, "_sent", sent)
        with administrator.connect() as other:
            for statement in before:
                other.execute(text(statement), {"name": three.engine.url.database})
            other.execute(text("select pg_terminate_backend(:pid)"), {"pid": self._connection.info.backend_pid})
        return sent(self, messages)

    monkeypatch.setattr(LibpqConnection, "_sent", ended)
    monkeypatch.setattr(shared_reads, "PROMPT", 60.0)  # the machine may be busy
    return before


ROWS: Calls = [(NAMED, {"wanted": f"row-{number}"}) for number in (1, 2, 3, 1, 2, 3, 1, 2)]


@pytest.mark.usefixtures("cut")
def test_a_lost_connection_costs_nobody_an_answer(three: Store, caplog: pytest.LogCaptureFixture) -> None:
    """Each asks again by itself, who went for them too; the log says it once."""
    found, companies = together(three, ROWS)
    assert [1, 2, 3, 1, 2, 3, 1, 2] == found
    assert [7] == companies
    assert ["database_connection_lost"] == [getattr(record, "event", "") for record in caplog.records]


def test_a_database_that_is_away_is_asked_once_more(three: Store, cut: list[str]) -> None:
    """By each at most: nobody tries for long, and everybody is told that it is away."""
    cut.append(f'alter database "{three.engine.url.database}" allow_connections false')
    cut.append("select pg_terminate_backend(pid) from pg_stat_activity where datname = :name")
    tries: list[int] = []
    event.listen(three.engine, "do_connect", lambda *_values: tries.append(1))
    found, companies = together(three, ROWS)
    away = [one for one in found if isinstance(one, StoreUnavailable)]
    assert [7] == companies
    assert len(away) >= 6  # one goes first, and one may have the connection over which it was cut
    assert len(tries) <= len(ROWS) + 1


@pytest.mark.usefixtures("cut")
def test_a_connection_lost_after_a_wait_is_told_to_all(three: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that had to be given up is not waited for a second time by each; the next unit has another."""
    monkeypatch.setattr(shared_reads, "PROMPT", 0.0)
    found, _ = together(three, ROWS[:3])
    assert [1] == [one for one in found if not isinstance(one, Exception)]
    assert [StoreUnavailable] * 2 == [type(one) for one in found if isinstance(one, Exception)]
    assert read(three, NAMED, wanted="row-3") == 3


def test_a_statement_of_a_table_that_changed_is_asked_again(three: Store) -> None:
    """The connection that prepared it for the table of before is given up."""
    assert read(three, ALL, wanted="row-1") == "proof"
    with three.begin() as unit:
        unit.session.execute(text("alter table spent add column later integer"))
    found, companies = together(
        three, [(NAMED, {"wanted": "row-1"}), (ALL, {"wanted": "row-2"}), (ALL, {"wanted": "row-3"})]
    )
    assert [2] == companies
    assert set(found) == {1, "proof"}
