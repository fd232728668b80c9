"""``idp keys``: look at the signing keys, rotate them, change the key that seals them."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol, cast

import click

from keys.errors import KeyRoomError

if TYPE_CHECKING:
    from idp.services.key_management import Change, KeyManagement, KeyStatus

_COLUMNS = ("ALGORITHM", "STATE", "SIGNS FROM", "SIGNS UNTIL", "REMOVED", "KID")


class _Context(Protocol):
    """What the command line hands over: anything with a ``key_management``."""

    @property
    def key_management(self) -> "KeyManagement": ...


@click.group("keys")
def keys() -> None:
    """Signing keys: what signs tokens, and what applications verify them with.

    Keys are made at the first start and replaced every 90 days without anyone's doing: the next
    key is published 14 days before it signs, and the old one stays published until the last token
    that it signed has expired. These commands are for looking, and for not waiting.
    """


@keys.command("status")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, times in Unix seconds.")
def status(as_json: bool) -> None:
    """Show every key: next, active or retired, and when that changes.

    Private keys are never shown. "SIGNS UNTIL" is a plan: a key without a successor goes on
    signing, and is marked "overdue".
    """
    rows = _management().status()
    if as_json:
        click.echo(json.dumps([asdict(row) for row in rows], indent=2))
        return
    if not rows:
        click.echo("No keys yet: they are made when the provider first starts.")
        return
    _print_table([_cells(row) for row in rows])
    if not all(row.kek_current for row in rows):
        click.echo("Some keys are sealed under an earlier key-encryption key: run idp keys rewrap.")


@keys.command("rotate")
@click.option("--algorithm", metavar="NAME", help="Rotate the keys of one algorithm only, such as ES256.")
def rotate(algorithm: str | None) -> None:
    """Publish a new key now and sign with it shortly after.

    The new key stands in the JWKS at once and begins to sign 15 minutes later (by default), when
    applications have had time to fetch it. The old key stays in the JWKS past the longest token.
    No restart and no interruption. Running it twice does not rotate twice.
    """
    try:
        changes = _management().rotate(algorithm)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--algorithm") from error
    if not changes:
        click.echo("Nothing to do: a rotation is under way (see idp keys status).")
    for change in changes:
        click.echo(_sentence(change))


@keys.command("rewrap")
def rewrap() -> None:
    """Seal all stored keys again under the current key-encryption key.

    To change that key: name the new file in keys.previous_kek_files on every node and restart them;
    then make it keys.kek_file, with the old one in keys.previous_kek_files, and restart; run this
    command; then take the old file out. Tokens and the JWKS do not change.
    """
    try:
        changed = _management().rewrap()
    except KeyRoomError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"Sealed again: {changed} of {len(_management().load())} keys.")


def _management() -> "KeyManagement":
    return cast("_Context", click.get_current_context().obj).key_management


def _cells(row: "KeyStatus") -> tuple[str, ...]:
    return (
        row.algorithm,
        f"{row.state}, overdue" if row.overdue else row.state,
        _moment(row.active_from),
        _moment(row.retire_at),
        _moment(row.drop_at),
        row.kid,
    )


def _print_table(rows: list[tuple[str, ...]]) -> None:
    lines = [_COLUMNS, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_COLUMNS))]
    for line in lines:
        padded = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join(padded).rstrip())


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%MZ")


def _sentence(change: "Change") -> str:
    verbs = {
        "create": "published, signs soon",
        "activate": "brought forward",
        "retire": "will stop signing when the next one begins",
        "drop": "removed",
    }
    return f"{change.algorithm} {change.kid}: {verbs[change.action]}"
