"""`idp letters`: print the letters that bring provisional passwords, and see how the queue stands."""

import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from idp.admin.actor import operator
from idp.commands.house import House
from idp.commands.output import by_option, json_option, moment, show_json

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

    from idp.members.letters import PrintRun

_LARGE: Final = 50
"""From so many letters on, a bar shows how far the run is."""
_HELD: Final = {
    "no_address": "no postal address that an envelope can bear",
    "address_changed": "postal address changed lately; printed when it has rested",
    "unreadable": "the sealed password cannot be opened (is the key-encryption key the right one?)",
}
_WIPED: Final = {
    "cancelled": "a newer password was asked for",
    "spent": "already used",
    "expired": "expired",
    "too_late": "would have expired on its way",
    "tried_out": "too many wrong tries",
    "closed": "account closed",
}


@click.group("letters")
def letters() -> None:
    """Letters with provisional passwords: one print file a day, and the 72-hour promise.

    Passwords are in the print files and nowhere else: never on this terminal, never in the log.
    """


@letters.command("print")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="The date on the letters (default: today).")
@click.option("--output", type=click.Path(path_type=Path, file_okay=False), help="Folder (default: letters.directory).")
@by_option
@click.pass_obj
def print_(house: House, day: datetime | None, output: Path | None, by: str) -> None:
    """Print the letters that wait, into a PDF with a manifest beside it: sheets and SHA-256.

    Running it again prints what came since, into a further file. A run that was cut off is finished by
    the next one in the same folder; no letter is printed twice. Ends with code 2 when a letter is held.
    """
    application = house.application
    application.migrate()
    bar = _Bar()
    try:
        run = application.acts.desk.letters.print(
            operator(by), directory=output, day=day.date() if day else None, progress=bar
        )
    finally:
        bar.close()
    _tell(run)
    if run.held or run.damaged:
        raise click.exceptions.Exit(2)


def _tell(run: "PrintRun") -> None:
    for file in run.files:
        note = " (left by a run that was cut off)" if file.recovered else ""
        click.echo(f"{file.path}: {file.sheets} sheets, sha256 {file.sha256}{note}")
    if not run.files:
        click.echo("No letter to print.")
    for reason, count in run.wiped.items():
        click.echo(f"Not printed, for good: {count} ({_WIPED[reason]}).")
    for reason, dossiers in run.held.items():
        click.echo(f"Held: {len(dossiers)} ({_HELD[reason]}): {', '.join(dossiers)}", err=True)
    for batch in run.damaged:
        click.echo(f"The draft of batch {batch} is damaged: its members must ask again.", err=True)


@letters.command("status")
@json_option
@by_option
@click.pass_obj
def status(house: House, by: str, *, as_json: bool) -> None:
    """Show the queue against the promise: 72 hours, week-ends and French public holidays not counted."""
    application = house.application
    application.migrate()
    facts = application.acts.desk.letters.status(operator(by)).queue
    if as_json:
        show_json(asdict(facts))
        return
    click.echo(f"Waiting: {facts.waiting}, late: {facts.late}, due within a day: {facts.pressing}")
    if facts.oldest is not None and facts.due is not None:
        click.echo(f"Oldest: asked {moment(facts.oldest)}, promised for {moment(facts.due)}")
    for batch in facts.unpublished:
        click.echo(f"Batch {batch} was cut off: run idp letters print to finish it.")
    for line in facts.batches:
        kept = "" if line.kept else ", past the promise"
        click.echo(f"Batch {line.batch}: {line.letters} letters, printed {moment(line.printed_at)}{kept}")


class _Bar:
    """A progress bar that appears for a large run only, on standard error."""

    def __init__(self) -> None:
        self._bar: ProgressBar[int] | None = None

    def __call__(self, done: int, todo: int) -> None:
        """Show that `done` of `todo` letters are ready."""
        if todo < _LARGE:
            return
        if self._bar is None:
            self._bar = click.progressbar(length=todo, label="Letters", file=sys.stderr)
        self._bar.update(max(0, done - self._bar.pos))

    def close(self) -> None:
        """Leave the line."""
        if self._bar is not None:
            self._bar.render_finish()
