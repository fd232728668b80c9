"""`idp config export`, `diff`, `apply`: what the database holds, as a file; and the files that were applied."""

import sys
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final, TextIO

import click

from idp.admin.actor import operator
from idp.admin.configuration import toml
from idp.admin.configuration.difference import Change, Plan
from idp.admin.configuration.document import FaultyError
from idp.commands.house import House
from idp.commands.output import by_option, json_option, moment, one_line, show_json, show_table

SAME, DIFFERENT, FAULTY = 0, 1, 2
"""Exit codes of `diff`."""
_MARKS: Final[dict[Change, str]] = {"create": "+", "change": "~", "disable": "-"}

_prune = click.option("--prune", is_flag=True, help="Applications that FILE does not name are to be disabled.")
_file = click.argument("file", type=click.File(encoding="utf-8"))


class FaultyFile(click.ClickException):
    """The file cannot be used."""

    exit_code = FAULTY


@click.command("export")
@by_option
@click.pass_obj
def export(house: House, by: str) -> None:
    """Print what the database holds: applications, administrators' roles, paused upstreams (TOML).

    Without a secret: keep it under version control. Applications that registered by themselves are not in it.
    """
    application = house.application
    application.migrate()
    click.echo(application.acts.configuration.export(operator(by)), nl=False)


@click.command("diff")
@_file
@_prune
@json_option
@by_option
@click.pass_obj
def diff(house: House, file: TextIO, by: str, *, prune: bool, as_json: bool) -> None:
    """Show what differs between FILE and the database, member by member; "-" reads the keyboard. Changes nothing.

    Exit code 0: nothing differs; 1: something does; 2: FILE cannot be used, and every fault is told.
    """
    plan = _planned(house, file, read(file), by, prune=prune)
    if as_json:
        show_json(_told(plan))
    else:
        show_plan(plan)
    raise SystemExit(DIFFERENT if plan.differences else SAME)


@click.command("apply")
@_file
@_prune
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Show what would change, and stop.")
@json_option
@by_option
@click.pass_obj
def apply(house: House, file: TextIO, by: str, *, prune: bool, yes: bool, dry_run: bool, as_json: bool) -> None:
    """Make the database be as FILE says, after showing what that changes and asking; "-" reads the keyboard.

    Everything is judged before anything is changed; each change is on record as if made by hand. Applications that FILE
    does not name are left alone, or disabled with --prune. The secret of an application that is made is printed once.
    What stops half-way is gone on with by applying FILE again.
    """
    # Brings the stores in, which no help needs.
    from idp.admin.acts.configuration import StoppedError  # noqa: PLC0415 - see above

    if as_json and not yes and not dry_run:
        raise click.UsageError("--json asks nothing: add --yes, or --dry-run")
    text = read(file)
    plan = _planned(house, file, text, by, prune=prune)
    if not as_json:
        show_plan(plan)
    if dry_run:
        if as_json:
            show_json(_told(plan))
        return
    if plan.differences and not yes:
        _ask(file)
    try:
        applied = house.application.acts.configuration.apply(operator(by), text, prune=prune, seen=plan.digest)
    except FaultyError as error:
        raise faulty(file, error) from None
    except StoppedError as stopped:
        _show_secrets(stopped.applied.secrets)
        raise click.ClickException(f"{one_line(stopped)}; apply the file again to go on") from None
    if as_json:
        show_json(_told(plan) | {"version": applied.number, "secrets": applied.secrets})
        return
    _show_secrets(applied.secrets)
    click.echo(f"The configuration is applied; the file is kept as number {applied.number}.")


@click.command("versions")
@json_option
@by_option
@click.pass_obj
def versions(house: House, by: str, *, as_json: bool) -> None:
    """List the files that were applied, and what was found before where that was otherwise; the newest first."""
    application = house.application
    application.migrate()
    found = application.acts.configuration.versions(operator(by))
    if as_json:
        show_json([{name: value for name, value in asdict(one).items() if name != "text"} for one in found])
        return
    rows = [(one.number, one.kind, moment(one.kept_at), one.actor, one.digest[:12]) for one in found]
    show_table(("number", "kind", "kept", "by", "digest"), rows, empty="No file was applied yet.")


@click.command("version")
@click.argument("number", type=click.IntRange(1))
@by_option
@click.pass_obj
def version(house: House, number: int, by: str) -> None:
    """Print a file that is kept: applying it again rolls back (idp config version 3 | idp config apply - --yes)."""
    application = house.application
    application.migrate()
    click.echo(application.acts.configuration.version(operator(by), number).text, nl=False)


def _planned(house: House, file: TextIO, text: str, by: str, *, prune: bool) -> Plan:
    """Return what applying a file would change; FaultyFile with every fault, one a line."""
    application = house.application
    application.migrate()
    try:
        return application.acts.configuration.diff(operator(by), text, prune=prune)
    except FaultyError as error:
        raise faulty(file, error) from None


def _ask(file: TextIO) -> None:
    if file is sys.stdin or file.name == "<stdin>":
        raise click.UsageError("the file came by the keyboard, so that nobody can be asked: add --yes")
    click.confirm("Apply this?", abort=True)


def _show_secrets(secrets: Mapping[str, str]) -> None:
    for client_id, secret in secrets.items():
        click.echo(f"client_secret of {client_id}: {secret}")
    if secrets:
        click.echo("Keep them now: they are stored as digests and cannot be shown again.", err=True)


def _told(plan: Plan) -> dict[str, Any]:
    return {"differences": [asdict(one) for one in plan.differences], "unnamed": list(plan.unnamed)}


def read(file: TextIO) -> str:
    """Return the text of a file.

    Raises:
        FaultyFile: it is no text in UTF-8.
    """
    try:
        return file.read()
    except UnicodeDecodeError:
        raise FaultyFile(f"{file.name} is no text in UTF-8") from None


def faulty(file: TextIO, error: FaultyError) -> FaultyFile:
    """Return what the command line says of a file's faults: all of them, one a line."""
    lines = "\n".join(f"  - {one_line(fault)}" for fault in error.faults)
    return FaultyFile(f"{file.name} cannot be used:\n{lines}")


def show_plan(plan: Plan) -> None:
    """Print a plan: each thing, and below it each member before and after."""
    for one in plan.differences:
        click.echo(f"{_MARKS[one.change]} {toml.key(one.kind, one.name)}")
        for member in one.members:
            click.echo(f"    {one_line(member.name)}: {_said(member.before)} -> {_said(member.after)}")
    if not plan.differences:
        click.echo("Nothing differs.")
    if plan.unnamed:
        click.echo(f"Left alone, since the file does not name them: {', '.join(plan.unnamed)}")


def _said(value: object) -> str:
    return "(default)" if value is None else one_line(toml.written(value))


COMMANDS: Final = (export, diff, apply, versions, version)
