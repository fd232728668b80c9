"""A house under test: `idp serve` and `idp worker` as programs, on stores of its own behind fault proxies."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final, Literal

import pytest
from sqlalchemy import create_engine

from idp import config
from idp.app import Application, build
from idp.protocol.client import Client
from idp.store import schema
from tests.support import postgresql, processes, redis_server
from tests.support.cast import ESPACE, ISSUER, MEMBER, PARTNER, PASSWORD, SECRET
from tests.support.harness.proxy import FaultProxy
from tests.support.processes import Program
from tests.support.provider import settings as provider_settings

MANY: Final = 1_000_000
DURABLE: Final = {"synchronous_commit": "on"}
"""A commit that was acknowledged is written before: these servers are killed (the machine is not, so no fsync)."""

MOBILE: Final = replace(
    PARTNER,
    client_id="mobile",
    name="Application mobile",
    first_party=True,
    grant_types=frozenset({"authorization_code", "refresh_token"}),
    scopes=frozenset({"openid", "profile", "offline_access"}),
)
"""A public client of the fund's, whose refresh tokens rotate."""

Kind = Literal["postgresql", "sqlite"]


@dataclass
class Stores:
    """PostgreSQL and Redis of one house, each behind its proxy; on SQLite there is neither."""

    home: Path
    database_url: str
    direct_url: str
    redis_url: str | None = None
    postgres: postgresql.PostgresServer | None = None
    redis: redis_server.RedisServer | None = None
    postgres_proxy: FaultProxy | None = None
    redis_proxy: FaultProxy | None = None

    def close(self) -> None:
        """Stop the servers and forget what they held."""
        for proxy in (self.postgres_proxy, self.redis_proxy):
            if proxy is not None:
                proxy.close()
        for server in (self.postgres, self.redis):
            if server is not None:
                server.stop()
        shutil.rmtree(self.home, ignore_errors=True)


def open_stores(kind: Kind) -> Stores:
    """Start the stores of a house, migrated and empty."""
    home = Path(tempfile.mkdtemp(prefix="idp-fault-", dir="/tmp"))  # short: a Unix socket is below
    home.chmod(0o711)
    if kind == "sqlite":
        url = f"sqlite:///{home}/idp.sqlite3"
        return Stores(home, url, url)
    programs, executable = postgresql.programs(), redis_server.program()
    if programs is None or executable is None:
        pytest.skip("no PostgreSQL or no Redis: install the wheels of the tests")
    postgres = postgresql.PostgresServer.create(home / "pg", programs)
    postgres.start(DURABLE)
    redis = redis_server.RedisServer(home / "redis", executable)
    redis.start()
    postgres_proxy = FaultProxy(postgres.home / f".s.PGSQL.{postgresql.PORT}")
    redis_proxy = FaultProxy(redis.home / "redis.sock")
    direct = postgres.url(postgres.new_database())
    proxied = direct.set(
        host="127.0.0.1", port=postgres_proxy.port, query={"sslmode": "disable", "gssencmode": "disable"}
    )
    return Stores(
        home,
        proxied.render_as_string(hide_password=False),
        direct.render_as_string(hide_password=False),
        f"redis://127.0.0.1:{redis_proxy.port}/0",
        postgres,
        redis,
        postgres_proxy,
        redis_proxy,
    )


