"""Measure a cold start to the first answer, and what the processes weigh then and under load.

    python -m bench.cold_start
    python -m bench.cold_start --starts 10 --minutes 10 --report bench/report-cold-start.md

`idp serve` is started on a prepared house: SQLite alone, then PostgreSQL and Redis as in production. The clock runs
from the command to the first 200 of the discovery document; beside it stands the processor time that all processes of
the node had used by then, which tells of the program on a machine that has other work. Then `wrk` asks for tokens
(`client_credentials`) and for a page in turns, and the weight of the processes is noted every half minute: RSS counts
what is shared in each of them, PSS once.
"""

import argparse
import base64
import compileall
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

import idp
from idp import config
from idp.app import build
from tests.support import postgresql, processes, redis_server
from tests.support.cast import ESPACE, SECRET

GOAL_SECONDS: Final = 1.5
GOAL_MIB: Final = 120
WORKERS: Final = 2
TICK: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class House:
    """A provider that was prepared: its settings file and its port."""

    name: str
    file: Path
    port: int


@dataclass(frozen=True, slots=True)
class Weight:
    """What the processes of a node weigh, in MiB: the supervisor, then the heaviest worker by RSS and by PSS."""

    supervisor: float
    rss: float
    pss: float
    threads: int


def prepared(folder: Path, name: str, database: str, redis: str | None) -> House:
    """Write settings, make schema and keys, register the program."""
    folder.mkdir()
    port = processes.free_port()
    cache = "" if redis is None else f'[cache]\nredis_url = "{redis}"\n'
    file = folder / "idp.toml"
    file.write_text(
        f'issuer = "http://127.0.0.1:{port}"\n[server]\nport = {port}\nworkers = {WORKERS}\n'
        f'[database]\nurl = "{database}"\n[keys]\nkek_file = "{folder}/kek"\n[logs]\nlevel = "WARNING"\n'
        f'[mail]\ndirectory = "{folder}/mail"\n{cache}',
        encoding="utf-8",
    )
    application = build(config.load(file))
    try:
        application.prepare()
        application.clients.upsert(ESPACE, SECRET)
    finally:
        application.close()
    return House(name, file, port)


@contextmanager
def started(house: House, log: Path) -> Iterator[tuple[processes.Program, float, float]]:
    """Start the node; yield it with the seconds to its first answer and the processor time used by then."""
    began = time.monotonic()
    command: list[str | Path] = [Path(sys.executable).with_name("idp"), "--config", house.file, "serve"]
    program = processes.start(command, log, env={"IDP_CONFIG": str(house.file)})
    try:
        url = f"http://127.0.0.1:{house.port}/.well-known/openid-configuration"
        program.wait_until(lambda: processes.answers(url), 60)
        yield program, time.monotonic() - began, sum(map(used, node(program.pid)))
    finally:
        program.stop(seconds=40)


def node(pid: int) -> list[int]:
    """Return the processes of a node, the supervisor first."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [pid, *map(int, children)]


def used(pid: int) -> float:
    """Return the processor time that a process has used, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def weight(pid: int) -> Weight:
    """Return what a node weighs now."""
    supervisor, *workers = (_sizes(one) for one in node(pid))
    threads = max(len(list(Path(f"/proc/{one}/task").iterdir())) for one in node(pid)[1:])
    heaviest = max(one["Rss"] for one in workers), max(one["Pss"] for one in workers)
    return Weight(supervisor["Pss"], *heaviest, threads)


def _sizes(pid: int) -> dict[str, float]:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()[1:]
    return {line.split(":")[0]: int(line.split()[1]) / 1024 for line in lines}


def load(house: House, seconds: int, folder: Path) -> None:
    """Ask for tokens, then for pages, half of the time each."""
    basic = base64.b64encode(f"{ESPACE.client_id}:{SECRET}".encode()).decode()
    script = folder / "token.lua"
    script.write_text(
        'wrk.method = "POST"\nwrk.body = "grant_type=client_credentials"\n'
        f'wrk.headers["Authorization"] = "Basic {basic}"\n'
        'wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"\n',
        encoding="utf-8",
    )
    address, half = f"http://127.0.0.1:{house.port}", f"-d{max(1, seconds // 2)}s"
    for extra in (["-s", str(script), f"{address}/token"], [f"{address}/"]):
        # A page may be refused while every thread is taken; a token never for want of its credentials.
        command = [shutil.which("wrk") or "wrk", "-t1", "-c16", half, *extra]
        done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own load
        if "-s" in extra and "Non-2xx" in done.stdout:
            raise SystemExit(f"the load was refused:\n{done.stdout}")


