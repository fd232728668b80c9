"""Words finished by a shell: the scripts, commands, options, ids of applications."""

import shutil
import subprocess
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from idp.cli import COMMANDS, main
from idp.commands.completion import SHELLS, client_ids


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """The settings of a house with two applications."""
    file = tmp_path / "idp.toml"
    file.write_text(f'[database]\nurl = "sqlite:///{tmp_path}/a b"\n[keys]\nkek_file = "{tmp_path}/kek"\n', "utf-8")
    assert 0 == CliRunner().invoke(main, ["--config", str(file), "migrate"], env={"IDP_CONFIG": None}).exit_code
    for name in ("espace", "espa_e", "other"):
        arguments = [
            "--config",
            str(file),
            "clients",
            "create",
            name,
            "--name",
            name.title(),
            "--redirect-uri",
            "https://a.example/cb",
        ]
        assert 0 == CliRunner().invoke(main, arguments, env={"IDP_CONFIG": None}).exit_code
    return file


def finished(*words: str) -> list[str]:
    """Return what may stand at the end of a line."""
    shell = ShellComplete(main, {}, "idp", "_IDP_COMPLETE")
    return [str(one.value) for one in shell.get_completions(list(words[:-1]), words[-1])]


def offered(settings: Path, incomplete: str) -> list[tuple[str, str | None]]:
    """Return the ids of applications that begin so."""
    context = click.Context(main)
    context.params["path"] = settings
    return [(str(one.value), one.help) for one in client_ids(context, click.Argument(["x"]), incomplete)]


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_has_its_script(shell: str) -> None:
    """The script asks `idp` itself, and is one that the shell reads, where there is this shell."""
    done = CliRunner().invoke(main, ["completion", shell])
    assert (0, True) == (done.exit_code, "_IDP_COMPLETE" in done.stdout)
    program = shutil.which(shell)
    if program is not None:
        assert 0 == subprocess.run([program, "-n"], input=done.stdout, text=True, check=False, timeout=20).returncode


def test_commands_and_options() -> None:
    """The names of the table, those within a command, and options."""
    assert list(COMMANDS) == finished("")
    assert ["config", "clients", "completion"] == finished("c")
    assert ["diff"] == finished("config", "d")
    assert ["--prune"] == finished("config", "diff", "--pr")
    assert ["security"] == finished("admins", "create", "--role", "s")


def test_ids_of_applications(settings: Path) -> None:
    """By their beginning, with their names."""
    assert [("espa_e", "Espa_E"), ("espace", "Espace")] == offered(settings, "espa")
    assert [("espa_e", "Espa_E")] == offered(settings, "espa_")
    assert [] == offered(settings, "ESPA")


def test_where_there_is_none_to_be_had(tmp_path: Path) -> None:
    """Settings that cannot be read, a database that is not there or elsewhere: nothing is offered, nothing is said."""
    texts = (
        "[",
        f'[database]\nurl = "sqlite:///{tmp_path}/none"',
        '[database]\nurl = "postgresql://nowhere.invalid/idp"',
    )
    for text in texts:
        file = tmp_path / "idp.toml"
        file.write_text(text, "utf-8")
        assert [] == offered(file, "")
    assert not (tmp_path / "none").exists()
