"""What ends a command: a sentence and an exit code, and no trace."""

import errno
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy.exc import ArgumentError

from idp.admin.actor import ForbiddenError, ProposedError
from idp.admin.acts.refusals import UnknownError
from idp.admin.roles import ACTS
from idp.cli import main
from idp.commands.faults import told
from idp.config import ConfigurationError
from idp.store.errors import StoreBusy


@pytest.mark.parametrize(
    ("code", "said", "error"),
    [
        (1, "there is none", UnknownError("there is none")),
        (1, "keys.rotate needs the role security", ForbiddenError(ACTS["keys.rotate"])),
        (1, "  - a: is wrong", ConfigurationError(["a: is wrong"])),
        (1, "Permission denied: /x", PermissionError(errno.EACCES, "Permission denied", "/x")),
        (3, "the database does not answer (database locked)", StoreBusy("database locked")),
        (4, "idp proposals approve abc", ProposedError("abc", "keys.rotate", 1)),
    ],
)
def test_each_has_its_code(code: int, said: str, error: Exception) -> None:
    """Refused, impossible, or not now."""
    found = told(error)
    assert found is not None
    assert (code, True) == (found.exit_code, said in found.message)


@pytest.mark.parametrize("error", [KeyError("x"), BrokenPipeError(errno.EPIPE, "Broken pipe"), ArgumentError("x")])
def test_what_nobody_foresaw_keeps_its_trace(error: Exception) -> None:
    """A mistake of ours must be found; a reader that went away is for click."""
    assert told(error) is None


def test_a_database_that_is_not_there(tmp_path: Path) -> None:
    """Nobody listens: one sentence, exit code 3; a folder that cannot be made: one sentence, exit code 1."""
    commands = {"postgresql+psycopg://x@127.0.0.1:1/x": "clients list", "sqlite:////proc/none/db": "migrate"}
    file, done = tmp_path / "idp.toml", []
    for url, command in commands.items():
        file.write_text(f'[database]\nurl = "{url}"\n[keys]\nkek_file = "{tmp_path}/kek"\n', "utf-8")
        done.append(CliRunner().invoke(main, ["--config", str(file), *command.split()], env={"IDP_CONFIG": None}))
    assert [(3, 1), (1, 1)] == [(one.exit_code, one.output.count("\n")) for one in done]
