"""`idp dashboard`: the same counts as the console's dashboard, in a terminal."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from idp.admin.actor import operator
from idp.commands.house import House
from idp.commands.output import by_option, json_option, moment, show_json, show_table

if TYPE_CHECKING:
    from idp.services.size_samples import Sizes

_MIB = 1024 * 1024
_SHOWN = 10
"""Tables and days that a terminal shows; JSON has them all."""


@click.command("dashboard")
@json_option
@by_option
@click.pass_obj
def dashboard(house: House, by: str, *, as_json: bool) -> None:
    """Show sign-ins by day, failures by reason, deliveries, and how the tables grow. Counts alone."""
    house.application.migrate()
    found = house.application.acts.dashboard.read(operator(by))
    if as_json:
        sizes = found.sizes
        whole = {} if sizes is None else {"bytes": sizes.bytes, "growth": sizes.growth, "months": sizes.full_in_months}
        show_json(asdict(found) | {"whole": whole})
        return
    methods = found.methods
    rows = [
        (moment(day.begins)[:10], *(day.counts.get(name, 0) for name in methods), day.total)
        for day in found.days[-_SHOWN:]
    ]
    show_table(("DAY", *(name.upper() for name in methods), "SIGN-INS"), rows)
    click.echo()
    show_table(("FAILED BY", "30 DAYS"), list(found.failures.items()), empty="No sign-in failed in thirty days.")
    click.echo()
    kinds = [(one.kind, one.waiting, one.failing, one.sent, one.given_up) for one in found.deliveries]
    letters = ("letter", found.letters_waiting, 0, found.letters_printed, 0)
    show_table(("DELIVERY", "WAITS", "FAILS", "SENT IN 7 DAYS", "GIVEN UP"), [*kinds, letters])
    click.echo()
    _show_sizes(found.sizes)


def _show_sizes(sizes: "Sizes | None") -> None:
    if sizes is None:
        click.echo("The tables were not measured yet: the worker does it once a day.")
        return
    rows = [(one.name, _mib(one.bytes), _mib(one.growth)) for one in sizes.tables[:_SHOWN]]
    show_table(("TABLE", "MIB", "MIB IN 30 DAYS"), [*rows, ("all", _mib(sizes.bytes), _mib(sizes.growth))])
    if sizes.full_in_months is not None:
        click.echo(f"As they grow, there is room for {sizes.full_in_months} months.")


def _mib(size: int | None) -> str:
    return "-" if size is None else f"{size / _MIB:.1f}"
