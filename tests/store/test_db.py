"""The unit of work: commit, roll back, and faults told by what the caller may do."""

import os
import signal
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any, cast

import pytest
from flask import Flask
from sqlalchemy import NullPool, create_engine, exc, make_url, select, text

from idp import config
from idp.store import engine as engines
from idp.store import errors, leases
from idp.store.clients import CLIENTS
from idp.store.db import Store, Unit, once
from idp.store.engine import database_url, engine_options, open_engine
from idp.store.errors import StoreBusy, StoreUnavailable
from idp.store.frozen import Watch
from tests.support.stores import sqlite_store


def _claim_and_fail(unit: Unit) -> None:
    unit.spent.claim("p", "d", 1)
    raise KeyError


def test_a_unit_commits_when_its_block_ends(store: Store) -> None:
    """What a unit wrote is there for the next one."""
    with store.begin() as unit:
        unit.spent.claim("p", "d", 1)
    with store.begin() as unit:
        assert not unit.spent.claim("p", "d", 1)


def test_a_unit_that_raises_leaves_nothing(store: Store) -> None:
    """An exception rolls everything back and comes out unchanged."""
    with pytest.raises(KeyError), store.begin() as unit:
        _claim_and_fail(unit)
    with store.begin() as unit:
        assert unit.spent.claim("p", "d", 1)


def test_of_several_hosts_the_one_that_takes_writes_is_taken(postgres_url: str, tmp_path: Path) -> None:
    """Hosts that are gone are passed over; one that refuses writes, as a standby does, is nobody's (libpq)."""
    one = make_url(postgres_url)
    socket, port = str(one.query["host"]), str(one.query["port"])
    hosts = {"host": f"{tmp_path},{socket}", "port": f"{port},{port}", "target_session_attrs": "read-write"}
    url = one.set(query=hosts).render_as_string(hide_password=False)
    engine = open_engine(Flask(__name__), config.load(database={"url": url, "pool_size": 1}))
    with Store(engine).begin() as unit:
        unit.session.execute(text("CREATE TABLE taken (id int)"))
        unit.session.execute(text(f'ALTER DATABASE "{one.database}" SET default_transaction_read_only = on'))
    engine.dispose()
    with pytest.raises(StoreUnavailable), Store(engine).reading() as unit:
        unit.session.execute(text("SELECT 1"))
    engine.dispose()


def test_sqlite_is_opened_for_safety(store: Store) -> None:
    """Write-ahead log, full synchronisation, foreign keys: on every connection of a SQLite engine."""
    if store.engine.dialect.name != "sqlite":
        with store.reading() as unit:
            connection = unit.session.connection()
            shown = [
                connection.exec_driver_sql(f"SHOW {name}").scalar_one()
                for name in ("statement_timeout", "transaction_isolation", "application_name")
            ]
        assert shown == ["5s", "read committed", "carpimko-idp"]
        return
    with store.reading() as unit:
        connection = unit.session.connection()
        pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in pragmas]
    assert found == ["wal", 2, 1, 5000]


def test_only_a_fleeting_unit_does_not_wait_for_the_disk(store: Store) -> None:
    """The same connection serves both kinds: each unit has the level of its own kind, whatever the one before had."""
    sqlite = store.engine.dialect.name == "sqlite"
    question = "PRAGMA synchronous" if sqlite else "SHOW synchronous_commit"
    found = []
    if not sqlite:
        # The tests' own server does not wait for its disk: this connection says that it would.
        with store.begin() as unit:
            unit.session.connection().exec_driver_sql("SET synchronous_commit = on")
    for begin in (store.begin, store.fleeting, store.begin, store.fleeting):
        with begin() as unit:
            found.append(unit.session.connection().exec_driver_sql(question).scalar_one())
    durable, fleeting = (2, 1) if sqlite else ("on", "off")
    assert [durable, fleeting, durable, fleeting] == found


def test_a_fleeting_unit_is_atomic_all_the_same(store: Store) -> None:
    """What it wrote is there for the next unit of any kind; an exception rolls everything back."""
    with store.fleeting() as unit:
        unit.spent.claim("p", "kept", 1)
    with pytest.raises(KeyError), store.fleeting() as unit:
        _claim_and_fail(unit)
    with store.begin() as unit:
        assert not unit.spent.claim("p", "kept", 1)
        assert unit.spent.claim("p", "d", 1)


