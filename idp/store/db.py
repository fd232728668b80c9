"""The engine and the unit of work.

Flask-SQLAlchemy owns the engine; the models stay on our typed `Base`, and a unit of work needs no Flask context, so
that the machines' door and the worker use the same one as the pages.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TypeVar

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import URL, Connection, Engine, event, exc, make_url
from sqlalchemy.orm import Session

from idp import config
from idp.store.accounts import Accounts
from idp.store.audit import AuditTrail
from idp.store.clients import Clients
from idp.store.consents import Consents
from idp.store.email_proofs import EmailProofs
from idp.store.errors import StoreBusy, classify
from idp.store.grants import Grants
from idp.store.keys import Keys
from idp.store.letters import Letters
from idp.store.outbox import Outbox
from idp.store.provisionals import Provisionals
from idp.store.spent import Spent
from idp.store.tables import Base
from idp.store.tokens import Tokens

T = TypeVar("T")

db: Final = SQLAlchemy(metadata=Base.metadata)
"""The Flask extension. It holds the engine of each application; our units open their own sessions on it."""

_WRITES: Final = "idp_writes"
_MAY_VANISH: Final = "idp_may_vanish"
_LEVEL: Final = "idp_synchronous"
_SQLITE_BUSY_MS: Final = 5000
_PATIENCE: Final = 4.5
"""Seconds of waiting after which contention is not tried again: a little less than one full wait for SQLite's lock."""


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
    return engine


def engine_options(url: URL, settings: config.Database) -> dict[str, Any]:
    """Return the engine options of a database: pool, deadlines and what PostgreSQL shows as our name."""
    # A driver's error is logged with its traceback: without the values, which hold numbers, hashes and states (N-152).
    pool: dict[str, Any] = {
        "pool_size": settings.pool_size,
        "max_overflow": 4,
        "pool_timeout": 5,
        "hide_parameters": True,
    }
    if url.get_backend_name() != "postgresql":
        return pool
    milliseconds = int(settings.statement_timeout * 1000)
    server = f"-c statement_timeout={milliseconds} -c lock_timeout={max(1, milliseconds // 2)}"
    connection = {"application_name": "carpimko-idp", "connect_timeout": 5, "options": server}
    return pool | {
        "pool_pre_ping": True,
        "isolation_level": "READ COMMITTED",
        "connect_args": connection,
    }


def prepare(engine: Engine) -> None:
    """Give an engine our transaction rules. On SQLite: write-ahead log, full synchronisation, explicit BEGIN.

    SQLite's driver would begin late and never for reads; a write unit must take the write lock at its start, since a
    lock upgraded in the middle cannot be waited for.
    """
    if engine.dialect.name != "sqlite":
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
        if not options.get(_WRITES, False):
            connection.exec_driver_sql("BEGIN")
            return
        # Between transactions only; a connection keeps its level until a unit of the other kind takes it.
        level = "NORMAL" if options.get(_MAY_VANISH, False) else "FULL"
        if connection.info.get(_LEVEL, "FULL") != level:
            connection.exec_driver_sql(f"PRAGMA synchronous={level}")
            connection.info[_LEVEL] = level
        connection.exec_driver_sql("BEGIN IMMEDIATE")


class Unit:
    """One transaction: its session, and the repositories on it, made when first asked for."""

    def __init__(self, session: Session) -> None:
        self.session: Final = session

    @cached_property
    def accounts(self) -> Accounts:
        """Dossiers."""
        return Accounts(self.session)

    @cached_property
    def clients(self) -> Clients:
        """Relying applications."""
        return Clients(self.session)

    @cached_property
    def grants(self) -> Grants:
        """Redeemed authorizations."""
        return Grants(self.session)

    @cached_property
    def tokens(self) -> Tokens:
        """Access and refresh tokens, by digest."""
        return Tokens(self.session)

    @cached_property
    def consents(self) -> Consents:
        """What members agreed to share."""
        return Consents(self.session)

    @cached_property
    def keys(self) -> Keys:
        """Sealed signing keys."""
        return Keys(self.session)

    @cached_property
    def audit(self) -> AuditTrail:
        """Security events."""
        return AuditTrail(self.session)

    @cached_property
    def outbox(self) -> Outbox:
        """Work that leaves the house."""
        return Outbox(self.session)

    @cached_property
    def spent(self) -> Spent:
        """Values that may be used once."""
        return Spent(self.session)

    @cached_property
    def provisionals(self) -> Provisionals:
        """Provisional passwords."""
        return Provisionals(self.session)

    @cached_property
    def letters(self) -> Letters:
        """Letters to print."""
        return Letters(self.session)

    @cached_property
    def email_proofs(self) -> EmailProofs:
        """Links that prove a contact address."""
        return EmailProofs(self.session)


