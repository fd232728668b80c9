"""`idp federation cases|case|link|refuse|undo`: the desk's queue of people whose dossier nobody could tell."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Final

import click

from idp.admin.actor import operator
from idp.admin.acts.cases import CaseActs, Opened
from idp.admin.acts.refusals import RefusedError
from idp.commands.house import House
from idp.commands.output import by_option, json_option, moment, not_empty, reached, say, show_json, show_table
from idp.upstream import CivilStatus
from idp.upstream_desk import CaseDossier

if TYPE_CHECKING:
    from idp.app import Application

provider_option = click.option("--provider", default="franceconnect", show_default=True, help="Name of the upstream.")
_note = click.option("--reason", "note", required=True, callback=not_empty, help="Why; kept with the case.")


def application_of(house: House, provider: str) -> "Application":
    """Return the provider with its schema brought up to date; refuse an upstream that is not enabled."""
    known = house.settings.upstream_names
    if provider not in known:
        raise click.ClickException(f"no upstream {provider} is enabled; there is: {', '.join(known) or 'none'}")
    house.application.migrate()
    return house.application


def _acts(house: House, provider: str) -> CaseActs:
    application = application_of(house, provider)
    application.prepare()
    upstream = application.edge.upstreams.get(provider)
    if upstream is None:
        raise click.ClickException(f"{provider} opens no member's account")
    return CaseActs(lambda: {provider: upstream.desk}, application.store, application.audit, application.clock)


@click.command("cases")
@click.option("--all", "decided", is_flag=True, help="Decided ones too.")
@json_option
@by_option
@provider_option
@click.pass_obj
def cases(house: House, provider: str, by: str, *, decided: bool, as_json: bool) -> None:
    """List the people whose dossier somebody has to look at, the oldest first."""
    found = [one.case for one in _acts(house, provider).list(operator(by), decided=decided)]
    if as_json:
        show_json([asdict(one) for one in found])
        return
    rows = [
        (one.id, moment(one.opened_at), one.status, one.reason, one.decided_by and _who(one.decided_by))
        for one in found
    ]
    show_table(("case", "since", "status", "reason", "by"), rows, empty="Nothing waits.")


@click.command("case")
@click.argument("case_id")
@json_option
@by_option
@provider_option
@click.pass_obj
def case(house: House, case_id: str, provider: str, by: str, *, as_json: bool) -> None:
    """Show one case: the identity and each dossier, field by field. Who looked is on record."""
    with _refusals():
        found = _acts(house, provider).show(operator(by), case_id)
    if as_json:
        told = {**asdict(found.file), "reach": {key: asdict(one) for key, one in found.reach.items()}}
        click.echo(json.dumps({**told, "differing": found.differing}, ensure_ascii=False, indent=2))
        return
    _print(found)


@click.command("link")
@click.argument("case_id")
@click.argument("dossier")
@_note
@by_option
@provider_option
@json_option
@click.pass_obj
def link(house: House, case_id: str, dossier: str, note: str, by: str, provider: str, *, as_json: bool) -> None:
    """Link the person of a case to one of its dossiers, by its number; say whether the member is told by e-mail."""
    with _refusals():
        told = _acts(house, provider).link(operator(by), case_id, dossier, note)
    sentence = f"The case is linked to {dossier}; {reached(told=told)}."
    say(sentence, as_json=as_json, case=case_id, decision="linked", dossier=dossier, told=told)


@click.command("refuse")
@click.argument("case_id")
@_note
@by_option
@provider_option
@json_option
@click.pass_obj
def refuse(house: House, case_id: str, note: str, by: str, provider: str, *, as_json: bool) -> None:
    """Close a case without a link. The person may still prove a dossier."""
    with _refusals():
        _acts(house, provider).refuse(operator(by), case_id, note)
    say("The case is refused.", as_json=as_json, case=case_id, decision="refused")


@click.command("undo")
@click.argument("case_id")
@_note
@by_option
@provider_option
@json_option
@click.pass_obj
def undo(house: House, case_id: str, note: str, by: str, provider: str, *, as_json: bool) -> None:
    """Take a decision back. A link that it made ends; says whether the member is told by e-mail."""
    with _refusals():
        told = _acts(house, provider).undo(operator(by), case_id, note)
    ended = "" if told is None else f", and its link ended; {reached(told=told)}"
    say(f"The case is undone{ended}.", as_json=as_json, case=case_id, decision="undone", told=told)


@contextmanager
def _refusals() -> Iterator[None]:
    """Say an act's refusal as a command does."""
    try:
        yield
    except RefusedError as refusal:
        raise click.ClickException(str(refusal)) from None


def _who(decided_by: str) -> str:
    """Return who decided, an operator by name alone."""
    return decided_by.removeprefix("operator:")


def _print(opened: Opened) -> None:
    file, one = opened.file, opened.file.case
    click.echo(f"case      {one.id}, {one.status}, {one.reason}")
    click.echo(f"came      {moment(one.opened_at)}, last {moment(one.seen_at)}")
    if one.decided_at:
        click.echo(f"decided   {moment(one.decided_at)} by {_who(one.decided_by) or 'a proof'}: {one.note}")
    if file.presented is None:
        click.echo("The identity is no longer kept.")
    for dossier in file.dossiers:
        _side_by_side(file.presented, dossier)
        reach = opened.reach.get(dossier.compared.account_id)
        for name, held in () if reach is None else (("email", reach.email), ("post", reach.post)):
            click.echo(f"  {name:13} {'':30} {held}".rstrip())
    if len(file.dossiers) > 1:
        click.echo(f"\nThe dossiers differ in: {', '.join(opened.differing) or 'nothing of this'}.")


def _side_by_side(presented: CivilStatus | None, dossier: CaseDossier) -> None:
    shown = dossier.compared
    click.echo(f"\n{shown.dossier}  {shown.situation}, {shown.status}, linked: {shown.linked}")
    reasons = {name: f"{result} ({reason})" for name, result, reason in shown.fields}
    for field in fields(CivilStatus):
        theirs = "" if presented is None else _text(getattr(presented, field.name))
        why = reasons.get(field.name, "") if presented is not None else ""
        click.echo(f"  {field.name:13} {theirs:30} {_text(getattr(dossier.held, field.name)):30} {why}".rstrip())


def _text(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else " ".join(value)


COMMANDS: Final = (cases, case, link, refuse, undo)
