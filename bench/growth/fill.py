"""Fills a provider's stores in seconds: what one real sign-in left is multiplied where it lies.

Rows are copies of rows that the provider wrote itself, with other keys: a column that comes into being later is
copied too. Tokens and cookies follow from their number, so that any of a million can be shown.
"""

import hashlib
import json
import socket
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import redis
from sqlalchemy import Connection, NullPool, create_engine, text

CHUNK: Final = 2000
"""Commands of Redis that are sent at a time."""
ALIVE: Final = 8 * 3600
"""Seconds for which everything lives."""
STEP: Final = 7919
"""A prime that divides no number of applications."""
REFRESH, COOKIE = "R", "C"
"""First letters of the values that follow from a number."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is."""

    dossiers: int
    applications: int
    tokens: int

    def told(self) -> dict[str, int]:
        """Return it in words."""
        return {
            "dossiers": self.dossiers,
            "applications": self.applications,
            "live refresh tokens": self.tokens,
            "sessions": self.tokens,
        }


def value(kind: str, number: int) -> str:
    """Return the refresh token or session cookie of a number: of the shape of a real one."""
    return f"{kind}{number:042}"


def application(number: int, size: Size) -> str:
    """Return the application that a token's number belongs to: those of neighbours, and of every step, differ."""
    return f"c{number * STEP % size.applications}"


def dossier(number: int) -> str:
    """Return the number at the fund of the member of a number."""
    return f"{3_000_000 + number}"


