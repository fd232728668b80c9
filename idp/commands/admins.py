"""`idp admins`: the people of the staff who administer the provider."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from idp.admin.actor import operator
from idp.admin.acts.admins import AdminActs, Invitation
from idp.admin.acts.refusals import RefusedError
from idp.admin.roles import Role
from idp.commands.house import House
from idp.commands.output import by_option, json_option, moment, say, show_json, show_table

if TYPE_CHECKING:
    from idp.store.administrators import Administrator

_roles = click.option(
    "--role",
    "roles",
    type=click.Choice([role.value for role in Role]),
    multiple=True,
    required=True,
    help="clients: applications; members: the support desk; security: keys, settings, administrators; "
    "auditor: sees everything, changes nothing. Repeat for several.",
)


@click.group("admins")
def admins() -> None:
    """Administrators: create, invite again, give roles, shut out.

    There is no default password: `create` prints a link, once, by which the person chooses a password and a second
    factor within a day.
    """


@admins.command("list")
@json_option
@by_option
@click.pass_obj
def list_admins(house: House, by: str, *, as_json: bool) -> None:
    """List every administrator."""
    found = _acts(house).list(operator(by))
    if as_json:
        show_json([asdict(one) for one in found])
        return
    rows = [(one.login, _state(one), ", ".join(one.roles), one.name) for one in found]
    show_table(("login", "state", "roles", "name"), rows, empty="No administrator yet: idp admins create --help")


@admins.command("create")
@click.argument("login")
@click.option("--name", required=True, help="How pages call the person.")
@_roles
@json_option
@by_option
@click.pass_obj
def create(house: House, login: str, name: str, roles: tuple[str, ...], by: str, *, as_json: bool) -> None:
    """Add an administrator, found by LOGIN, an e-mail address of the house, and print the invitation."""
    try:
        invitation = _acts(house).create(operator(by), login, name, {Role(one) for one in roles})
    except RefusedError as refusal:
        raise click.ClickException(str(refusal)) from None
    _say(invitation, as_json=as_json)


@admins.command("invite")
@click.argument("login")
@json_option
@by_option
@click.pass_obj
def invite(house: House, login: str, by: str, *, as_json: bool) -> None:
    """Invite an administrator again, who has lost the password or every second factor; both end at once."""
    try:
        invitation = _acts(house).invite(operator(by), login)
    except RefusedError as refusal:
        raise click.ClickException(str(refusal)) from None
    _say(invitation, as_json=as_json)


@admins.command("reset-factors")
@click.argument("login")
@click.option("--reason", required=True, help="Why, and how you know that it is the person; kept on record.")
@json_option
@by_option
@click.pass_obj
def reset_factors(house: House, login: str, reason: str, by: str, *, as_json: bool) -> None:
    """Let somebody back in who lost every second factor and every recovery code.

    As `invite`, with a reason: password, factors, codes and sessions end at once, and the link that is printed leads to
    new ones. Hand it over to the person alone.
    """
    _say(_acts(house).invite(operator(by), login, reason), as_json=as_json)


@admins.command("roles")
@click.argument("login")
@_roles
@json_option
@by_option
@click.pass_obj
def change_roles(house: House, login: str, roles: tuple[str, ...], by: str, *, as_json: bool) -> None:
    """Replace the roles of an administrator."""
    try:
        changed = _acts(house).change_roles(operator(by), login, {Role(one) for one in roles})
    except RefusedError as refusal:
        raise click.ClickException(str(refusal)) from None
    sentence = f"{login} has now: {', '.join(sorted(roles))}." if changed else "Nothing to change."
    say(sentence, as_json=as_json, login=login, roles=sorted(roles), changed=changed)


@admins.command("disable")
@click.argument("login")
@click.option("--reason", required=True, help="Why; kept on record.")
@json_option
@by_option
@click.pass_obj
def disable(house: House, login: str, reason: str, by: str, *, as_json: bool) -> None:
    """Shut an administrator out at once."""
    try:
        changed = _acts(house).disable(operator(by), login, reason)
    except RefusedError as refusal:
        raise click.ClickException(str(refusal)) from None
    sentence = f"{login} is disabled." if changed else f"{login} was disabled already."
    say(sentence, as_json=as_json, login=login, enabled=False, changed=changed)


def _acts(house: House) -> AdminActs:
    application = house.application
    application.migrate()
    return application.acts.admins


def _state(one: "Administrator") -> str:
    if not one.enabled:
        return "disabled"
    return "enabled" if one.ready else "invited"


def _say(invitation: Invitation, *, as_json: bool) -> None:
    login = invitation.administrator.login
    sentence = f"{login} is invited: the link works once, until {moment(invitation.expires_at)}.\n{invitation.url}"
    say(sentence, as_json=as_json, login=login, url=invitation.url, expires_at=invitation.expires_at)
