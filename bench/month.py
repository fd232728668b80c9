"""Fill PostgreSQL with what a month leaves behind, and watch the housekeeping take it away while requests go on.

    python -m bench.month
    python -m bench.month --rows 1000000 --report bench/report-month.md

A million rows that are over (grants, tokens, values used once, sessions), beside a hundredth of that which is alive.
The worker's purge then runs as the worker runs it, a breath between two turns, until nothing that is over is left.
Meanwhile a caller does what requests do to these tables, without a pause: a session is written and read, a value used
once, two transactions each time. Its slowest turn says whether anybody was held up (R-42: no lock over 100 ms), beside
the same caller on the same full tables with nobody purging.
"""

import argparse
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import click
from sqlalchemy import Engine, event, text

from idp import config
from idp.app import Application, build
from idp.worker.purge import Purge
from tests.support import postgresql
from tests.support.cast import ESPACE, ISSUER, MEMBER, PASSWORD, SECRET

BREATH: Final = 0.2
"""Seconds between two turns, as the worker takes them."""
PARTS: Final = {"grants": 0.3, "refresh_tokens": 0.3, "spent": 0.2, "key_values": 0.2}
"""How the rows are spread over the tables."""

FILL: Final = {
    "grants": """INSERT INTO grants (id, code_digest, account_id, account_epoch, client_id, subject, sid, scope, claims,
        acr, amr, auth_time, redirect_uri, resources, created_at, expires_at)
        SELECT 'g' || {first} + n, 'g' || {first} + n, :account, 0, 'espace', 's', 's' || n, 'openid', '{{}}', 'eidas1',
        '[]', 0, 'https://app.example.org/callback', '[]', 0, :over FROM generate_series(1, :rows) n""",
    "refresh_tokens": """INSERT INTO refresh_tokens (digest, grant_id, client_id, issued_at, idle_expires_at,
        expires_at) SELECT 'r' || {first} + n, 'g' || {first} + 1 + n % :grants, 'espace', 0, 0, :over
        FROM generate_series(1, :rows) n""",
    "spent": """INSERT INTO spent (purpose, digest, expires_at)
        SELECT 'jti', 's' || {first} + n, :over FROM generate_series(1, :rows) n""",
    "key_values": """INSERT INTO key_values (key, value, expires_at)
        SELECT 'k' || {first} + n, decode(repeat('ab', 400), 'hex'), :over FROM generate_series(1, :rows) n""",
}


