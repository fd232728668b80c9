"""`idp clients snippet`: what a developer copies to set an application up."""

import click

from idp.admin.actor import operator
from idp.admin.registration.snippets import LIBRARIES, snippets
from idp.commands.client_options import client_argument
from idp.commands.house import House
from idp.commands.output import by_option


@click.command("snippet")
@client_argument
@click.option("--for", "library", type=click.Choice(list(LIBRARIES)), required=True, help="The library.")
@by_option
@click.pass_obj
def snippet(house: House, client_id: str, library: str, by: str) -> None:
    """Print what sets an application up with a library; its secret is read from the environment, never printed."""
    house.application.migrate()
    client = house.application.acts.clients.show(operator(by), client_id)
    found = {one.library: one for one in snippets(client, house.settings.issuer)}
    chosen = next((one for name, one in found.items() if name == library), None)
    if chosen is None:
        known = ", ".join(found) or "none"
        raise click.ClickException(f"there is nothing to copy for {client_id} with {library}; there is: {known}")
    for name, text in chosen.files.items():
        if len(chosen.files) > 1:
            click.echo(f"--- {name}", err=True)
        click.echo(text)
