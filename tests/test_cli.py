"""The command `idp` itself: its table of commands, and how little it loads."""

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from idp.cli import COMMANDS, main

_HEAVY = ("alembic", "cryptography", "flask", "granian", "idp.app", "pydantic", "sqlalchemy")


def _loaded(statement: str) -> set[str]:
    """Return which heavy modules a statement loads, in a process of its own."""
    program = f"import sys\n{statement}\nprint(*(name for name in {_HEAVY!r} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    return set(done.stdout.splitlines()[-1].split())


def test_each_command_is_where_the_table_says() -> None:
    """Every row loads the command of its name, which explains itself."""
    for name in COMMANDS:
        command = main.get_command(click.Context(main), name)
        assert command is not None
        assert name == command.name
        assert command.help


def test_help_names_every_command_and_loads_none() -> None:
    """`idp --help` answers at once: neither the provider nor the types of its settings are loaded."""
    output = CliRunner().invoke(main, ["--help"]).output
    assert all(f"\n  {name} " in output for name in COMMANDS)
    call = "from idp.cli import main\nmain(['--help'], standalone_mode=False)"
    assert set() == _loaded(call)


def test_help_of_a_command_does_not_load_the_provider() -> None:
    """The help of a command and a mistyped option cost no second of imports either."""
    for name in ("serve", "clients", "config"):
        call = f"from idp.cli import main\nmain(['{name}', '--help'], standalone_mode=False)"
        assert {"pydantic"} >= _loaded(call), name


def test_an_unknown_command_is_said() -> None:
    """No trace, exit code 2."""
    result = CliRunner().invoke(main, ["sing"])
    assert (2, True) == (result.exit_code, "No such command" in result.output)


@pytest.mark.parametrize(("typed", "meant"), [("client", "clients"), ("cleints", "clients"), ("migrat", "migrate")])
def test_a_command_that_is_mistyped_is_told(typed: str, meant: str) -> None:
    """The command itself as its subcommands: the near name is said, and nothing is run."""
    result = CliRunner().invoke(main, [typed, "create"])
    assert (2, True) == (result.exit_code, f"No such command '{typed}'. Did you mean '{meant}'?" in result.output)
