"""Nodes of one provider as programs of their own, and members who sign in to them without a pause."""

import shutil
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from http.client import HTTPException
from pathlib import Path

from idp import config
from idp.app import build
from idp.store import schema
from tests.support import processes
from tests.support.cast import ESPACE, ISSUER, MEMBER, PASSWORD, SECRET
from tests.support.enumeration import HttpBrowser
from tests.support.over_http import Application
from tests.support.processes import Program
from tests.support.sources import ROOT

MANY = 1_000_000
DOSSIERS = ("2234567", "3234567", "4234567", "5234567")
"""Members who sign in, over and over, all the time."""


@dataclass
class Nodes:
    """The nodes of one provider."""

    file: Path
    ports: Sequence[int]
    running: dict[int, Program] = field(default_factory=dict)

    def start(self, port: int, *, version: Path = ROOT, **settings: str) -> None:
        """Start a node and return once it is ready.

        Args:
            port: its own.
            version: the folder with the program.
            settings: environment variables.
        """
        command = [sys.executable, "-c", "from idp.cli import main; main()", "--config", str(self.file), "serve"]
        log = self.file.with_name(f"node-{port}.log")
        environment = {"IDP_SERVER__PORT": str(port), **settings}
        self.running[port] = processes.start(command, log, env=environment, cwd=version)
        self.running[port].wait_until(lambda: processes.answers(f"http://127.0.0.1:{port}/readyz"), 60)

    def revision(self) -> str | None:
        """Return how far the database is."""
        application = build(config.load(self.file))
        try:
            return schema.current(application.engine)
        finally:
            application.close()

    def stop(self) -> None:
        """End every node."""
        for program in self.running.values():
            program.stop()


def filled(folder: Path, ports: Sequence[int], database: str, redis: str | None, more: str = "") -> Nodes:
    """Return nodes of a provider whose database has an application and members; none is started.

    Args:
        folder: where their file goes.
        ports: of the nodes.
        database: URL of an empty database.
        redis: URL of an empty Redis; None for the database.
        more: further lines of the settings.
    """
    file = folder / "idp.toml"
    cache = "" if redis is None else f'[cache]\nredis_url = "{redis}"\n'
    file.write_text(
        f'issuer = "{ISSUER}"\n[server]\nworkers = 1\ntrusted_proxies = ["127.0.0.1"]\n'
        f'[database]\nurl = "{database}"\n{cache}'
        f'[keys]\nkek_file = "{folder}/kek"\nalgorithms = ["ES256", "RS256"]\n'
        f'[mail]\ntransport = "file"\ndirectory = "{folder}/mailbox"\n'
        f"[passwords]\nnetwork_failures = {MANY}\nglobal_failures = {MANY}\nmemory_kib = 8192\npasses = 1\n{more}",
        encoding="utf-8",
    )
    application = build(config.load(file))
    application.prepare()
    application.clients.upsert(ESPACE, SECRET)
    for dossier in DOSSIERS:
        application.dossiers.upsert(replace(MEMBER, dossier=dossier), PASSWORD)
    application.close()
    return Nodes(file, ports)


MIGRATION = """\
\"\"\"What a next version adds.\"\"\"

import sqlalchemy as sa
from alembic import op

revision = "{next}"
down_revision = "{last}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    \"\"\"Add columns to tables that every sign-in writes, an index, and a table that refers to one.\"\"\"
    op.add_column("grants", sa.Column("next_version", sa.String(32), nullable=True))
    op.add_column("refresh_tokens", sa.Column("next_version", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_index("ix_sign_ins_next_version", "sign_ins", ["provider", "started_at"])
    op.create_table(
        "next_version",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("account_id", sa.String(32), sa.ForeignKey("accounts.id"), nullable=False),
    )
"""


def next_version(folder: Path) -> str:
    """Make the program's next version in a new folder: as it is, with one more migration; return its revision."""
    folder.mkdir()
    shutil.copytree(ROOT / "idp", folder / "idp")
    for name in ("federation", "keys", "templates"):
        (folder / name).symlink_to(ROOT / name)
    last = schema.head()
    following = f"{int(last) + 1:04}"
    file = folder / "idp" / "store" / "migrations" / "versions" / f"{following}_next_version.py"
    file.write_text(MIGRATION.format(last=last, next=following), "ascii")
    return following


@dataclass
class Crowd:
    """Members who sign in through a proxy; what they hold, and how often they saw an error."""

    port: int
    dossiers: Sequence[str] = DOSSIERS
    held: list[tuple[HttpBrowser, str]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)
    _members: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Begin, one thread a member."""
        self._members = [threading.Thread(target=self.member, args=(dossier,)) for dossier in self.dossiers]
        for member in self._members:
            member.start()

    def stop(self) -> None:
        """Let everybody finish."""
        self.stopping.set()
        for member in self._members:
            member.join()

    def member(self, dossier: str) -> None:
        """Sign in over and over; a member who sees an error goes back to the application."""
        while not self.stopping.is_set():
            browser, application = HttpBrowser(self.port), Application(self.port, ESPACE, SECRET)
            try:
                page = browser.sign_in(browser.get(application.authorize_url()), dossier)
                assert "code" in page.query, f"{page.status} {page.url}"
                self.held.append((browser, application.redeem(page.query["code"])["access_token"]))
            except (AssertionError, HTTPException, OSError) as error:
                self.errors.append(f"{time.monotonic():.1f} {str(error)[:200]}")
            finally:
                browser.close()

    def until(self, more: int) -> None:
        """Wait until so many more have signed in."""
        wanted, deadline = len(self.held) + more, time.monotonic() + 60
        while len(self.held) < wanted:
            assert time.monotonic() < deadline, self.errors[-5:]
            time.sleep(0.02)
