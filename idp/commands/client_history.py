"""`idp clients rotate-secret|end-older-secrets|versions|roll-back`: what changes with time, and the way back."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import click

from idp.admin.actor import operator
from idp.admin.registration.limits import LONGEST_OVERLAP, VERSIONS
from idp.commands.client_options import client_argument, reason_option, version_option
from idp.commands.house import House
from idp.commands.output import by_option, json_option, moment, one_line, say, show_json

if TYPE_CHECKING:
    from idp.admin.acts.client_history import Version

_DAY: Final = 86400


@click.command("rotate-secret")
@client_argument
@click.option(
    "--overlap-days",
    "days",
    type=click.IntRange(0, LONGEST_OVERLAP // _DAY),
    default=7,
    show_default=True,
    help="How long the present secret works beside the new one; 0 ends it now.",
)
@reason_option
@json_option
@by_option
@click.pass_obj
def rotate_secret(house: House, client_id: str, days: int, reason: str, by: str, *, as_json: bool) -> None:
    """Give an application a new secret and print it, once. Two work at a time at most."""
    house.application.migrate()
    made = house.application.acts.clients.rotate_secret(operator(by), client_id, days * _DAY, reason)
    ends = [one.expires_at for one in made.kept.client.secrets if one.expires_at is not None]
    if as_json:
        show_json({"client_id": client_id, "client_secret": made.secret, "older_until": max(ends, default=None)})
        return
    click.echo(f"client_secret: {made.secret}")
    click.echo("Keep it now: it is stored as a digest and cannot be shown again.")
    if ends:
        click.echo(f"The one before works until {moment(max(ends))}.")


@click.command("end-older-secrets")
@client_argument
@reason_option
@json_option
@by_option
@click.pass_obj
def end_older_secrets(house: House, client_id: str, reason: str, by: str, *, as_json: bool) -> None:
    """End at once every secret of an application but the newest."""
    house.application.migrate()
    kept = house.application.acts.clients.end_older_secrets(operator(by), client_id, reason)
    sentence = f"{client_id} has its newest secret alone."
    say(sentence, as_json=as_json, client_id=client_id, secrets=len(kept.client.secrets), version=kept.version)


@click.command("versions")
@client_argument
@click.option("--limit", type=click.IntRange(1, VERSIONS), default=20, show_default=True, help="How many at most.")
@json_option
@by_option
@click.pass_obj
def versions(house: House, client_id: str, limit: int, by: str, *, as_json: bool) -> None:
    """Show what became of an application, the newest first: who changed which member, when and why."""
    house.application.migrate()
    found = house.application.acts.client_history.list(operator(by), client_id, limit=limit)
    if as_json:
        show_json([_shown(one) for one in found])
        return
    for one in found:
        click.echo(f"{one.number:4}  {moment(one.made_at)}  {one.act or 'as it was':18} {one_line(one.who)}")
        if one.reason:
            click.echo(f"      {one_line(one.reason)}")
        for change in one.changes:
            click.echo(f"      {change.member}: {_value(change.before)} -> {_value(change.after)}")


@click.command("roll-back")
@client_argument
@click.argument("number", type=click.IntRange(1))
@version_option
@reason_option
@json_option
@by_option
@click.pass_obj
def roll_back(
    house: House, client_id: str, number: int, version: int | None, reason: str, by: str, *, as_json: bool
) -> None:
    """Give an application the registration of version NUMBER again, by today's rules.

    It stays enabled or disabled as it is, and keeps the secrets that it has.
    """
    house.application.migrate()
    made = house.application.acts.client_history.roll_back(
        operator(by), client_id, number, version=version, reason=reason
    )
    sentence = f"{client_id} is registered as in version {number}: that is version {made}."
    say(sentence, as_json=as_json, client_id=client_id, like=number, version=made)


def _shown(one: "Version") -> dict[str, Any]:
    return asdict(one) | {"changes": [asdict(change) for change in one.changes]}


def _value(value: object) -> str:
    return "nothing" if value is None else one_line(json.dumps(value, ensure_ascii=False))
