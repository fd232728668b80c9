"""`idp members`: the dossiers, as far as an operator may see them."""

import json

import click

from idp.commands.house import House


@click.group("members")
def members() -> None:
    """Members: look up a dossier. Passwords can be neither seen nor chosen here."""


@members.command("show")
@click.argument("dossier")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def show(house: House, dossier: str, as_json: bool) -> None:
    """Show the state of a dossier: situation, status, ways in. Never a secret."""
    house.application.migrate()
    with house.application.store.reading() as unit:
        account = unit.accounts.by_dossier("".join(dossier.split()))
    if account is None:
        raise click.ClickException("there is no such dossier")
    facts = {
        "dossier": account.dossier,
        "situation": account.situation,
        "status": account.status,
        "password": "set" if account.password_hash else "none",
        "e-mail": "on file" if account.email else "none",
    }
    if as_json:
        click.echo(json.dumps(facts))
        return
    for name, value in facts.items():
        click.echo(f"{name:10} {value}")