def test_a_reader_does_not_wait_for_a_writer(store: Store) -> None:
    """While a unit writes, another reads what was there before."""
    with store.begin() as writer:
        writer.spent.claim("p", "d", 1)
        with store.reading() as reader:
            assert reader.clients.versions() == {}


def test_work_is_done_again_after_contention_only() -> None:
    """`once` repeats what was not done, a bounded number of times, and nothing else."""
    calls: list[str] = []

    def busy_twice() -> str:
        calls.append("busy")
        if len(calls) < 3:
            raise StoreBusy("contention")
        return "done"

    def lost() -> None:
        calls.append("lost")
        raise StoreUnavailable("lost")

    def always() -> None:
        calls.append("always")
        raise StoreBusy("contention")

    assert once(busy_twice, sleep=lambda _seconds: None) == "done"
    with pytest.raises(StoreUnavailable):
        once(lost, sleep=lambda _seconds: None)
    with pytest.raises(StoreBusy):
        once(always, sleep=lambda _seconds: None)
    assert [calls.count(name) for name in ("busy", "lost", "always")] == [3, 1, 4]


def test_a_deadlock_is_contention(store: Store) -> None:
    """Two units that wait for one another: one of them is told it may try again."""
    if store.engine.dialect.name != "postgresql":
        return  # SQLite has one writer: units queue and cannot deadlock
    with store.begin() as unit:
        for name in ("a", "b"):
            unit.spent.claim("p", name, 1)
    barrier = threading.Barrier(2)
    outcomes: list[str] = []

    def cross(first: str, second: str) -> None:
        statement = "UPDATE spent SET expires_at = 2 WHERE digest = '{}'"
        try:
            with store.begin() as unit:
                unit.session.connection().exec_driver_sql(statement.format(first))
                barrier.wait(10)
                unit.session.connection().exec_driver_sql(statement.format(second))
            outcomes.append("done")
        except StoreBusy:
            outcomes.append("busy")

    threads = [threading.Thread(target=cross, args=pair) for pair in (("a", "b"), ("b", "a"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["busy", "done"]


def test_a_database_that_is_not_there_is_unavailable(free_port: int) -> None:
    """A refused connection is told as such, with a time to try again."""
    url = f"postgresql+psycopg://nobody@127.0.0.1:{free_port}/none"
    engine = create_engine(url, connect_args={"connect_timeout": 2})
    with pytest.raises(StoreUnavailable) as caught, Store(engine).begin():
        pass
    assert caught.value.retry_after == 5


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (sqlite3.SQLITE_BUSY, StoreBusy),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, StoreBusy),
        (sqlite3.SQLITE_FULL, StoreUnavailable),
        (sqlite3.SQLITE_IOERR, StoreUnavailable),
        (sqlite3.SQLITE_CONSTRAINT, None),
    ],
)
def test_sqlite_errors_are_told_apart(code: int, expected: type | None) -> None:
    """Locked means try again, a refused file means unavailable, a constraint is the caller's own."""
    original = sqlite3.OperationalError("x")
    original.sqlite_errorcode = code
    meaning = errors.classify(exc.OperationalError("statement", None, original))
    assert (None if meaning is None else type(meaning)) is expected


def test_the_password_of_the_database_is_read_from_its_file(tmp_path: Path) -> None:
    """The URL in the settings holds no secret."""
    path = tmp_path / "password"
    path.write_text("pass word\n", encoding="utf-8")
    settings = config.load(
        database={"url": "postgresql+psycopg://idp@host/idp", "password_file": path, "statement_timeout": 2.5}
    ).database
    url = database_url(settings)
    assert url.password == "pass word"
    options = engine_options(url, settings)
    assert "statement_timeout=2500" in options["connect_args"]["options"]


def test_a_full_wait_for_a_lock_is_the_last() -> None:
    """A try that used up the patience is not repeated: a locked database costs some five seconds, not twenty."""
    now, calls = [0.0], []

    def locked() -> None:
        calls.append("locked")
        now[0] += 5.0
        raise StoreBusy("database locked")

    with pytest.raises(StoreBusy):
        once(locked, sleep=lambda _seconds: None, timer=lambda: now[0])
    assert calls == ["locked"]


def test_a_locked_file_is_told_within_some_seconds(tmp_path: Path) -> None:
    """While another holds SQLite's write lock for good, a write gives up once it has waited as long as one may."""
    store, tries = sqlite_store(tmp_path), list[int]()

    def write() -> None:
        tries.append(1)
        with store.begin():
            pass

    with store.begin(), pytest.raises(StoreBusy):
        once(write)
    assert [1] == tries
    store.engine.dispose()


