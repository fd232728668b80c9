"""The engine: where the database is, how it is opened, and what each connection and transaction is told.

Flask-SQLAlchemy owns it (decision D21); the models stay on our typed `Base`.
"""

import time
from pathlib import Path
from typing import Any, Final

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import URL, Connection, Engine, create_engine, event, exc, make_url

from idp import config
from idp.store.errors import without_values
from idp.store.frozen import KEPT, awaited
from idp.store.leases import RESTED, leases_of
from idp.store.tables import Base

db: Final = SQLAlchemy(metadata=Base.metadata)
"""The Flask extension. It holds the engine of each application; our units open their own sessions on it."""

WRITES: Final = "idp_writes"
"""Execution option of a connection whose transaction writes."""
MAY_VANISH: Final = "idp_may_vanish"
"""Execution option of one whose commit need not wait for the disk."""
BEGUN: Final = "idp_begun"
"""One whose transaction, if there is any, was begun before SQLAlchemy saw it."""
_LEVEL: Final = "idp_synchronous"
_SQLITE_BUSY_MS: Final = 5000
_FROZEN_MS: Final = 30_000
"""Milliseconds after which PostgreSQL ends the open transaction of a node that has gone silent, with its locks."""
_BEYOND: Final = 5.0
"""Seconds beyond a statement's deadline after which its connection is cut: PostgreSQL itself is frozen then."""
_SILENCE: Final = {
    "keepalives_idle": 30,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
"""When a server of PostgreSQL that is not there any more is given up: seconds, but milliseconds for the last.

A statement has a deadline that the server keeps; this is for a machine that lost its power or its network."""
_RESTING_SINCE: Final = "idp_resting_since"


def database_url(settings: config.Database) -> URL:
    """Return the URL with the password read from its file, and a SQLite path made absolute.

    Raises:
        ConfigurationError: when the password file is missing or empty.
    """
    url = make_url(settings.url)
    if settings.password_file is not None:
        url = url.set(password=config.read_secret(settings.password_file))
    if url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:"):
        url = url.set(database=str(Path(str(url.database)).absolute()))
    return url


def open_engine(app: Flask, settings: config.Settings) -> Engine:
    """Configure Flask-SQLAlchemy on an application and return its engine. Nothing is connected yet.

    Args:
        app: the application that will own the engine.
        settings: `database` names the place; the directory of a SQLite file is created.

    Raises:
        ConfigurationError: when the password file cannot be read.
    """
    url = database_url(settings.database)
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(url, settings.database)
    db.init_app(app)
    with app.app_context():
        engine = db.engine
    prepare(engine)
    leases_of(engine).watch.patience = settings.database.statement_timeout + _BEYOND
    return engine


def probing_engine(engine: Engine, settings: config.Database) -> Engine:
    """Return an engine on the same database with one connection of its own.

    For probes: a node whose pool is busy is not one whose database is gone.
    """
    options = engine_options(engine.url, settings) | {"pool_size": 1, "max_overflow": 0}
    probing = create_engine(engine.url, **options)
    prepare(probing)
    return probing


def engine_options(url: URL, settings: config.Database) -> dict[str, Any]:
    """Return the engine options of a database: pool, deadlines and what PostgreSQL shows as our name."""
    # A driver's error is logged with its traceback: without the values, which hold numbers, hashes and states (N-152).
    # What PostgreSQL itself quotes is taken out by `without_values`.
    pool: dict[str, Any] = {
        "pool_size": settings.pool_size,
        "max_overflow": settings.pool_overflow,
        "pool_timeout": 5,
        "hide_parameters": True,
    }
    if url.get_backend_name() != "postgresql":
        return pool
    milliseconds = int(settings.statement_timeout * 1000)
    server = (
        f"-c statement_timeout={milliseconds} -c lock_timeout={max(1, milliseconds // 2)} "
        f"-c idle_in_transaction_session_timeout={_FROZEN_MS} -c bytea_output=hex"
    )
    connection: dict[str, Any] = {
        "application_name": "carpimko-idp",
        "client_encoding": "utf8",
        "connect_timeout": 5,
        "options": server,
        **_SILENCE,
    }
    # The driver's own prepared statements would end with a rollback, by DEALLOCATE ALL, and ours with them.
    connection["prepare_threshold"] = None
    # A unit ends its transaction itself: what comes back with one open is closed (`idp.store.session`).
    return pool | {
        "pool_reset_on_return": None,
        "isolation_level": "AUTOCOMMIT",
        "connect_args": connection,
    }


def prepare(engine: Engine) -> None:
    """Give an engine our transaction rules. On SQLite: write-ahead log, full synchronisation, explicit BEGIN.

    SQLite's driver would begin late and never for reads; a write unit must take the write lock at its start, since a
    lock upgraded in the middle cannot be waited for. On PostgreSQL the driver begins nothing either, since a unit that
    reads needs no transaction, and a connection that has rested is tried before it is used: a server that was
    restarted meanwhile costs nobody an answer, and a busy one is not asked twice each time.
    """
    if engine.dialect.name != "sqlite":
        _try_what_rested(engine)
        _begin_by_ourselves(engine)
        _tell_no_values(engine)
        return
    if engine.url.database not in (None, "", ":memory:"):
        Path(str(engine.url.database)).parent.mkdir(parents=True, exist_ok=True)

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in (
            f"busy_timeout={_SQLITE_BUSY_MS}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
        ):
            connection.execute(f"PRAGMA {pragma}").fetchall()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if not options.get(WRITES, False):
            connection.exec_driver_sql("BEGIN")
            return
        # Between transactions only; a connection keeps its level until a unit of the other kind takes it.
        level = "NORMAL" if options.get(MAY_VANISH, False) else "FULL"
        if connection.info.get(_LEVEL, "FULL") != level:
            connection.exec_driver_sql(f"PRAGMA synchronous={level}")
            connection.info[_LEVEL] = level
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _tell_no_values(engine: Engine) -> None:
    @event.listens_for(engine, "handle_error")
    def handle(context: Any) -> None:
        driver, made = context.original_exception, context.sqlalchemy_exception
        without_values(driver)
        if made is not None:
            kind = type(driver)
            made.args = (f"({kind.__module__}.{kind.__name__}) {driver}",)


def _begin_by_ourselves(engine: Engine) -> None:
    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if not options.get(BEGUN, False) and options.get("isolation_level") != "AUTOCOMMIT":
            connection.exec_driver_sql("BEGIN ISOLATION LEVEL READ COMMITTED")


def _try_what_rested(engine: Engine) -> None:
    @event.listens_for(engine, "checkin")
    def rest(connection: Any, record: Any) -> None:
        record.info[_RESTING_SINCE] = time.monotonic()
        if connection is not None and connection.info.transaction_status.value:
            # Whoever left its transaction open, nobody goes on with it.
            record.invalidate()

    @event.listens_for(engine, "checkout")
    def wake(connection: Any, record: Any, _proxy: Any) -> None:
        if time.monotonic() - record.info.get(_RESTING_SINCE, time.monotonic()) < RESTED:
            return
        module: Any = engine.dialect.loaded_dbapi
        try:
            with awaited(record.info.get(KEPT)):
                engine.dialect.do_ping(connection)
        except module.Error as error:
            raise exc.InvalidatePoolError from error
