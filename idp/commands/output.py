"""What commands print: a table for people, JSON for scripts; one of each for all of them."""

import getpass
import json
import os
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, Literal

import click

from idp.moments import PARIS

_LONGEST: Final = 64
"""Characters of an operator's name."""


def not_empty(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    """Return what an option was given; refused where it says nothing."""
    if not value.strip():
        raise click.BadParameter("says nothing")
    return value


def operator_name(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    """Return the name that `--by` gives, without the blanks around it."""
    name = value.strip()
    if not 1 <= len(name) <= _LONGEST or not name.isprintable():
        raise click.BadParameter(f"is 1 to {_LONGEST} printable characters")
    return name


def user_name() -> str:
    """Return the name of the user of this process; `uid 1234` where the machine knows none, as in many containers."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, times in Unix seconds.")
by_option = click.option(
    "--by",
    default=user_name,
    show_default="your user name on this machine",
    callback=operator_name,
    help="Who does it, for the audit record; a name that nothing checks.",
)


def show_json(value: Any) -> None:
    """Print a value as JSON; a set is a sorted list."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def say(sentence: str, *, as_json: bool, **facts: Any) -> None:
    """Tell what an act did: a sentence to people, its facts to scripts."""
    if as_json:
        show_json(facts)
    else:
        click.echo(sentence)


def reached(*, told: bool) -> str:
    """Return whether a member is told of what was done, who has an e-mail address or none."""
    return "the member is told by e-mail" if told else "no e-mail address on file, so the member is not told"


def show_table(headings: Sequence[str], rows: Sequence[Sequence[object]], *, empty: str = "") -> None:
    """Print rows below their headings, each column as wide as it needs to be; `empty` where there is no row."""
    if not rows:
        click.echo(empty or "Nothing.")
        return
    cells = [[one_line(cell) for cell in row] for row in (headings, *rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def one_line(value: object) -> str:
    """Return a cell: what would leave its line, or speak to the terminal, is shown as a question mark."""
    text = "-" if value is None or value == "" else str(value)
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def moment(seconds: int | None, timespec: Literal["minutes", "seconds"] = "minutes") -> str:
    """Return a moment for people, a dash for none: `2026-07-01 14:00+02:00`, in Paris, with its distance from UTC.

    That is ISO 8601 with a blank for its T (RFC 3339 section 5.6): programs read it too.
    """
    return "-" if seconds is None else datetime.fromtimestamp(seconds, PARIS).isoformat(" ", timespec)


def _plain(value: object) -> object:
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"JSON has no {type(value).__name__}")
