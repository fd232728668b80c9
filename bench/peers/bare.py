"""An application that thinks nothing: it makes the exchanges that a request cannot do without, and answers.

Under the same server, in as many processes and threads as ours: what it reaches is what is left for Python, PostgreSQL
and Redis themselves, and shows how much of a request is the provider's own work. The paths of its requests name their
exchanges, such as `/sign/write`.
"""

import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import psycopg
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import make_url

from bench.peers.grounds import PROCESSES, Grounds
from bench.peers.sides import Side
from bench.wire import raw
from idp.config.machine import Server
from idp.store.libpq import LibpqConnection
from idp.store.redis_one import exchange_with, read_one
from idp.store.together import Together
from tests.support import processes

NAME: Final = "bare"
_DATABASE, _REDIS = "IDP_BENCH_DATABASE", "IDP_BENCH_REDIS"
_BODY: Final = b"{" + b" " * 498 + b"}"
_HEADERS: Final = [
    ("Content-Type", "application/json"),
    ("Content-Length", str(len(_BODY))),
    ("Cache-Control", "no-store"),
]
_TABLES: Final = (
    "CREATE TABLE bare_read AS SELECT 1 AS id, 'what is kept' AS kept FROM generate_series(1, 1)",
    "CREATE UNIQUE INDEX ON bare_read (id)",
    "CREATE TABLE bare_written (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, kept text)",
)
_READ: Final = (b"read", b"SELECT kept FROM bare_read WHERE id = $1", (1,))
_WRITE: Final = (b"write", b"INSERT INTO bare_written (kept) VALUES ($1)", ("x" * 64,))


def request(exchanges: Sequence[str]) -> bytes:
    """Return a request, as an application sends one, for these exchanges: `sign`, `read`, `write`, `call`."""
    headers = {"Host": "bare", "Content-Type": "application/x-www-form-urlencoded"}
    return raw("POST", "/" + "/".join(exchanges), headers, "grant_type=client_credentials&scope=traitements")


@contextmanager
def running(grounds: Grounds) -> Iterator[Side]:
    """Run it on a database of its own."""
    port, database = processes.free_port(), grounds.database()
    url = make_url(database).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in _TABLES:
            connection.execute(statement)
    program = processes.start(
        [sys.executable, "-m", "bench.peers.bare", str(port)],
        grounds.folder / f"bare-{port}.log",
        env={_DATABASE: url, _REDIS: grounds.redis.url},
    )
    try:
        program.wait_until(lambda: processes.answers(f"http://127.0.0.1:{port}/"), 60)
        yield Side(NAME, port, {}, program, database)
    finally:
        program.stop()


def application() -> WSGIApplication:
    """Return it, for one process."""
    exchanges = _exchanges()

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        environ["wsgi.input"].read()
        for name in environ["PATH_INFO"].split("/"):
            if name:
                exchanges[name]()
        start_response("200 OK", _HEADERS)
        return [_BODY]

    return answer


def _exchanges() -> Mapping[str, Callable[[], object]]:
    held = threading.local()

    def connection() -> LibpqConnection:
        if not hasattr(held, "connection"):
            held.connection = LibpqConnection(psycopg.connect(os.environ[_DATABASE], autocommit=True))
        found: LibpqConnection = held.connection
        return found

    read: Together[Any, Any] = Together(
        lambda asked: connection().several(asked), lambda asked: connection().run(*asked)
    )
    server = read_one(os.environ[_REDIS])
    if server is None:
        raise SystemExit(f"{_REDIS} names no server")
    call = exchange_with(server, None, None, 5.0)
    key, algorithm = ec.generate_private_key(ec.SECP256R1()), ec.ECDSA(hashes.SHA256())
    return {
        "sign": lambda: key.sign(_BODY, algorithm),
        "read": lambda: read(_READ),
        "write": lambda: connection().run(*_WRITE),
        "call": lambda: call(("SET", "bare", "x" * 300, "EX", "60")),
    }


def main() -> None:
    """Serve on the port that is named."""
    from granian import Granian  # noqa: PLC0415 - whoever starts it needs no server
    from granian.constants import Interfaces  # noqa: PLC0415 - as above

    Granian(
        "bench.peers.bare:application",
        factory=True,
        interface=Interfaces.WSGI,
        port=int(sys.argv[1]),
        workers=PROCESSES,
        blocking_threads=Server().threads,
        log_enabled=False,
    ).serve()


if __name__ == "__main__":
    main()