class Store:
    """Opens units of work on one engine. Thread-safe; a unit belongs to one thread."""

    def __init__(self, engine: Engine) -> None:
        self.engine: Final = engine
        self._writing = engine.execution_options(**{_WRITES: True})
        self._fleeting = engine.execution_options(**{_WRITES: True, _MAY_VANISH: True})
        self._reading = engine.execution_options(postgresql_readonly=True)
        event.listen(self._reading, "before_cursor_execute", _refuse_write)

    @contextmanager
    def begin(self) -> Iterator[Unit]:
        """Open a unit that writes: commits when the block ends, rolls back when it raises.

        Raises:
            StoreBusy: contention; nothing was written.
            StoreUnavailable: the database is lost; a commit in flight may or may not have been kept.
        """
        with _translated(), Session(self._writing, autoflush=False) as session, session.begin():
            # Taken now: the write lock of SQLite must precede the first read of the unit.
            session.connection()
            yield Unit(session)

    @contextmanager
    def fleeting(self) -> Iterator[Unit]:
        """Open a unit like `begin` whose commit does not wait for the disk: a power cut may take the last ones away.

        As atomic as any other, kept when only the process dies. For values whose loss changes no security answer
        (decision D2): sessions, pages under way, counters. Never for what must stand once it was answered.

        Raises:
            StoreBusy: contention; nothing was written.
            StoreUnavailable: the database is lost; a commit in flight may or may not have been kept.
        """
        with _translated(), Session(self._fleeting, autoflush=False) as session, session.begin():
            connection = session.connection()
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
            yield Unit(session)

    @contextmanager
    def reading(self) -> Iterator[Unit]:
        """Open a unit that only reads, one consistent snapshot on SQLite, READ COMMITTED on PostgreSQL.

        Nothing done in it is kept.

        Raises:
            StoreBusy: contention.
            StoreUnavailable: the database is lost.
        """
        with _translated(), Session(self._reading, autoflush=False) as session:
            yield Unit(session)


def _refuse_write(
    _connection: Connection,
    _cursor: Any,
    _statement: str,
    _parameters: Any,
    context: Any,
    _many: bool,
) -> None:
    # A write in a reading unit would be lost without a word on SQLite.
    if context is not None and (context.isinsert or context.isupdate or context.isdelete):
        raise RuntimeError("a reading unit must not write")


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except exc.SQLAlchemyError as error:
        meaning = classify(error)
        if meaning is None:
            raise
        raise meaning from error


def once(
    work: Callable[[], T],
    *,
    attempts: int = 4,
    sleep: Callable[[float], None] = time.sleep,
    timer: Callable[[], float] = time.monotonic,
) -> T:
    """Run work that opens its own unit, again after contention, a bounded number of times (N-136).

    Each try may wait for a lock as long as the database lets it. One that has waited for all of the patience is the
    last: a thread is not held four times as long.

    Only `StoreBusy` is tried again: it says that nothing was written. A lost connection is not, because its commit
    may have been kept, and doing the work twice would be worse than an error.

    Raises:
        StoreBusy: still contended after the last attempt, or after some five seconds.
    """
    began = timer()
    for attempt in range(1, attempts):
        try:
            return work()
        except StoreBusy:
            if timer() - began >= _PATIENCE:
                raise
            sleep(0.02 * 2**attempt)
    return work()
