"""`idp clients`: the relying applications."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from idp.admin.actor import operator
from idp.admin.registration.document import written
from idp.admin.registration.kinds import METHODS, Kind
from idp.admin.registration.snippets import snippets
from idp.commands.client_history import end_older_secrets, roll_back, rotate_secret, versions
from idp.commands.client_options import (
    client_argument,
    document_of,
    kept_json,
    reason_option,
    registration_options,
    version_option,
)
from idp.commands.client_snippet import snippet
from idp.commands.clients_doctor import doctor
from idp.commands.clients_usage import usage, used
from idp.commands.house import House
from idp.commands.output import by_option, json_option, say, show_json, show_table
from idp.protocol.client import Client
from idp.protocol.scope_slips import slips

if TYPE_CHECKING:
    from idp.admin.acts.house import Acts
    from idp.admin.acts.usage import Glance


@click.group("clients")
def clients() -> None:
    """Relying applications: list, show, create, change, stop."""


@clients.command("list")
@click.option("--search", default="", help="Part of an id, a name or a return address.")
@json_option
@by_option
@click.pass_obj
def list_clients(house: House, search: str, by: str, *, as_json: bool) -> None:
    """List every application, with its last use and how often it was refused in the last seven days."""
    acts, who = _acts(house), operator(by)
    found = acts.clients.list(who, search)
    seen = acts.usage.glances(who, [one.client_id for one in found])
    if as_json:
        show_json([_shown(client) | asdict(seen[client.client_id]) for client in found])
        return
    nothing = "No application fits." if search else "No application yet: idp clients create --help"
    rows = [
        (one.client_id, _state(one), _used(glance), str(glance.refused), one.token_endpoint_auth_method, one.name)
        for one in found
        for glance in [seen[one.client_id]]
    ]
    show_table(("id", "state", "last used", "refused", "authentication", "name"), rows, empty=nothing)


@clients.command("show")
@client_argument
@by_option
@click.pass_obj
def show(house: House, client_id: str, by: str) -> None:
    """Show one application (JSON; secrets are never shown)."""
    kept = _acts(house).clients.kept(operator(by), client_id)
    show_json(_shown(kept.client) | {"version": kept.version})


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
@registration_options
@reason_option
@json_option
@by_option
@click.pass_obj
def create(house: House, /, client_id: str, kind: Kind, reason: str, by: str, *, as_json: bool, **typed: Any) -> None:
    """Register an application and print its secret, once.

    An application with --auth-method private_key_jwt has no secret: its public keys are read from --jwks, or fetched
    from the jwks_uri in --metadata.
    """
    document = {"first_party": True} | document_of(**typed)
    house.application.prepare()
    created = _acts(house).clients.create(operator(by), client_id, kind, document, reason)
    issuer, client = house.settings.issuer, created.kept.client
    discovery = f"{issuer}/.well-known/openid-configuration"
    if not created.logo:
        click.echo("Its logo cannot be shown: no PNG, JPEG, GIF or WebP could be fetched from logo_uri.", err=True)
    _tell_slips(client)
    if as_json:
        made = {"issuer": issuer, "discovery": discovery, "client_secret": created.secret}
        show_json(kept_json(created.kept, written(client), **made))
        return
    click.echo(f"{client_id} is registered at {issuer}")
    if created.secret is not None:
        click.echo(f"client_secret: {created.secret}")
        click.echo("Keep it now: it is stored as a digest and cannot be shown again.")
    click.echo(f"Discovery: {discovery}")
    libraries = [one.library for one in snippets(client, issuer)]
    if libraries:
        others = f"  (or {', '.join(libraries[1:])})" if libraries[1:] else ""
        click.echo(f"What its developers copy{others}:")
        click.echo(f"  {house.command('clients', 'snippet', client_id, '--for', libraries[0])}")
    click.echo("Everything that is registered:")
    click.echo(f"  {house.command('clients', 'show', client_id)}")


@clients.command("update")
@client_argument
@click.option("--name", help="Name that members see.")
@registration_options
@version_option
@reason_option
@json_option
@by_option
@click.pass_obj
def update(
    house: House, /, client_id: str, version: int | None, reason: str, by: str, *, as_json: bool, **typed: Any
) -> None:
    """Change some members of an application; the others stay, and so do its secrets.

    An option that may be repeated replaces the whole list. A member that is null in --metadata gets its default back.
    """
    changes = document_of(**typed)
    if not changes:
        raise click.UsageError("say what changes, by an option or in --metadata")
    acts = _acts(house).clients
    before = acts.kept(operator(by), client_id)
    kept = acts.update(operator(by), client_id, changes, version=version, reason=reason)
    _tell_slips(kept.client)
    if as_json:
        show_json(kept_json(kept, written(kept.client), changed=kept.version != before.version))
        return
    if kept.version == before.version:
        click.echo("Nothing to change.")
        return
    click.echo(f"{client_id} is changed: version {kept.version}.")
    if kept.client.token_endpoint_auth_method.startswith("client_secret") and not kept.client.secrets:
        click.echo(f"It has no secret yet: {house.command('clients', 'rotate-secret', client_id)}")


@clients.command("initial-token")
@click.option("--note", default="", help="What it is for, as you will want to remember it.")
@click.option("--uses", type=click.IntRange(1, 10_000), default=1, show_default=True, help="Registrations it allows.")
@click.option("--days", type=click.IntRange(1, 366), default=7, show_default=True, help="How long it is good.")
@by_option
@click.pass_obj
def initial_token(house: House, note: str, uses: int, days: int, by: str) -> None:
    """Make an initial access token, with which an application registers itself, and print it, once."""
    if not house.settings.registration.enabled:
        raise click.ClickException("applications may not register themselves: registration.enabled is false")
    house.application.prepare()
    # On record before it is known to anybody.
    house.record("initial_token_made", by, note=note, uses=uses, days=days)
    click.echo(house.application.registration_gate.issue(note, uses, days * 86400))
    click.echo("Keep it now: it is stored as a digest and cannot be shown again.", err=True)


@clients.command("disable")
@client_argument
@reason_option
@json_option
@by_option
@click.pass_obj
def disable(house: House, client_id: str, reason: str, by: str, *, as_json: bool) -> None:
    """Stop an application at once: no sign-in, no token, and those it has are dead for good."""
    _acts(house).clients.disable(operator(by), client_id, reason)
    say(f"{client_id} is disabled.", as_json=as_json, client_id=client_id, enabled=False)


@clients.command("enable")
@client_argument
@reason_option
@json_option
@by_option
@click.pass_obj
def enable(house: House, client_id: str, reason: str, by: str, *, as_json: bool) -> None:
    """Let a stopped application work again."""
    _acts(house).clients.enable(operator(by), client_id, reason)
    say(f"{client_id} is enabled.", as_json=as_json, client_id=client_id, enabled=True)


@clients.command("delete")
@client_argument
@click.option("--reason", required=True, help="Why; kept on record.")
@json_option
@by_option
@click.pass_obj
def delete(house: House, client_id: str, reason: str, by: str, *, as_json: bool) -> None:
    """Delete a disabled application for good, with its versions and what members agreed to."""
    _acts(house).clients.delete(operator(by), client_id, reason)
    say(f"{client_id} is deleted.", as_json=as_json, client_id=client_id, deleted=True)


for command in (rotate_secret, end_older_secrets, versions, roll_back, snippet, usage, doctor):
    clients.add_command(command)


def _tell_slips(client: Client) -> None:
    for name, known in slips(client.scopes):
        click.echo(f"Its scope {name} is nearly {known}, and is not that one. Is it meant?", err=True)


def _acts(house: House) -> "Acts":
    house.application.migrate()
    return house.application.acts


def _state(client: Client) -> str:
    by_itself = ", registered itself" if client.registered_dynamically else ""
    return ("enabled" if client.enabled else "disabled") + by_itself


def _used(glance: "Glance") -> str:
    return used(glance.last_used, never=glance.never_used)


def _shown(client: Client) -> dict[str, Any]:
    members = asdict(client)
    members["secrets"] = len(client.secrets)
    return {name: sorted(value) if isinstance(value, frozenset) else value for name, value in members.items()}