@contextmanager
def houses() -> Iterator[tuple[Path, tuple[House, House]]]:
    """Prepare the two houses, their servers running; yield a folder for logs, and them."""
    programs, redis = postgresql.programs(), redis_server.program()
    if programs is None or redis is None:
        raise SystemExit("PostgreSQL and Redis from the test packages are needed")
    # As an installation has it (Makefile, deploy/Containerfile), whether or not this Python writes what it compiled.
    for package in ("idp", "federation", "keys"):
        compileall.compile_dir(Path(idp.__file__).parents[1] / package, quiet=1)
    with tempfile.TemporaryDirectory(prefix="idp-cold-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o711)
        postgres = postgresql.PostgresServer.create(folder / "pg", programs)
        keeper = redis_server.RedisServer(folder / "redis", redis)
        postgres.start({"fsync": "on", "synchronous_commit": "on", "autovacuum": "on"})
        keeper.start()
        try:
            url = postgres.url(postgres.new_database()).render_as_string(hide_password=False)
            alone = prepared(folder / "sqlite", "SQLite", f"sqlite:///{folder}/sqlite/idp.sqlite3", None)
            yield folder, (alone, prepared(folder / "postgresql", "PostgreSQL and Redis", url, keeper.url))
        finally:
            keeper.stop()
            postgres.stop()


def seconds(starts: int) -> list[float]:
    """Return how long each of several cold starts took as in production, from the command to the first answer."""
    found = []
    with houses() as (folder, (_, house)):
        for number in range(starts):
            with started(house, folder / f"{number}.log") as (_, wall, _):
                found.append(wall)
    return found


def measure(house: House, starts: int, minutes: float, folder: Path) -> list[str]:
    """Return the lines of the report on one house."""
    walls, cpu = [], []
    for number in range(starts):
        with started(house, folder / f"{house.name}-{number}.log") as (_, wall, spent):
            walls.append(wall)
            cpu.append(spent)
    lines = [
        f"## {house.name}",
        "",
        (
            f"First answer after **{statistics.median(walls):.2f} s** (median of {starts}; {min(walls):.2f} to "
            f"{max(walls):.2f}; goal {GOAL_SECONDS} s), processor time {statistics.median(cpu):.2f} s."
        ),
        "",
        "| minutes of load | supervisor, PSS | heaviest worker, RSS | heaviest worker, PSS | threads |",
        "|---|---|---|---|---|",
    ]
    with started(house, folder / f"{house.name}-load.log") as (program, _, _):
        time.sleep(2)
        began = time.monotonic()
        lines.append(_row(0, weight(program.pid)))
        while (passed := (time.monotonic() - began) / 60) < minutes:
            load(house, max(2, int(min(30, minutes * 15))), folder)
            passed = (time.monotonic() - began) / 60
            lines.append(_row(passed, weight(program.pid)))
    return [*lines, ""]


def _row(minutes: float, now: Weight) -> str:
    return f"| {minutes:.1f} | {now.supervisor:.0f} | {now.rss:.0f} | {now.pss:.0f} | {now.threads} |"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure both houses and print the report, or write it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--starts", type=int, default=10, help="cold starts of each house")
    parser.add_argument("--minutes", type=float, default=10, help="minutes of load on each house")
    parser.add_argument("--report", type=Path, help="file that takes the report")
    wanted = parser.parse_args(arguments)
    with houses() as (folder, both):
        lines = [line for house in both for line in measure(house, wanted.starts, wanted.minutes, folder)]
    head = [
        "# A cold start, and the weight of a node",
        "",
        (
            f"`python -m bench.cold_start --starts {wanted.starts} --minutes {wanted.minutes:g}`: {WORKERS} worker "
            f"processes, {os.cpu_count()} processors, load of others at the end {os.getloadavg()[2]:.1f}. "
            f"Goals: {GOAL_SECONDS} s, {GOAL_MIB} MiB a worker. Sizes in MiB."
        ),
        "",
    ]
    report = "\n".join([*head, *lines]).rstrip() + "\n"
    if wanted.report is not None:
        wanted.report.write_text(report, encoding="utf-8")
    click.echo(report)


if __name__ == "__main__":
    main()