@dataclass
class Caller:
    """Does to these tables what requests do, until told to stop; keeps how long each time took, in ms."""

    application: Application
    took: list[float] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Write a session and read it, use a value once, look a token up; again and again."""
        store, kv, number = self.application.store, self.application.kv, 0
        while not self._over.is_set():
            number += 1
            name, ends = f"caller {id(self.took)} {number}", self.application.clock() + 3600
            began = time.perf_counter()
            kv.set(name, b"session", 3600)
            with store.begin() as unit:
                unit.spent.claim("jti", name, ends)
            if kv.get(name) is None:
                raise SystemExit("a session that is alive was purged")
            self.took.append(1000 * (time.perf_counter() - began))

    def during(self, work: Any) -> list[float]:
        """Return how long it took while something was done."""
        self.took, self._over = [], threading.Event()
        asking = threading.Thread(target=self.run)
        asking.start()
        try:
            work()
        finally:
            self._over.set()
            asking.join()
        return self.took


def fill(engine: Engine, rows: int, over: int, first: int, account: str) -> None:
    """Add rows of every kind that end at `over`, numbered from `first`."""
    grants = max(1, int(rows * PARTS["grants"]))
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        for name, statement in FILL.items():
            values = {"rows": max(1, int(rows * PARTS[name])), "over": over, "grants": grants, "account": account}
            known = {key: value for key, value in values.items() if f":{key}" in statement}
            connection.execute(text(statement.format(first=first)), known)


class Deletes:
    """How long each DELETE took, in ms: as long as it may have held a lock, but for the commit after it."""

    def __init__(self, engine: Engine) -> None:
        self.took: list[float] = []
        self._began = 0.0
        event.listen(engine, "before_cursor_execute", self._before)
        event.listen(engine, "after_cursor_execute", self._after)

    def _before(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("DELETE"):
            self._began = time.perf_counter()

    def _after(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("DELETE"):
            self.took.append(1000 * (time.perf_counter() - self._began))


def sizes(engine: Engine) -> dict[str, tuple[int, float]]:
    """Return rows and MiB, indexes among them, of each table."""
    with engine.connect() as connection:
        return {
            name: (
                int(connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one()),  # noqa: S608 - ours
                connection.execute(text(f"SELECT pg_total_relation_size('{name}')")).scalar_one() / 1024**2,
            )
            for name in PARTS
        }


def purged(application: Application, turns: list[float]) -> int:
    """Purge as the worker does until nothing is left; note how long each turn took, in ms; return the rows gone."""
    kv: Any = application.kv
    purge = Purge(application.store, application.clock, 86400, {"key_values": kv.purge})
    gone, more = 0, True
    while more:
        began = time.perf_counter()
        gone += sum(purge.run().values())
        turns.append(1000 * (time.perf_counter() - began))
        more = purge.unfinished()
        time.sleep(BREATH if more else 0)
    return gone


def row(name: str, took: Sequence[float]) -> str:
    """Return a line of the table of times."""
    ordered = sorted(took)
    at = [ordered[min(len(ordered) - 1, int(len(ordered) * share))] for share in (0.5, 0.99, 0.999)]
    return f"| {name} | {len(took)} | {at[0]:.1f} | {at[1]:.1f} | {at[2]:.1f} | {ordered[-1]:.0f} |"


def report(rows: int, full: Mapping[str, tuple[int, float]], application: Application) -> str:
    """Measure, and return the report."""
    turns: list[float] = []
    engine = application.engine
    caller = Caller(application)
    caller.during(lambda: time.sleep(3))
    alone = caller.during(lambda: time.sleep(20))
    began, deletes = time.perf_counter(), Deletes(engine)
    gone: list[int] = []
    beside = caller.during(lambda: gone.append(purged(application, turns)))
    seconds = time.perf_counter() - began
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("VACUUM"))
    left = sizes(engine)
    lines = [
        "# A month's leavings taken away",
        "",
        (
            f"`python -m bench.month --rows {rows}`: {gone[0]} rows went in {seconds:.0f} s, {gone[0] / seconds:.0f} a "
            f"second, in {len(turns)} turns of {statistics.median(turns):.0f} ms (median; {max(turns):.0f} at most), "
            "each of at most 2000 rows a table in transactions of 500. A DELETE took "
            f"{statistics.median(deletes.took):.0f} ms (median; {max(deletes.took):.0f} at most). PostgreSQL waits "
            f"for the disk at each commit; {os.cpu_count()} processors, load of others {os.getloadavg()[2]:.1f}."
        ),
        "",
        "What requests do to these tables, two transactions each time, in milliseconds:",
        "",
        "| | times | p50 | p99 | p99.9 | slowest |",
        "|---|---|---|---|---|---|",
        row("nobody purges", alone),
        row("beside the purge", beside),
        "",
        "| table | rows before | MiB | rows after | MiB after a plain VACUUM |",
        "|---|---|---|---|---|",
        *(f"| {one} | {full[one][0]} | {full[one][1]:.0f} | {left[one][0]} | {left[one][1]:.0f} |" for one in PARTS),
    ]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Fill, measure, and print the report, or write it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows that are over")
    parser.add_argument("--report", type=Path, help="file that takes the report")
    wanted = parser.parse_args(arguments)
    programs = postgresql.programs()
    if programs is None:
        raise SystemExit("PostgreSQL from the test packages is needed")
    with tempfile.TemporaryDirectory(prefix="idp-month-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o711)
        postgres = postgresql.PostgresServer.create(folder / "pg", programs)
        postgres.start({"fsync": "on", "synchronous_commit": "on", "autovacuum": "on", "max_wal_size": "2GB"})
        try:
            url = postgres.url(postgres.new_database()).render_as_string(hide_password=False)
            sections: dict[str, Any] = {"database": {"url": url}, "keys": {"kek_file": folder / "kek"}}
            application = build(config.load(issuer=ISSUER, **sections))
            application.prepare()
            application.dossiers.upsert(MEMBER, PASSWORD)
            application.clients.upsert(ESPACE, SECRET)
            with application.engine.connect() as connection:
                account = connection.execute(text("SELECT id FROM accounts")).scalar_one()
            now = application.clock()
            fill(application.engine, wanted.rows, now - 1, 0, account)
            fill(application.engine, wanted.rows // 100, now + 86400, 10**9, account)
            said = report(wanted.rows, sizes(application.engine), application)
            application.close()
        finally:
            postgres.stop()
    if wanted.report is not None:
        wanted.report.write_text(said, encoding="utf-8")
    click.echo(said)


if __name__ == "__main__":
    main()