@pytest.mark.parametrize("way", ["library", "prepared"])
def test_a_connection_that_rested_is_tried_before_it_is_used(
    store: Store, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """A server that was restarted costs nobody an answer: what died while it rested is replaced without a word."""
    if store.engine.dialect.name != "postgresql":
        return

    def backend() -> int:
        with store.reading() as unit:
            if way == "library":
                return int(unit.session.connection().exec_driver_sql("SELECT pg_backend_pid()").scalar_one())
            return int(unit.session.direct().run(b"mine", b"SELECT pg_backend_pid()", ()).get_value(0, 0) or b"0")

    mine = backend()
    other = create_engine(store.engine.url, poolclass=NullPool)
    with other.connect() as connection:
        connection.exec_driver_sql(f"SELECT pg_terminate_backend({mine})")
    monkeypatch.setattr(engines, "RESTED", 0.0)
    monkeypatch.setattr(leases, "RESTED", 0.0)
    assert mine != backend()
    other.dispose()


@pytest.mark.parametrize("way", ["prepared", "queued", "library"])
def test_a_frozen_database_holds_no_thread_for_long(store: Store, way: str) -> None:
    """Its own deadlines are frozen with it: the connection is cut, the request refused, and another one goes on."""
    if store.engine.dialect.name != "postgresql":
        return
    watch = leases.leases_of(store.engine).watch
    mine: list[int] = []

    def work() -> None:
        with store.begin() if way == "queued" else store.reading() as unit:
            mine.append(int(unit.session.connection().exec_driver_sql("SELECT pg_backend_pid()").scalar_one()))
            os.kill(mine[0], signal.SIGSTOP)
            if way == "library":
                unit.session.execute(select(CLIENTS.c.client_id))
            elif way == "queued":
                unit.spent.mark("proof", "never", 9)
            else:
                unit.accounts.by_id("nobody")

    patience = watch.patience
    watch.patience = 0.3
    try:
        with pytest.raises(StoreUnavailable):
            work()
    finally:
        watch.patience = patience
        os.kill(mine[0], signal.SIGCONT)
    with store.reading() as unit:
        assert not unit.spent.known("proof", "never")


@pytest.mark.parametrize("size", [1, 2])
def test_who_waits_for_a_connection_gets_one_that_is_given_back(migrated_database_url: str, size: int) -> None:
    """As soon as it is: not when the pool's patience is over, which here is longer than any test."""
    if not migrated_database_url.startswith("postgresql"):
        return
    settings = config.load(database={"url": migrated_database_url, "pool_size": size, "pool_overflow": 0})
    store = Store(open_engine(Flask(__name__), settings))
    cast("Any", store.engine.pool)._timeout = 3600
    inside, go = threading.Semaphore(0), threading.Semaphore(0)

    def holding() -> None:
        with store.reading() as unit:
            unit.accounts.by_id("nobody")
            inside.release()
            assert go.acquire(timeout=60)

    holders = [threading.Thread(target=holding) for _ in range(size)]
    for thread in holders:
        thread.start()
        assert inside.acquire(timeout=60)

    def asking() -> None:
        with store.reading() as unit:
            unit.accounts.by_id("nobody")

    waiter = threading.Thread(target=asking)
    waiter.start()
    while not leases.leases_of(store.engine)._waiting:
        time.sleep(0.01)
    time.sleep(0.2)  # it is in the pool's queue by now
    go.release()
    waiter.join()
    go.release(size)
    for thread in holders:
        thread.join()
    with store.engine.connect() as connection:
        assert 1 == connection.exec_driver_sql("SELECT 1").scalar_one()
    store.engine.dispose()


def test_a_look_that_fails_is_not_the_last(caplog: pytest.LogCaptureFixture) -> None:
    """A watch goes on whatever its connections answer."""

    class Broken:
        asked_at = 1e-9

        @property
        def descriptor(self) -> int:
            raise ArithmeticError

    broken, watch = Broken(), Watch(0.0, every=0.01)
    watch.add(broken)
    deadline = time.monotonic() + 60
    while len(caplog.records) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    broken.asked_at = 0.0
    assert {"connections were not looked after"} == {one.getMessage() for one in caplog.records}
    assert len(caplog.records) >= 3
