"""`idp clients`: the relying applications."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, get_args

import click

from idp.commands.house import House
from idp.commands.registration import METHODS, Kind, RegistrationRefused, Wanted, registered
from idp.protocol.client import AuthMethod, Client


@click.group("clients")
def clients() -> None:
    """Relying applications: list, show, create, stop."""


@clients.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def list_clients(house: House, as_json: bool) -> None:
    """List every application."""
    house.application.migrate()
    found = house.application.clients.list()
    if as_json:
        click.echo(json.dumps([_shown(client) for client in found], indent=2, ensure_ascii=False))
        return
    if not found:
        click.echo("No application yet: idp clients create --help")
    for client in found:
        state = "enabled" if client.enabled else "disabled"
        click.echo(f"{client.client_id:32} {state:9} {client.token_endpoint_auth_method:20} {client.name}")


@clients.command("show")
@click.argument("client_id")
@click.pass_obj
def show(house: House, client_id: str) -> None:
    """Show one application (JSON; secrets are never shown)."""
    click.echo(json.dumps(_shown(_found(house, client_id)), indent=2, ensure_ascii=False))


@clients.command("create")
@click.argument("client_id")
@click.option("--name", required=True, help="Name that members see.")
@click.option(
    "--type",
    "kind",
    type=click.Choice(sorted(METHODS)),
    default="web",
    show_default=True,
    help="web: server application; spa: in the browser; native: on a device; machine: no member.",
)
@click.option("--redirect-uri", "redirect_uris", multiple=True, help="Exact return address; repeat for several.")
@click.option("--logout-uri", "logout_uris", multiple=True, help="Exact address after logout; repeat for several.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    help="Repeat for several. Default: openid and profile; a machine has none but those that its services define.",
)
@click.option(
    "--auth-method",
    "method",
    type=click.Choice(get_args(AuthMethod)),
    help="How it authenticates at the token endpoint. Default: client_secret_basic; none for spa and native.",
)
@click.option(
    "--jwks",
    "jwks_file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="JWKS file with the application's public keys, for private_key_jwt.",
)
@click.option("--third-party", is_flag=True, help="Not the fund's own: members are asked for consent.")
@click.pass_obj
def create(
    house: House,
    client_id: str,
    name: str,
    kind: Kind,
    redirect_uris: tuple[str, ...],
    logout_uris: tuple[str, ...],
    scopes: tuple[str, ...],
    method: AuthMethod | None,
    jwks_file: Path | None,
    third_party: bool,
) -> None:
    """Register an application and print its secret, once.

    An application with --auth-method private_key_jwt has no secret: its public keys are read from --jwks.
    """
    wanted = Wanted(client_id, name, kind, redirect_uris, logout_uris, scopes, method, jwks_file, third_party)
    try:
        client = registered(wanted, secure=house.settings.secure)
    except RegistrationRefused as refusal:
        raise click.ClickException(str(refusal)) from refusal
    application = house.application
    application.prepare()
    if application.clients.get(client_id) is not None:
        raise click.ClickException(f"there is an application {client_id} already")
    application.clients.upsert(client)
    click.echo(f"{client_id} is registered at {house.settings.issuer}")
    if client.token_endpoint_auth_method in ("client_secret_basic", "client_secret_post"):
        click.echo(f"client_secret: {application.clients.create_secret(client_id)}")
        click.echo("Keep it now: it is stored as a digest and cannot be shown again.")


@clients.command("disable")
@click.argument("client_id")
@click.pass_obj
def disable(house: House, client_id: str) -> None:
    """Stop an application at once: no sign-in, no token."""
    house.application.clients.upsert(replace(_found(house, client_id), enabled=False))
    click.echo(f"{client_id} is disabled.")


@clients.command("enable")
@click.argument("client_id")
@click.pass_obj
def enable(house: House, client_id: str) -> None:
    """Let a stopped application work again."""
    house.application.clients.upsert(replace(_found(house, client_id), enabled=True))
    click.echo(f"{client_id} is enabled.")


def _found(house: House, client_id: str) -> Client:
    house.application.migrate()
    client = house.application.clients.get(client_id)
    if client is None:
        raise click.ClickException(f"there is no application {client_id}; idp clients list shows them all")
    return client


def _shown(client: Client) -> dict[str, Any]:
    members = asdict(client)
    members["secrets"] = len(client.secrets)
    return {name: sorted(value) if isinstance(value, frozenset) else value for name, value in members.items()}
