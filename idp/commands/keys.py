"""``idp keys``: look at the signing keys, rotate them, change the key that seals them."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TextIO, cast

import click

from idp.admin.actor import operator
from idp.admin.acts.refusals import RefusedError
from idp.commands import emergency_file
from idp.commands.output import by_option, json_option, moment
from keys.errors import KeyRoomError

if TYPE_CHECKING:
    from idp.admin.acts.keys import KeyActs, KeyState, ReaderState
    from idp.admin.acts.proposals import ProposalActs
    from idp.services.key_management import Change, KeyManagement

_COLUMNS = ("ALGORITHM", "STATE", "SINCE", "SIGNS FROM", "SIGNS UNTIL", "REMOVED", "KID")
_READER_COLUMNS = ("CLIENT", "CALLS FROM", "LAST CALL", "KEYS LAST READ THERE", "HAS THE NEWEST")


class _Acts(Protocol):
    @property
    def keys(self) -> "KeyActs": ...

    @property
    def proposals(self) -> "ProposalActs": ...


class _Context(Protocol):
    """What the command line hands over: anything with the keys and what may be done with them."""

    @property
    def key_management(self) -> "KeyManagement": ...

    @property
    def acts(self) -> _Acts: ...

    def rewrap_others(self) -> int: ...

    def record(self, event: str, by: str, **facts: str | int) -> None: ...


@click.group("keys")
def keys() -> None:
    """Signing keys: what signs tokens, and what applications verify them with.

    Keys are made at the first start and replaced every 90 days without anyone's doing: the next
    key is published 14 days before it signs, and the old one stays published until the last token
    that it signed has expired. These commands are for looking, and for not waiting.
    """


@keys.command("status")
@json_option
@by_option
def status(by: str, *, as_json: bool) -> None:
    """Show every key, and which applications have read the newest.

    A key is next, active or retired. Private keys are never shown. "SIGNS UNTIL" is a plan: a key
    without a successor goes on signing, and is marked "overdue".

    Whoever reads the keys says no name. An application with credentials is told by the address that
    it calls from: "never" may also mean that it reads through another address, or needs no keys, and
    "probably" that several applications call from there, of which one at least has read.
    Browsers and telephones are not listed. What the servers noted is at most two minutes old.
    """
    found = _context().acts.keys.status(operator(by))
    if as_json:
        told = [
            {**asdict(one.reader), "has_newest": one.has_newest, "applications": one.applications}
            for one in found.readers
        ]
        rows = [{**asdict(one.key), "since": one.since, "until": one.until} for one in found.keys]
        click.echo(json.dumps({"keys": rows, "readers": told, "stranded": list(found.stranded)}, indent=2))
        return
    if not found.keys:
        click.echo("No keys yet: they are made when the provider first starts.")
        return
    _print_table(_COLUMNS, [_cells(one) for one in found.keys])
    if found.readers:
        newest = moment(found.newest_at)
        click.echo(f"\nThe newest key was published {newest}. Applications that call, and whether they have it:")
        _print_table(_READER_COLUMNS, [_reader_cells(one) for one in found.readers])
    else:
        click.echo("\nNo application with credentials has called in the last 30 days.")
    if found.stranded:
        click.echo(f"These registered a signature that is not made any more: {', '.join(found.stranded)}")
    if not all(one.key.kek_current for one in found.keys):
        click.echo("Some keys are sealed under an earlier key-encryption key: run idp keys rewrap.")


@keys.command("rotate")
@click.option("--algorithm", metavar="NAME", help="Rotate the keys of one algorithm only, such as ES256.")
@json_option
@by_option
def rotate(algorithm: str | None, by: str, *, as_json: bool) -> None:
    """Publish a new key now and sign with it shortly after.

    The new key stands in the JWKS at once and begins to sign 15 minutes later (by default), when
    applications have had time to fetch it. The old key stays in the JWKS past the longest token.
    No restart and no interruption. Running it twice does not rotate twice.
    """
    try:
        done = _context().acts.keys.rotate(operator(by), algorithm)
    except RefusedError as error:
        raise click.BadParameter(str(error), param_hint="--algorithm") from None
    if as_json:
        changes = [
            {"action": one.action, "algorithm": one.algorithm, "kid": one.kid, "effective_at": one.effective_at}
            for one in done.changes
        ]
        click.echo(json.dumps({"changes": changes, "behind": list(done.behind)}, indent=2))
        return
    if not done.changes:
        click.echo("Nothing to do: a rotation is under way (see idp keys status).")
        return
    for change in done.changes:
        click.echo(_sentence(change))
    if done.behind:
        click.echo(
            "These applications had not read the keys of before. They refuse what the new key signs until they "
            f"fetch it: {', '.join(done.behind)}"
        )


@keys.command("emergency")
@click.option("--prepare", "new", type=click.Path(path_type=Path, dir_okay=False), help="Write the plan to this file.")
@click.option("--apply", "reviewed", type=click.File(encoding="utf-8"), help="Carry out the plan in this file.")
@click.option("--algorithm", "algorithms", multiple=True, help="Whose keys go; repeat for several (default: all).")
@click.option("--reason", default="", help="Why; kept on record. With --prepare.")
@by_option
def emergency(new: Path | None, reviewed: TextIO | None, algorithms: tuple[str, ...], reason: str, by: str) -> None:
    """Drop keys that somebody else may have, at once: one person prepares, another one carries out.

    --prepare writes a plan: which keys go, and what dies with them. Nothing is dropped yet. Another
    person reads the file and runs --apply FILE within an hour, under their own name; or an
    administrator with the role security approves it at the console, on the page "Propositions".
    The new keys sign at once. Every access token issued before is dead at once, whatever the
    algorithms: applications ask for another with their refresh token. Sessions and refresh tokens
    go on. Where the key-encryption key may be known too, change that first (idp keys rewrap).
    """
    if (new is None) == (reviewed is None):
        raise click.UsageError("say either --prepare FILE or --apply FILE")
    if reviewed is not None:
        _apply(reviewed, by)
    elif new is not None:
        prepared = _context().acts.keys.prepare_emergency(operator(by), algorithms, reason)
        new.write_text(emergency_file.written(prepared), encoding="utf-8")
        click.echo(emergency_file.said(prepared, new))


def _apply(reviewed: TextIO, by: str) -> None:
    acts, who = _context().acts, operator(by)
    wanted, plan = emergency_file.read(reviewed.read())
    opened = acts.proposals.show(who, wanted)
    if opened.arguments is not None and opened.arguments != plan:
        raise click.ClickException("the file is not what was prepared: prepare another one")
    acts.proposals.approve(who, wanted)
    click.echo(
        "Done: the keys of the plan are gone, and new ones sign; no access token issued before counts. Servers sign "
        "with the new ones within keys.reload_every seconds."
    )


@keys.command("rewrap")
@by_option
def rewrap(by: str) -> None:
    """Seal all stored keys, and what else lives long, again under the current key-encryption key.

    To change that key: name the new file in keys.previous_kek_files on every node and restart them;
    then make it keys.kek_file, with the old one in keys.previous_kek_files, and restart; run this
    command; then take the old file out. Tokens and the JWKS do not change.
    """
    try:
        changed = _management().rewrap()
        others = _context().rewrap_others()
    except KeyRoomError as error:
        raise click.ClickException(str(error)) from error
    _context().record("keys_rewrapped", by, keys=changed, others=others)
    click.echo(f"Sealed again: {changed} of {len(_management().load())} keys, and {others} other secrets.")


def _reader_cells(one: "ReaderState") -> tuple[str, ...]:
    reader = one.reader
    return (
        reader.client_id,
        reader.address,
        moment(reader.called_at),
        "never" if reader.read_at is None else moment(reader.read_at),
        "yes" if one.sure else f"probably ({one.applications} call from there)" if one.has_newest else "no",
    )


def _context() -> _Context:
    return cast("_Context", click.get_current_context().obj)


def _management() -> "KeyManagement":
    return _context().key_management


def _cells(one: "KeyState") -> tuple[str, ...]:
    row = one.key
    marks = [word for word, holds in (("overdue", row.overdue), ("withdrawn", row.withdrawn)) if holds]
    return (
        row.algorithm,
        ", ".join((row.state, *marks)),
        moment(one.since),
        moment(row.active_from),
        moment(row.retire_at),
        moment(row.drop_at),
        row.kid,
    )


def _print_table(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    lines = [columns, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(columns))]
    for line in lines:
        padded = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join(padded).rstrip())


def _sentence(change: "Change") -> str:
    when = moment(change.effective_at)
    verbs = {
        "create": f"published, signs from {when}",
        "activate": f"brought forward, signs from {when}",
        "retire": f"signs until {when}, when the next one begins",
        "drop": "removed",
    }
    return f"{change.algorithm} {change.kid}: {verbs[change.action]}"
