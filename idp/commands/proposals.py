"""`idp proposals`: acts that wait for a second person."""

import json
from collections.abc import Iterator
from dataclasses import asdict

import click

from idp.admin.actor import operator
from idp.commands.house import House
from idp.commands.output import by_option, json_option, moment, one_line, say, show_table
from idp.store.proposals import Proposal


@click.group("proposals")
def proposals() -> None:
    """Acts that wait for a second person (setting admin.four_eyes): look, approve, refuse.

    Nobody approves what they have proposed themselves. A command whose act waits exits with 4.
    """


@proposals.command("list")
@click.option("--decided", is_flag=True, help="Those of the past too.")
@json_option
@by_option
@click.pass_obj
def list_proposals(house: House, by: str, *, decided: bool, as_json: bool) -> None:
    """List the proposals that wait, the newest first."""
    found = list(_all(house, by, decided=decided))
    if as_json:
        click.echo(json.dumps([_told(one) for one in found], indent=2))
        return
    rows = [(one.id, one.act, one.status, one.made_by, moment(one.expires_at)) for one in found]
    show_table(("proposal", "act", "status", "by", "until"), rows, empty="Nothing waits.")


@proposals.command("show")
@click.argument("proposal")
@json_option
@by_option
@click.pass_obj
def show(house: House, proposal: str, by: str, *, as_json: bool) -> None:
    """Show one proposal with what the act is to be done with; the look is on record."""
    opened = house.acts.proposals.show(operator(by), proposal)
    one = opened.proposal
    if as_json:
        click.echo(json.dumps({**_told(one), "arguments": opened.arguments}, ensure_ascii=False, indent=2))
        return
    click.echo(f"{one.act}, {one.status}, proposed by {one.made_by}, until {moment(one.expires_at)}")
    if one.decided_by is not None:
        click.echo(f"decided by {one.decided_by}" + (f": {one_line(one.note)}" if one.note else ""))
    for name, value in (opened.arguments or {}).items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        # Somebody else wrote it, whom this is to be checked against: a line must not write over another.
        first, *others = map(one_line, text.split("\n"))
        click.echo("\n".join([f"  {name:20} {first}", *(f"  {'':20} {other}" for other in others)]))


@proposals.command("approve")
@click.argument("proposal")
@json_option
@by_option
@click.pass_obj
def approve(house: House, proposal: str, by: str, *, as_json: bool) -> None:
    """Do what somebody else proposed, as the second person."""
    shown = house.acts.proposals.approve(operator(by), proposal)
    say("\n".join(["Done.", *([shown] if shown else [])]), as_json=as_json, proposal=proposal, done=True, shown=shown)


@proposals.command("refuse")
@click.argument("proposal")
@click.option("--reason", required=True, help="Why; kept on record.")
@json_option
@by_option
@click.pass_obj
def refuse(house: House, proposal: str, reason: str, by: str, *, as_json: bool) -> None:
    """Refuse a proposal, or take one of your own back."""
    house.acts.proposals.refuse(operator(by), proposal, reason)
    say("Nothing is done.", as_json=as_json, proposal=proposal, done=False)


def _all(house: House, by: str, *, decided: bool) -> Iterator[Proposal]:
    """Return every proposal, read page by page."""
    after = None
    while page := house.acts.proposals.list(operator(by), decided=decided, after=after):
        yield from page
        after = (page[-1].made_at, page[-1].id)


def _told(one: Proposal) -> dict[str, object]:
    return {name: value for name, value in asdict(one).items() if name != "sealed"}
