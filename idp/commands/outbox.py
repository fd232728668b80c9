"""`idp outbox`: what waits to leave the house, what stops it, and what was given up."""

import json
from dataclasses import asdict
from typing import Final

import click

from idp.clock import system_clock
from idp.commands.house import House
from idp.commands.output import json_option, moment

_LATE: Final = 900
"""Seconds after which waiting work is late: it has been tried five times by then."""
_RECENT: Final = 30 * 86400
"""Seconds for which what was given up can be read; then it is purged."""


@click.group("outbox")
def outbox() -> None:
    """Messages and requests that wait for the worker.

    Failures are tried again, after half a minute at first and at most an hour, for three days; what a mail server
    refuses for good is given up after an hour, and stands in the member's events too.
    """


@outbox.command("status")
@json_option
@click.pass_obj
def status(house: House, as_json: bool) -> None:
    """Show what waits and why, and what was given up in the last thirty days.

    Ends with code 2 when something has waited for more than a quarter of an hour: the worker does not run,
    or whoever it speaks to does not answer. No address and no message is shown.
    """
    application, now = house.application, system_clock()
    application.migrate()
    with application.store.reading() as unit:
        waiting, given_up = unit.outbox.obstacles(), unit.outbox.given_up(now - _RECENT)
        accounts = {one.account_id: unit.accounts.by_id(one.account_id) for one in given_up if one.account_id}
    dossiers = {name: account.dossier for name, account in accounts.items() if account is not None}
    late = any(now - one.oldest > _LATE for one in waiting)
    if as_json:
        lost = [asdict(one) | {"dossier": dossiers.get(one.account_id or "")} for one in given_up]
        click.echo(json.dumps({"late": late, "waiting": [asdict(one) for one in waiting], "given_up": lost}, indent=2))
    else:
        click.echo(f"Waiting: {sum(one.count for one in waiting)}")
        for some in waiting:
            click.echo(f"  {some.count} {some.kind}, since {moment(some.oldest)}: {some.cause or 'not tried yet'}")
        click.echo(f"Given up: {len(given_up)}")
        for one in given_up:
            whose = dossiers.get(one.account_id or "")
            member = f", dossier {whose}" if whose else ""
            click.echo(f"  {one.kind} at {moment(one.ended_at)}{member}, {one.attempts} tries: {one.cause}")
    if late:
        raise click.exceptions.Exit(2)
