"""`idp members find|show|reset|end-sessions|…`: the support desk's acts at the command line."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Final, cast, get_args

import click

from idp.admin.actor import operator
from idp.admin.acts.desk import DeskActs
from idp.admin.acts.member_changes import Cause, Done, Identified, MemberChanges, Why
from idp.admin.acts.member_file import Contact, MemberFile
from idp.admin.acts.members import Sought
from idp.commands.house import House
from idp.commands.output import by_option, json_option, moment, reached, show_json, show_table
from idp.members.delivery import Channel
from idp.store.authenticators import PASSKEY

_PASSWORDS: Final[Mapping[str, str]] = {
    "legacy": "of the system before",
    "dormant": "to be reset (dormant)",
    "reported": "to be reset (reported)",
}

_reason = click.option("--reason", required=True, help="Why; kept on record.")
_identified = click.option(
    "--identified",
    type=click.Choice(get_args(Identified)),
    default="nobody",
    show_default=True,
    help="How the caller was known to be the member; nobody: the fund acts on its own.",
)
_cause = click.option(
    "--cause", type=click.Choice(get_args(Cause)), default="other", show_default=True, help="Held with the dossier."
)


def _act(command: Callable[..., None]) -> Callable[..., None]:
    """Add what every act asks for: the dossier, the reason, who acts."""
    for option in (json_option, by_option, _identified, _reason, click.argument("dossier")):
        command = option(command)
    return command


@click.command("find")
@click.option("--dossier", default="", help="The whole number.")
@click.option("--name", default="", help="The beginning of a birth or usage name; accents and capitals do not matter.")
@click.option("--born", default="", metavar="YYYY-MM-DD", help="The birth date; 00 for what is not known.")
@json_option
@by_option
@click.pass_obj
def find(house: House, dossier: str, name: str, born: str, by: str, *, as_json: bool) -> None:
    """Find members by number, name, birth date, or several of them. Whom it shows is on record."""
    found = _desk(house).members.find(operator(by), Sought(dossier, name, born))
    if as_json:
        show_json({"members": [asdict(one) for one in found.people], "more": found.more})
        return
    headings = ("DOSSIER", "BORN", "STATUS", "BIRTH NAME", "USAGE NAME", "GIVEN NAMES")
    rows = [
        (one.dossier, one.birthdate, one.status, one.birth_name, one.usage_name, " ".join(one.given_names))
        for one in found.people
    ]
    if rows:
        show_table(headings, rows)
    if found.more:
        click.echo("There are more: say more of whom you look for.", err=True)
    if not rows:
        raise click.ClickException("nobody was found")


@click.command("show")
@click.argument("dossier")
@json_option
@by_option
@click.pass_obj
def show(house: House, dossier: str, by: str, *, as_json: bool) -> None:
    """Show the state of a dossier: ways in, contacts, what is on its way. Never a name, an address or a secret."""
    facts = _facts(_desk(house).members.show(operator(by), _number(dossier)))
    if as_json:
        show_json(facts)
        return
    for name, value in facts.items():
        click.echo(f"{name:12} {value}")


@click.command("reset")
@click.option("--channel", required=True, type=click.Choice(get_args(Channel)), help="How the member gets it.")
@_act
@click.pass_obj
def reset(house: House, /, channel: str, **asked: Any) -> None:
    """Send a provisional password to a member, to the address on file.

    The member asked for it otherwise than on the site. It is made by the worker and shown to nobody else; the old
    password works until it is used.
    """
    done = _done(house, asked, lambda acts, *who: acts.reset(*who[:2], cast("Channel", channel), who[2]))
    _say(asked, done, f"asked for, by {channel}; the worker sends it")


@click.command("end-sessions")
@_act
@click.pass_obj
def end_sessions(house: House, /, **asked: Any) -> None:
    """End every session and every token of a member."""
    _say(asked, _done(house, asked, MemberChanges.end_sessions), "every session has ended")


@click.command("unlink")
@click.option("--upstream", default="franceconnect", show_default=True, help="The upstream whose identity opens it.")
@_act
@click.pass_obj
def unlink(house: House, /, upstream: str, **asked: Any) -> None:
    """End the link of an identity from elsewhere, and every session; linking again takes a proof."""
    done = _done(house, asked, lambda acts, *who: acts.unlink(*who[:2], upstream, who[2]))
    _say(asked, done, f"{upstream} opens it no more")


@click.command("suspend")
@_cause
@_act
@click.pass_obj
def suspend(house: House, /, cause: str, **asked: Any) -> None:
    """Suspend a dossier: nobody signs in to it until `idp members resume`, whatever an import says."""
    done = _done(house, asked, lambda acts, *who: acts.suspend(*who[:2], cast("Cause", cause), who[2]))
    _say(asked, done, "is suspended")


@click.command("resume")
@_act
@click.pass_obj
def resume(house: House, /, **asked: Any) -> None:
    """Open a dossier that was suspended or closed by hand; from now on imports decide again."""
    _say(asked, _done(house, asked, MemberChanges.resume), "is open")


@click.command("close")
@_cause
@_act
@click.pass_obj
def close(house: House, /, cause: str, **asked: Any) -> None:
    """Close a dossier: nobody signs in to it any more, and what was open or on its way is ended at once.

    It stays closed whatever a later import says, until `idp members resume`.
    """
    done = _done(house, asked, lambda acts, *who: acts.close(*who[:2], cast("Cause", cause), who[2]))
    _say(asked, done, "is closed")


@click.command("remove-second-factor")
@_act
@click.pass_obj
def remove_second_factor(house: House, /, **asked: Any) -> None:
    """Remove every second factor and recovery code of a dossier, and end its sessions; the password stays.

    Only for a member who has called and whose identity was checked. The member is told by e-mail, and can turn
    two-step sign-in on again at once.
    """
    _say(asked, _done(house, asked, MemberChanges.remove_second_factor), "the second factor is removed")


COMMANDS: Final = (find, show, reset, end_sessions, unlink, suspend, resume, close, remove_second_factor)


def _desk(house: House) -> DeskActs:
    # Not only the schema: what ends sessions and knows the upstreams needs the house's keys, before any server ran too.
    house.application.prepare()
    return house.application.acts.desk


def _done(house: House, asked: Mapping[str, Any], act: Callable[..., Done]) -> Done:
    """Do one act for a dossier as whoever is named, with the reason given."""
    why = Why(asked["reason"], cast("Identified", asked["identified"]))
    return act(_desk(house).changes, operator(asked["by"]), _number(asked["dossier"]), why)


def _say(asked: Mapping[str, Any], done: Done, what: str) -> None:
    if asked["as_json"]:
        show_json(asdict(done))
        return
    click.echo(f"{done.dossier}: {what}; {reached(told=done.told)}.")


def _number(dossier: str) -> str:
    return "".join(dossier.split())


def _facts(file: MemberFile) -> dict[str, str]:
    """Return what the command shows, by its name: no name, no address."""
    held = f" (held: {file.held})" if file.held else ""
    linked = sum(not one.ended_at for one in file.identities)
    return {
        "dossier": file.person.dossier,
        "situation": file.person.situation,
        "status": file.person.status + held,
        "password": _PASSWORDS.get(file.password, file.password),
        "e-mail": _contact(file.email),
        "post": _contact(file.post),
        "language": file.language,
        "identities": f"{linked} linked" if linked else "none",
        "two steps": _factors(file),
        "provisional": _provisional(file),
        "letter": _letter(file),
        "sessions": f"{len(file.sessions)} open" if file.sessions else "none",
        "cases": f"{len(file.cases)} open" if file.cases else "none",
        "last seen": _last_seen(file),
    }


def _contact(contact: Contact) -> str:
    if not contact.shown:
        return "none"
    rests = f", receives nothing before {moment(contact.rests_until)}" if contact.rests_until else ""
    return f"on file{rests}{'' if contact.proven else ', not proven'}"


def _factors(file: MemberFile) -> str:
    if not file.factors:
        return "none"
    passkeys = sum(one.kind == PASSKEY for one in file.factors)
    return f"{passkeys} passkeys, {len(file.factors) - passkeys} applications, {file.codes_left} recovery codes"


def _provisional(file: MemberFile) -> str:
    if file.provisional is None:
        return "none"
    return f"by {file.provisional.channel}, works until {moment(file.provisional.expires_at)}"


def _letter(file: MemberFile) -> str:
    letters = [one for one in file.sent if one.channel == "post"]
    if not letters:
        return "none"
    last = letters[0]
    if last.batch is not None and last.printed_at is not None:
        return f"printed {moment(last.printed_at)} in {last.batch}"
    asked = f"asked for {moment(last.asked_at)}"
    return f"{asked}, waits to be printed" if last.waits else f"{asked}, not printed: it works no more"


def _last_seen(file: MemberFile) -> str:
    opened = [one for one in file.sign_ins if one.opened]
    return f"{moment(opened[0].at)} by {opened[0].provider}" if opened else "never, as far as the history goes"
