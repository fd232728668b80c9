"""`idp clients usage`: what an application did lately, and what it was refused."""

from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Final

import click

from idp.admin.actor import operator
from idp.commands.client_options import client_argument
from idp.commands.house import House
from idp.commands.output import by_option, json_option, moment, show_json
from idp.protocol.client_notes import DAYS, LONGEST

if TYPE_CHECKING:
    from idp.admin.acts.usage import Fault

_DAY: Final = 86400


@click.command("usage")
@client_argument
@click.option(
    "--days", type=click.IntRange(1, LONGEST), default=DAYS, show_default=True, help="Days of UTC to look at."
)
@json_option
@by_option
@click.pass_obj
def usage(house: House, client_id: str, days: int, by: str, *, as_json: bool) -> None:
    """Show when an application was last used, its last days, and what it was refused with the near miss."""
    application = house.application
    application.migrate()
    found = application.acts.usage.show(operator(by), client_id, days)
    if as_json:
        show_json(asdict(found))
        return
    click.echo(f"Last used: {used(found.last_used, never=found.never_used)}")
    if found.days:
        click.echo("Days of UTC, which begin at 01:00 in Paris, 02:00 in summer:")
    for one in found.days:
        steps = " ".join(f"{name}={count}" for name, count in one.steps.items())
        click.echo(f"{moment(one.day * _DAY)[:10]}  refused={one.refused} {steps}".rstrip())
    print_faults(found.faults)


def used(last: int | None, *, never: bool) -> str:
    """Return when an application was last used, as the commands say it."""
    if last is not None:
        return moment(last)
    return "never" if never else "not within three months"


def print_faults(faults: Sequence["Fault"]) -> None:
    """Print refusals, each with what mends it."""
    # The words are the console's, which brings its pages along: not for `--help`.
    from idp.admin.console.remedies import remedy, spoken  # noqa: PLC0415 - see above
    from idp.people import catalogue  # noqa: PLC0415 - see above

    english = partial(catalogue().gettext, "en")
    for one in faults:
        words = remedy(one.kind, one.aspect)
        click.echo(f"{moment(one.last_at)}  {one.count} x {english(words.title)}: {english(words.what)}")
        if spoken(one.kind, one.aspect):
            click.echo(f"    told:       {one.aspect}")
        if one.sent or one.registered:
            click.echo(f"    sent:       {one.sent or '-'}")
            click.echo(f"    registered: {one.registered or '-'}")
        if one.reference:
            click.echo(f"    reference:  {one.reference} (of the last)")
    if not faults:
        click.echo("Nothing was refused.")