def fill(database: str, path: str, place: int, size: Size, model: str) -> float:
    """Multiply what one sign-in left; return the seconds that it took.

    Args:
        database: URL of a provider's database, in which one member has signed in to one application with tokens.
        path: Redis's socket.
        place: the number of Redis's database.
        size: how much there should be.
        model: the application that is multiplied, with the tokens that it has.
    """
    begun = time.monotonic()
    engine = create_engine(database, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        # References hold by construction, and nothing here has to survive a crash.
        connection.execute(text("SET session_replication_role = replica"))
        connection.execute(text("SET synchronous_commit = off"))
        connection.execute(text("SET maintenance_work_mem = '256MB'"))
        connection.execute(text("SET work_mem = '256MB'"))
        for table, (where, count, changes) in _copies(size).items():
            multiply(connection, table, where.format(model=model), count, changes)
        connection.execute(text("VACUUM ANALYZE"))
        connection.execute(text("CHECKPOINT"))
    engine.dispose()
    _sessions(path, place, size)
    return time.monotonic() - begun


def _copies(size: Size) -> dict[str, tuple[str, int, dict[str, str]]]:
    """Return for each table: which row is the model, how many are made of it, and the columns that differ."""
    end = str(int(time.time()) + ALIVE)
    member, client = (
        f"'g' || lpad((n % {size.dossiers})::text, 31, '0')",
        f"'c' || (n::bigint * {STEP} % {size.applications})",
    )
    grant = "'a' || lpad(n::text, 31, '0')"
    newest = "client_id = '{model}' ORDER BY 1 LIMIT 1"
    return {
        "accounts": (
            "dossier = '1234567'",
            size.dossiers,
            {
                "id": member,
                "subject": "'s' || lpad(n::text, 31, '0')",
                "dossier": "(3000000 + n)::text",
                "email": "'m' || n || '@example.org'",
            },
        ),
        "clients": ("client_id = '{model}'", size.applications, {"client_id": client, "name": "'Application ' || n"}),
        "grants": (
            newest,
            size.tokens,
            {
                "id": grant,
                "code_digest": "'c' || lpad(n::text, 63, '0')",
                "account_id": member,
                "client_id": client,
                "sid": "'sid' || n",
                "subject": "'s' || lpad(n::text, 31, '0')",
                "expires_at": end,
            },
        ),
        "refresh_tokens": (
            newest,
            size.tokens,
            {"digest": _sha256(_value(REFRESH)), "grant_id": grant, "client_id": client},
        ),
        "sign_ins": (
            newest,
            size.tokens,
            {
                "id": "lpad(n::text, 32, '0')",
                "account_id": member,
                "sid": "'sid' || n",
                "handle": _sha256(_value(COOKIE)),
                "device": _sha256("'device' || n"),
                "client_id": client,
            },
        ),
    }


def _value(kind: str) -> str:
    return f"'{kind}' || lpad(n::text, 42, '0')"


def _sha256(expression: str) -> str:
    return f"encode(sha256(convert_to({expression}, 'UTF8')), 'hex')"


def multiply(connection: Connection, table: str, where: str, count: int, changes: Mapping[str, str]) -> None:
    """Insert so many copies of a row; the indexes that guard nothing are made anew when all are there."""
    columns = [
        row[0]
        for row in connection.execute(
            text("SELECT column_name FROM information_schema.columns WHERE table_name = :table"), {"table": table}
        )
    ]
    if unknown := set(changes) - set(columns):
        raise SystemExit(f"{table} has no {', '.join(sorted(unknown))}: what is multiplied has another form now")
    indexes = connection.execute(
        text(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = :table AND indexname NOT IN "
            "(SELECT conname FROM pg_constraint WHERE conrelid = CAST(:table AS regclass))"
        ),
        {"table": table},
    ).all()
    for name, _ in indexes:
        connection.execute(text(f'DROP INDEX "{name}"'))
    into = ", ".join(f'"{name}"' for name in columns)
    what = ", ".join(changes.get(name, f'model."{name}"') for name in columns)
    # A key that is a digest comes in any order, and an index is quicker made from its beginning to its end.
    order = f" ORDER BY {changes['digest']}" if "digest" in changes else ""
    made = connection.execute(
        text(
            f"INSERT INTO {table} ({into}) SELECT {what} FROM (SELECT * FROM {table} WHERE {where}) AS model, "  # noqa: S608 - names of our own
            f"generate_series(0, {count - 1}) AS n{order}"
        )
    )
    if made.rowcount != count:
        raise SystemExit(f"{table}: {made.rowcount} rows made of a model, {count} wanted")
    for _, definition in indexes:
        connection.execute(text(definition))


def _sessions(path: str, place: int, size: Size) -> None:
    """Put sessions into Redis: copies of the one that is there."""
    with redis.Redis(unix_socket_path=path, db=place) as client:
        key = next(iter(client.scan_iter("session:*", count=1000)))
        kept = client.get(key)
    assert isinstance(kept, bytes)  # noqa: S101 - the client's types say more than its answers
    # Seen late, so that no turn is the first use of a session for a minute, which is written down.
    model = {**json.loads(kept), "seen_at": int(time.time()) + 1200}
    with socket.socket(socket.AF_UNIX) as wire:
        wire.connect(path)
        wire.sendall(_command(b"SELECT", str(place).encode()))
        answers = 1
        for chunk, count in _chunks(model, size):
            wire.sendall(chunk)
            answers += count
            while answers > CHUNK:
                answers -= wire.recv(1 << 16).count(b"\r\n")
        while answers > 0:
            answers -= wire.recv(1 << 16).count(b"\r\n")


def _chunks(model: Mapping[str, Any], size: Size) -> Iterator[tuple[bytes, int]]:
    before, middle, after = json.dumps({**model, "account_id": "\0", "sid": "\0"}).split('"\\u0000"')
    made: list[bytes] = []
    for number in range(size.tokens):
        handle = hashlib.sha256(value(COOKIE, number).encode()).hexdigest()
        account, sid = f'"g{number % size.dossiers:031}"', f'"sid{number}"'
        order = (sid, account) if before.rstrip().endswith('"sid":') else (account, sid)
        record = f"{before}{order[0]}{middle}{order[1]}{after}".encode()
        made.append(_command(b"SET", f"session:{handle}".encode(), record, b"EX", str(ALIVE).encode()))
        if len(made) == CHUNK:
            yield b"".join(made), CHUNK
            made = []
    yield b"".join(made), len(made)


def _command(*words: bytes) -> bytes:
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)
