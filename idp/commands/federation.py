"""`idp federation`: the upstream identity providers, switched off and on by hand."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Final, TextIO

import click

from idp.admin.actor import operator
from idp.admin.acts.refusals import RefusedError
from idp.commands.federation_desk import COMMANDS, application_of, provider_option
from idp.commands.house import House
from idp.commands.output import by_option, json_option, moment, say, show_json, show_table
from idp.moments import PARIS
from idp.upstream import Outage

_FORMATS: Final = ("%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M%z")


@click.group("federation")
def federation() -> None:
    """FranceConnect and other upstreams: pause, resume, explain a decision, decide what nobody could tell."""


@federation.command("pause")
@provider_option
@click.option(
    "--until",
    type=click.DateTime(_FORMATS),
    help="When the pause ends by itself; in Paris where no zone is named.",
)
@click.option("--minutes", type=click.IntRange(1, 7 * 24 * 60), help="Or: how long the pause lasts.")
@click.option("--message", default="", help="What members read instead of the usual sentence, in French.")
@click.option("--message-en", default="", help="The same in English.")
@click.option("--reason", default="", help="Why, for the record.")
@json_option
@by_option
@click.pass_obj
def pause(
    house: House,
    provider: str,
    until: datetime | None,
    minutes: int | None,
    message: str,
    message_en: str,
    reason: str,
    by: str,
    *,
    as_json: bool,
) -> None:
    """Withhold an upstream from the sign-in page, on every node within seconds.

    Members read since when, and sign in with their dossier number. Whoever is on the way back from the upstream still
    gets in. Without --until or --minutes the pause lasts until `idp federation resume`.
    """
    application = application_of(house, provider)
    now = application.clock()
    if until is not None and minutes is not None:
        raise click.UsageError("--until and --minutes exclude one another")
    end = now + minutes * 60 if minutes else None
    if until is not None:
        end = int((until if until.tzinfo else until.replace(tzinfo=PARIS)).timestamp())
        if end <= now:
            raise click.BadParameter("is past", param_hint="--until")
    words = {language: text for language, text in (("fr", message), ("en", message_en)) if text}
    try:
        application.acts.upstreams.pause(operator(by), provider, until=end, words=words, reason=reason)
    except RefusedError as refusal:
        raise click.ClickException(str(refusal)) from None
    sentence = f"{provider} is paused {f'until {moment(end)}' if end else 'until it is resumed'}."
    say(sentence, as_json=as_json, upstream=provider, paused=True, until=end)


@federation.command("resume")
@provider_option
@json_option
@by_option
@click.pass_obj
def resume(house: House, provider: str, by: str, *, as_json: bool) -> None:
    """Offer a paused upstream again."""
    ended = application_of(house, provider).acts.upstreams.resume(operator(by), provider)
    sentence = f"{provider} is offered again." if ended else f"{provider} was not paused."
    say(sentence, as_json=as_json, upstream=provider, paused=False, changed=ended)


@federation.command("status")
@json_option
@by_option
@click.pass_obj
def status(house: House, as_json: bool, by: str) -> None:
    """Show which upstreams are configured, and which of them are paused.

    Whether an upstream answers is what each server finds out for itself: its log says so.
    """
    application = house.application
    application.migrate()
    found = application.acts.upstreams.pauses(operator(by))
    if as_json:
        show_json({name: pause and asdict(pause) for name, pause in found.items()})
        return
    rows = [(name, _state(pause)) for name, pause in found.items()]
    show_table(("upstream", "state"), rows, empty="No upstream is enabled.")


@federation.command("explain")
@click.argument("file", type=click.File(encoding="utf-8"))
@click.option("--persona", default="", help="Which one, where the file is one of people (examples/demo/personas.json).")
@json_option
@provider_option
@by_option
@click.pass_obj
def explain(house: House, file: TextIO, persona: str, provider: str, by: str, *, as_json: bool) -> None:
    """Show what would happen to an identity: candidates, reasons, the rule that decides. Changes nothing.

    Who looked is on record.

    FILE holds the claims of the upstream's userinfo as a JSON object ("-" reads them from the keyboard). A "sub" among
    them finds the dossiers that it opens already.
    """
    claims = _claims(file, persona)
    application = application_of(house, provider)
    application.prepare()
    try:
        found = application.acts.upstreams.explain(operator(by), provider, claims)
    except RefusedError as refusal:
        raise click.ClickException(str(refusal)) from None
    if as_json:
        click.echo(json.dumps(asdict(found), ensure_ascii=False, indent=2))
        return
    click.echo(f"decision  {found.decision}\nrule      {found.rule}")
    for one in found.dossiers:
        click.echo(f"\n{one.dossier}  {one.situation}, {one.status}, linked: {one.linked}, outcome: {one.outcome}")
        for name, result, reason in one.fields:
            click.echo(f"  {name:14} {result:8} {reason}")
    if found.passed_over:
        click.echo(f"\n{found.passed_over} more born on that day, with nothing else in common")


def _claims(file: TextIO, persona: str) -> dict[str, object]:
    try:
        read = json.load(file)
    except (ValueError, RecursionError) as error:
        raise click.ClickException(f"{file.name} is not JSON: {error}") from None
    people = read.get("personas") if isinstance(read, dict) else None
    if isinstance(people, list):
        known = {one.get("key"): one.get("franceconnect") for one in people if isinstance(one, dict)}
        if persona not in known:
            raise click.ClickException(f"--persona must be one of: {', '.join(map(str, known))}")
        read = known[persona]
    if not isinstance(read, dict):
        raise click.ClickException("there is no identity: a JSON object of claims is needed")
    return read


def _state(pause: Outage | None) -> str:
    if pause is None:
        return "offered"
    end = f"until {moment(pause.until)}" if pause.until is not None else "until it is resumed"
    return f"paused since {moment(pause.since)}, {end}"


for command in COMMANDS:
    federation.add_command(command)
