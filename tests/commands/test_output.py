"""Tables for people, JSON for scripts."""

import getpass
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from idp.cli import main
from idp.commands.output import by_option, moment, say, show_json, show_table
from tests.support.sources import ROOT


def test_columns_are_as_wide_as_they_need(capsys: pytest.CaptureFixture[str]) -> None:
    """What is not there is a dash, and nothing speaks to the terminal."""
    show_table(("id", "name"), [("espace", "Espace\x1b[31m"), ("p", None)])
    assert "id      name\nespace  Espace?[31m\np       -\n" == capsys.readouterr().out


def test_no_row(capsys: pytest.CaptureFixture[str]) -> None:
    """A sentence of the command's own, or a plain one."""
    show_table(("id",), [])
    show_table(("id",), [], empty="No application yet.")
    assert "Nothing.\nNo application yet.\n" == capsys.readouterr().out


def test_json_for_scripts(capsys: pytest.CaptureFixture[str]) -> None:
    """A set is a sorted list; what JSON has no word for is a mistake of ours."""
    show_json({"é": {"b", "a"}})
    assert {"é": ["a", "b"]} == json.loads(capsys.readouterr().out)
    with pytest.raises(TypeError):
        show_json(object())


def test_moments_have_one_form() -> None:
    """The time in Paris with its distance from UTC, summer and winter, and a dash for none; no command has its own."""
    assert ["2026-07-01 14:00+02:00", "2026-12-01 13:00+01:00", "-"] == [
        moment(one) for one in (1782907200, 1796126400, None)
    ]
    assert "2026-07-01 14:00:07+02:00" == moment(1782907207, "seconds")
    commands = (ROOT / "idp" / "commands").glob("*.py")
    assert set() == {file.name for file in commands if re.search(r"strftime|:%Y-%m|:%d/%m", file.read_text("utf-8"))}


@click.command()
@by_option
def whoami(by: str) -> None:
    """Say who acts."""
    click.echo(by)


def test_who_acts() -> None:
    """The machine's user where nobody is named; a name is short and one line, and help says what it is for."""
    asked = CliRunner()
    assert getpass.getuser() == asked.invoke(whoami).output.strip()
    assert "marie" == asked.invoke(whoami, ["--by", " marie "]).output.strip()
    for name in ("", "  ", "a\nb", "x" * 65):
        refused = asked.invoke(whoami, ["--by", name])
        assert (2, True) == (refused.exit_code, "1 to 64 printable" in refused.output), name
    assert "audit record" in asked.invoke(whoami, ["--help"]).output


def test_a_user_without_a_name() -> None:
    """A container may run under a number that its machine knows no name for."""
    program = "import os, pwd; from idp.commands.output import user_name; os.setuid(54321); print(user_name())"
    if os.getuid() != 0:
        pytest.skip("only root can become a user without a name")
    names = {name: value for name, value in os.environ.items() if name not in {"LOGNAME", "USER", "LNAME", "USERNAME"}}
    done = subprocess.run([sys.executable, "-c", program], env=names, capture_output=True, text=True, check=True)
    assert "uid 54321" == done.stdout.strip()


PROSE = frozenset(
    {
        *("demo", "serve", "worker", "migrate", "completion"),
        *("config check", "config example", "config export", "config version", "clients snippet", "clients show"),
        *("clients initial-token", "members import", "members export", "audit export", "letters print"),
        *("keys emergency", "keys rewrap"),
    }
)
"""Commands that run until they are stopped, whose output is a file or one value, or that report on a file."""


def leaves(command: click.Command, words: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    """Yield every command by its words."""
    if not isinstance(command, click.Group):
        yield " ".join(words), command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        assert found is not None
        yield from leaves(found, (*words, name))


def test_every_command_speaks_to_scripts() -> None:
    """All that look or act take `--json`."""
    silent = {name for name, one in leaves(main) if not any("--json" in option.opts for option in one.params)}
    assert PROSE == silent


def test_a_sentence_or_its_facts(capsys: pytest.CaptureFixture[str]) -> None:
    """One for people, the other for scripts, never both."""
    say("espace is disabled.", as_json=False, client_id="espace", enabled=False)
    assert "espace is disabled.\n" == capsys.readouterr().out
    say("espace is disabled.", as_json=True, client_id="espace", enabled=False)
    assert {"client_id": "espace", "enabled": False} == json.loads(capsys.readouterr().out)
