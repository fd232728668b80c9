"""`idp clients doctor`: what is wrong with an application's registration, its addresses, and its requests of late."""

from dataclasses import asdict
from functools import partial

import click

from idp.admin.actor import operator
from idp.commands.client_options import client_argument
from idp.commands.clients_usage import print_faults
from idp.commands.house import House
from idp.commands.output import by_option, json_option, show_json

_SIGNS = {"good": "ok  ", "warning": "look", "bad": "BAD "}


@click.command("doctor")
@client_argument
@json_option
@by_option
@click.pass_obj
def doctor(house: House, client_id: str, by: str, *, as_json: bool) -> None:
    """Check an application: registration, keys, a logout token of no session, and what it was refused of late.

    Ends with code 1 when a check fails. For an hour from now, the console shows a test sign-in step by step.
    """
    application = house.application
    application.prepare()
    actor = operator(by)
    found = application.acts.doctor.examine(actor, client_id)
    lately = application.acts.usage.show(actor, client_id).faults
    if as_json:
        shown = {
            "client_id": client_id,
            "healthy": found.healthy,
            "findings": [asdict(one) for one in found.findings],
            "faults": [asdict(one) for one in lately],
        }
        show_json(shown)
    else:
        # As in `clients_usage`: the words are the console's.
        from idp.admin.console.doctor_words import CHECKS, fact, sentence  # noqa: PLC0415 - see above
        from idp.people import catalogue  # noqa: PLC0415 - see above

        english = partial(catalogue().gettext, "en")
        for one in found.findings:
            click.echo(
                f"{_SIGNS[one.state]}  {english(CHECKS[one.check])}: {english(sentence(one))} {fact(one)}".rstrip()
            )
        print_faults(lately)
    if not found.healthy:
        raise click.exceptions.Exit(1)