@dataclass
class House:
    """A provider that runs.

    Args:
        folder: for its files.
        stores: where it keeps things.
        workers: processes of `idp serve`.
        dossiers: members there are, each with `PASSWORD`.
        sections: further settings.
    """

    folder: Path
    stores: Stores
    workers: int = 2
    dossiers: Sequence[str] = ()
    sections: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    subjects: dict[str, str] = field(default_factory=dict)
    """The `sub` of each dossier."""
    accounts: dict[str, str] = field(default_factory=dict)
    empty: bool = False
    """Its database is as a first start finds it."""
    port: int = field(default_factory=processes.free_port)
    clients: Sequence[tuple[Client, str | None]] = ((ESPACE, SECRET), (MOBILE, None), (PARTNER, None))

    def __post_init__(self) -> None:
        """Migrate, make keys and people; nothing is served yet."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.crash_points = self.folder / "crash"
        self.crash_points.mkdir()
        self.server: Program | None = None
        self.worker: Program | None = None
        self._stopping = False
        self.file = self.folder / "idp.toml"
        self.file.write_text(_toml(self._settings(self.stores.database_url)), encoding="utf-8")
        self.application: Application = build(self._settings(self.stores.direct_url))
        if not self.empty:
            self._fill()

    def _fill(self) -> None:
        engine = create_engine(self.stores.direct_url)
        schema.migrate(engine)
        engine.dispose()
        self.application.prepare()
        for client, secret in self.clients:
            self.application.clients.upsert(client, secret)
        for dossier in self.dossiers:
            dossier_of = replace(MEMBER, dossier=dossier, email=f"m{dossier}@example.org")
            account = self.application.dossiers.upsert(dossier_of, PASSWORD)
            self.subjects[dossier], self.accounts[dossier] = account.subject, account.id

    def _settings(self, url: str) -> config.Settings:
        base: dict[str, dict[str, Any]] = {
            "server": {
                "port": self.port,
                "workers": self.workers,
                "trusted_proxies": ("127.0.0.1",),
                "run_worker": False,
            },
            "cache": (
                {"redis_url": self.stores.redis_url, "stand_in_after": 2.0, "stand_in_calm": 1.0}
                if self.stores.redis_url
                else {}
            ),
            "keys": {"algorithms": ("ES256", "RS256"), "reload_every": 1},
            "passwords": {"network_failures": MANY, "global_failures": MANY, "memory_kib": 8192, "passes": 1},
            "tokens": {"refresh_grace": 60},
        }
        merged = {name: {**base.get(name, {}), **self.sections.get(name, {})} for name in {*base, *self.sections}}
        return provider_settings(self.folder, url, **merged)

    def begin(self) -> Program:
        """Begin to serve, and return at once."""
        self.server = self._program("serve")
        return self.server

    def start(self) -> None:
        """Serve, and return once it is ready."""
        self.begin().wait_until(self.ready, 60)

    def start_worker(self) -> None:
        """Run the outbox worker."""
        earlier = self.log.read_text().count("at work") if self.log.exists() else 0
        self.worker = self._program("worker")
        self.worker.wait_until(lambda: self.log.read_text().count("at work") > earlier, 60)

    def work_again(self) -> None:
        """Run the worker again where it was killed."""
        if self.worker is not None and self.worker.process.poll() is not None:
            self.start_worker()

    def _program(self, command: str) -> Program:
        line = [sys.executable, "-c", "from idp.cli import main; main()", "--config", str(self.file), command]
        return processes.start(line, self.log, env={"IDP_CRASH_POINTS": str(self.crash_points)})

    def environment(self) -> dict[str, str]:
        """Return what a command runs with that may be crashed, too."""
        return {**os.environ, "IDP_CRASH_POINTS": str(self.crash_points)}

    @property
    def log(self) -> Path:
        """Where both programs write."""
        return self.folder / "house.log"

    def ready(self) -> bool:
        """Whether it says so itself."""
        return processes.answers(f"http://127.0.0.1:{self.port}/readyz")

    def state_of(self, part: str) -> str:
        """Return what `/readyz` says of a part that is not needed."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", "/readyz")
            return str(json.loads(connection.getresponse().read())["beside"][part])
        finally:
            connection.close()

    def wait_for(self, part: str, state: str, seconds: float = 120) -> float:
        """Wait until a part is in a state; return the seconds that took."""
        began = time.monotonic()
        while self.state_of(part) != state:
            if time.monotonic() - began > seconds:
                raise AssertionError(f"{part} is {self.state_of(part)}, not {state}")
            time.sleep(0.2)
        return time.monotonic() - began

    def stop(self) -> None:
        """End both programs."""
        for program in (self.worker, self.server):
            if program is not None:
                program.stop(seconds=30)

    def close(self) -> None:
        """End everything but the stores."""
        self.stop()
        self.application.close()

    def crash_at(self, point: str) -> None:
        """Let the next process that reaches a crash point end itself."""
        (self.crash_points / point).touch()

    def crashed(self, point: str) -> bool:
        """Whether a process has reached the point."""
        return not (self.crash_points / point).exists()

    def account_of(self, dossier: str) -> str:
        """Return the account of a dossier."""
        return self.accounts[dossier]

    def recover(self, seconds: float = 60) -> float:
        """Be the supervisor that an operator has: start the server again if it has ended; return the seconds it took.

        Granian starts a worker that died again by itself, but ends where one dies twice in a few seconds.
        """
        began = time.monotonic()
        time.sleep(0.05)  # the parent sees within milliseconds that a child is gone
        while len(self.worker_pids()) < self.workers or not self.ready():
            if self.server is None or self.server.process.poll() is not None:
                self.start()
            if time.monotonic() - began > seconds:
                raise AssertionError(f"not ready after {seconds} s: {self.log.read_text()[-3000:]}")
            time.sleep(0.05)
        return time.monotonic() - began

    def worker_pids(self) -> list[int]:
        """Return the processes that answer requests."""
        return children(self.server.pid) if self.server is not None else []

    def kill_one_worker(self) -> None:
        """End one of the serving processes without a word."""
        os.kill(self.worker_pids()[0], signal.SIGKILL)


def children(pid: int) -> list[int]:
    """Return the processes that a server has begun to answer requests, oldest first."""
    listed = subprocess.run(
        ["/bin/ps", "-A", "-o", "pid=,ppid=,stat=,command="], capture_output=True, text=True, check=True
    )
    rows = (line.split(None, 3) for line in listed.stdout.splitlines())
    own = (row for row in rows if int(row[1]) == pid and not row[2].startswith("Z"))
    return sorted(int(row[0]) for row in own if "resource_tracker" not in row[-1])


def _toml(settings: config.Settings) -> str:
    """Write the settings that were set as TOML."""
    lines, tables = [f'issuer = "{ISSUER}"'], settings.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    for section, members in tables.items():
        if not isinstance(members, dict) or not members:
            continue
        lines.append(f"[{section}]")
        lines += [f"{name} = {_value(value)}" for name, value in members.items()]
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    return repr(value) if isinstance(value, int | float) else '"' + str(value) + '"'


@contextmanager
def running(house: House) -> Iterator[House]:
    """Serve while the block runs."""
    try:
        house.start()
        yield house
    finally:
        house.close()
