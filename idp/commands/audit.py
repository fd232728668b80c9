"""`idp audit`: the record of security events."""

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final, TypeVar, get_args

import click

from idp.admin.actor import operator
from idp.admin.acts.audit import AuditActs, Format, Wanted
from idp.commands.house import House
from idp.commands.output import by_option, json_option, moment, show_json, show_table
from idp.moments import PARIS
from idp.services.audit_chain import Kind

_SAID: Final[dict[Kind, str]] = {
    Kind.CHANGED: "was changed after it was sealed",
    Kind.MISSING: "is gone, one at least",
    Kind.ADDED: "was put there after its neighbours were sealed",
    Kind.FORGED: "was altered, or was not made by this provider",
    Kind.UNLINKED: "does not follow the seal before it",
    Kind.EARLY: "lost its events before retention allowed it",
    Kind.CUT: "is not in the chain any more: its end was cut off",
}

F = TypeVar("F", bound=Callable[..., Any])


def _which(command: F) -> F:
    """Add the options that say which events."""
    for option in reversed(
        (
            click.option("--dossier", default="", help="Of this member, by number."),
            click.option("--event", default="", help="Of this kind, such as sign_in."),
            click.option("--outcome", default="", help="With this outcome, such as ok or wrong_password."),
            click.option("--client", "client_id", default="", help="Of this application."),
            click.option("--actor", default="", help="Of this administrator, application or operator."),
            click.option(
                "--reference",
                default="",
                help="Of this request; one that is not here is in the log.",
            ),
            click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="From this day on (Paris time)."),
            click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Up to this day, included."),
        )
    ):
        command = option(command)
    return command


@click.group("audit")
def audit() -> None:
    """The record of security events: who did what, when, and that nobody changed it since.

    Whoever looks is on record too, under the name that --by gives.
    """


@audit.command("list")
@_which
@click.option("--limit", type=click.IntRange(1, 100), default=50, show_default=True, help="Events shown.")
@json_option
@by_option
@click.pass_obj
def list_events(house: House, /, by: str, limit: int, *, as_json: bool, **which: Any) -> None:
    """Show the newest events that fit."""
    page = _acts(house).read(operator(by), _wanted(which), limit=limit)
    if as_json:
        show_json([asdict(one) for one in page.events])
        return
    rows = []
    for one in page.events:
        facts = {"client": one.client_id, "network": one.network, "reference": one.reference, **one.details}
        shown = " ".join(f"{key}={value}" for key, value in facts.items() if value not in (None, ""))
        rows.append((moment(one.time, "seconds"), one.event, one.outcome, shown))
    show_table(("when", "event", "outcome", "facts"), rows, empty="Nothing fits.")
    if page.older is not None:
        click.echo("There are older ones: name a day with --until, or take them all with idp audit export.")


@audit.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, writable=True))
@_which
@click.option("--format", "form", type=click.Choice(get_args(Format)), help="Default: what the file's name ends with.")
@by_option
@click.pass_obj
def export(house: House, /, file: Path, by: str, form: Format | None, **which: Any) -> None:
    """Write the events that fit to FILE: CSV that no spreadsheet calculates, or JSON lines."""
    chosen: Format = form or ("csv" if file.suffix == ".csv" else "jsonl")
    pieces = _acts(house).export(operator(by), _wanted(which), chosen)
    count = 0
    with file.open("x", encoding="utf-8", newline="") as out:
        file.chmod(0o600)
        for piece in pieces:
            out.write(piece)
            count += 1
    click.echo(f"{count - (chosen == 'csv')} events written to {file}, readable by you alone.")


@audit.command("verify")
@click.option("--head", help="NUMBER:HASH of an earlier verification, which must still be in the chain.")
@json_option
@by_option
@click.pass_obj
def verify(house: House, by: str, head: str | None, *, as_json: bool) -> None:
    """Hold every event against its seal. Ends with code 2 when something was tampered with, 3 when seals are late."""
    found = _acts(house).verify(operator(by), _head(head))
    if as_json:
        click.echo(json.dumps(asdict(found), indent=2))
    else:
        click.echo(f"Sealed events: {found.events}, under seals: {found.seals}, not sealed yet: {found.unsealed}.")
        for fault in found.faults:
            what = f"seal {fault.seal}" if fault.event is None else f"event {fault.event} (seal {fault.seal})"
            subject = f"an event of {what}" if fault.kind is Kind.MISSING else what
            click.echo(f"{subject} {_SAID[fault.kind]}.")
        if not found.faults:
            click.echo("Nothing was changed, taken away or added.")
        if found.late:
            click.echo("Events wait for too long to be sealed: the worker does not run.")
        click.echo(f"Head, to keep elsewhere: {found.head[0]}:{found.head[1]}")
    if found.faults:
        raise click.exceptions.Exit(2)
    if found.late:
        raise click.exceptions.Exit(3)


def _acts(house: House) -> AuditActs:
    application = house.application
    application.migrate()
    return application.acts.audit


def _wanted(which: dict[str, Any]) -> Wanted:
    since, until = which.pop("since"), which.pop("until")
    return Wanted(**which, since=_midnight(since, 0), until=_midnight(until, 1))


def _midnight(day: datetime | None, later: int) -> int | None:
    """Return when a day begins in Paris, or the day so many days later."""
    if day is None or day.date() > date.max - timedelta(days=later):
        # Behind the last day of the calendar nothing begins: no bound.
        return None
    begins = date.fromordinal(day.date().toordinal() + later)
    return int(datetime.combine(begins, time(), PARIS).timestamp())


def _head(text: str | None) -> tuple[int, str] | None:
    if text is None:
        return None
    number, _, digest = text.partition(":")
    if not number.isascii() or not number.isdigit() or len(digest) != 64:
        raise click.BadParameter("is what an earlier verification printed: NUMBER:HASH", param_hint="--head")
    return int(number), digest
