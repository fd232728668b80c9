"""`idp members`: the dossiers, as far as an operator may see them."""

import csv
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, cast

import click

from idp.commands.house import House
from idp.commands.members_desk import COMMANDS
from idp.commands.output import by_option
from idp.members.directory_export import export, guarded
from idp.members.directory_import.faults import Fault, FileRefusedError
from idp.members.directory_import.files import Format, format_of
from idp.members.directory_import.report import Options, Report
from idp.members.directory_import.run import DirectoryImport
from idp.protocol.errors import Unavailable

SHOWN_FAULTS = 50
"""Faults that are printed; `--errors` has them all."""

_FORMAT = click.Choice(["csv", "jsonl"])


@click.group("members")
def members() -> None:
    """Members: bring dossiers in, find one, look at it, act for its member. No password is seen or chosen here."""


for _command in COMMANDS:
    members.add_command(_command)


@members.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--format", "kind", type=_FORMAT, help="Default: as the name ends, .csv or .jsonl.")
@click.option("--dry-run", is_flag=True, help="Check the file and count what would change; write nothing.")
@click.option("--skip-faulty", is_flag=True, help="Apply the sound lines although others are faulty.")
@click.option(
    "--trusted-contacts",
    is_flag=True,
    help="Changed addresses may receive a reset at once, and replace those that members have proven.",
)
@click.option("--errors", type=click.Path(path_type=Path, dir_okay=False), help="Write every fault to this CSV file.")
@click.pass_obj
def import_(
    house: House,
    file: Path,
    kind: str | None,
    dry_run: bool,
    skip_faulty: bool,
    trusted_contacts: bool,
    errors: Path | None,
) -> None:
    """Bring the directory up to date from FILE (docs/directory-file.md).

    The whole file is checked first; one faulty line keeps all of it out, unless --skip-faulty. Dossiers that the file
    does not name stay as they are. After an interruption, the same command goes on where it stopped.
    """
    application = house.application
    application.migrate()
    importing = DirectoryImport(application.store, application.audit, application.clock, application.sealer)
    try:
        options = Options(cast("Format", kind) if kind else format_of(file), dry_run, skip_faulty, trusted_contacts)
        with file.open("rb") as source, _faults(errors) as faults, _Bar(file.stat().st_size) as bar:
            report = importing.run(source, options, faults.tell, bar.progress)
    except FileRefusedError as error:
        raise click.ClickException(str(error)) from None
    except Unavailable as error:
        raise click.ClickException(f"{error}; run the same command again, it goes on where it stopped") from None
    faults.summary(errors)
    _say(report, dry_run=dry_run)
    if report.counts.faulty and not (report.applied and skip_faulty):
        raise click.exceptions.Exit(1)


@members.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--format", "kind", type=_FORMAT, help="Default: as the name ends, .csv or .jsonl.")
@by_option
@click.pass_obj
def export_(house: House, file: Path, kind: str | None, by: str) -> None:
    """Write every dossier to FILE, in the form that an import reads. Never a password's hash.

    Only its owner may read the file. It takes its name when it is whole.
    """
    application = house.application
    application.migrate()
    try:
        form = cast("Format", kind) if kind else format_of(file)
    except FileRefusedError as error:
        raise click.ClickException(str(error)) from None
    unfinished = file.with_name(file.name + ".part")
    try:
        unfinished.unlink(missing_ok=True)
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as target:
            count = export(application.store, target, form)
        house.record("directory_export", by, dossiers=count)
        unfinished.replace(file)
    except (OSError, Unavailable) as error:
        unfinished.unlink(missing_ok=True)
        raise click.ClickException(f"nothing was exported: {error}") from None
    click.echo(f"{count} dossiers written to {file}")


@dataclass(slots=True)
class _Faults:
    """The faults of a file: the first of them for the screen, all of them for a CSV file."""

    rows: Any = None
    first: list[Fault] = field(default_factory=list)
    count: int = 0

    def tell(self, fault: Fault) -> None:
        self.count += 1
        if len(self.first) < SHOWN_FAULTS:
            self.first.append(fault)
        if self.rows is not None:
            self.rows.writerow([fault.line, guarded(_shown(fault.field)), guarded(fault.reason)])

    def summary(self, errors: Path | None) -> None:
        for fault in self.first:
            subject = f" {_shown(fault.field)}" if fault.field else ""
            click.echo(f"line {fault.line}:{subject} {fault.reason}", err=True)
        if self.count > len(self.first):
            rest = self.count - len(self.first)
            click.echo(f"... and {rest} more faults{'' if errors else ': --errors FILE writes them all'}", err=True)
        if self.count and errors:
            click.echo(f"every fault is in {errors}", err=True)


@contextmanager
def _faults(errors: Path | None) -> Iterator[_Faults]:
    if errors is None:
        yield _Faults()
        return
    with errors.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["line", "field", "reason"])
        yield _Faults(rows)


class _Bar:
    """A progress bar over the two readings of the file; silent where nobody watches."""

    def __init__(self, octets: int) -> None:
        self._octets = octets
        hidden = not sys.stderr.isatty()
        self._bar = click.progressbar(length=max(1, 2 * octets), file=sys.stderr, hidden=hidden, label="check")

    def __enter__(self) -> Self:
        self._bar.__enter__()
        return self

    def __exit__(self, *caught: object) -> None:
        self._bar.render_finish()

    def progress(self, stage: str, octets: int) -> None:
        self._bar.label = stage
        self._bar.update(octets + (self._octets if stage == "apply" else 0) - self._bar.pos)


def _say(report: Report, *, dry_run: bool) -> None:
    counts = report.counts
    if report.resumed_at:
        click.echo(f"went on after line {report.resumed_at} of an interrupted import")
    if not report.applied and not dry_run:
        click.echo(f"nothing was imported: {counts.faulty} of {report.lines} lines are faulty")
        return
    told = f"{counts.new} new, {counts.changed} changed, {counts.unchanged} unchanged, {counts.faulty} faulty"
    click.echo(("would be: " if dry_run else "") + told)
    if counts.kept_email:
        click.echo(f"{counts.kept_email} e-mail addresses that members have proven were kept")
    if counts.kept_status:
        click.echo(f"{counts.kept_status} dossiers that were closed by hand stay so (idp members resume)")


def _shown(text: str) -> str:
    return text if text.isprintable() else ascii(text)
