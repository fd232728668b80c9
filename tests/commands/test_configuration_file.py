"""`idp config export` and `idp config diff` as an operator types them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from idp.cli import main

NEW = 'version = 1\n[clients.new]\nclient_name = "New"\nredirect_uris = ["https://new.example/cb"]\n'
OTHER = NEW.replace("new", "other")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The settings of a house with one application and one administrator."""
    tmp_path = tmp_path_factory.mktemp("house")
    file = tmp_path / "idp.toml"
    file.write_text(f'[database]\nurl = "sqlite:///{tmp_path}/db"\n[keys]\nkek_file = "{tmp_path}/kek"\n', "utf-8")
    run(file, "migrate")
    run(file, "clients", "create", "espace", "--name", "Espace", "--redirect-uri", "https://app.example/cb")
    run(file, "admins", "create", "root@fund.example", "--name", "Root", "--role", "security")
    return file


def run(settings: Path, *arguments: str, typed: str | None = None) -> Result:
    """Run a command."""
    return CliRunner().invoke(main, ["--config", str(settings), *arguments], env={"IDP_CONFIG": None}, input=typed)


def test_there_and_back(settings: Path, tmp_path: Path) -> None:
    """What is exported differs in nothing: exit code 0."""
    exported = run(settings, "config", "export").output
    file = tmp_path / "configuration.toml"
    file.write_text(exported, "utf-8")
    same = run(settings, "config", "diff", str(file))
    assert (0, "Nothing differs.\n") == (same.exit_code, same.output)


def test_what_differs_by_member(settings: Path) -> None:
    """Both sides of each member, for people and for scripts: exit code 1."""
    shown = run(settings, "config", "diff", "-", "--prune", typed=NEW)
    assert 1 == shown.exit_code
    assert '+ clients.new\n    client_name: (default) -> "New"\n' in shown.output
    assert "- clients.espace\n    enabled: (default) -> false\n" in shown.output
    assert (
        "Left alone, since the file does not name them: espace"
        in run(settings, "config", "diff", "-", typed=NEW).output
    )
    told = json.loads(run(settings, "config", "diff", "-", "--json", typed=NEW).output)
    assert (["clients", "new", "create"], ["espace"]) == (
        [told["differences"][0][name] for name in ("kind", "name", "change")],
        told["unnamed"],
    )


def test_every_fault_of_a_file(settings: Path, tmp_path: Path) -> None:
    """One a line, without a trace: exit code 2, as for a file that is not there or no text."""
    wrong = run(settings, "config", "diff", "-", typed="version = 2\n[clients.a]\nx = 1\n")
    assert 2 == wrong.exit_code
    assert "Error: <stdin> cannot be used:\n  - line 1: version must be 1\n" in wrong.output
    assert "  - line 2: clients.a.client_name is needed: members read it\n" in wrong.output
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe")
    assert [2, 2] == [run(settings, "config", "diff", str(one)).exit_code for one in (binary, tmp_path / "none")]


def test_applied_after_asking(settings: Path, tmp_path: Path) -> None:
    """Shown and asked; refused, nothing is done; agreed, the secret is told once and the file is kept."""
    file = tmp_path / "configuration.toml"
    file.write_text(NEW, "utf-8")
    dry = run(settings, "config", "apply", str(file), "--dry-run")
    assert (0, True) == (dry.exit_code, "+ clients.new\n" in dry.output)
    refused = run(settings, "config", "apply", str(file), typed="n\n")
    assert (1, True) == (refused.exit_code, refused.output.endswith("Aborted!\n"))
    assert "No file was applied yet.\n" == run(settings, "config", "versions").output
    done = run(settings, "config", "apply", str(file), typed="y\n")
    assert (0, 1) == (done.exit_code, done.stdout.count("client_secret of new: "))
    assert "the file is kept as number 2." in done.output
    assert 0 == run(settings, "config", "diff", str(file)).exit_code
    assert ["2", "1"] == [line.split()[0] for line in run(settings, "config", "versions").output.splitlines()[1:]]
    assert NEW == run(settings, "config", "version", "2").output
    told = json.loads(run(settings, "config", "versions", "--json").output)
    assert (["applied", "found"], False) == ([one["kind"] for one in told], "text" in told[0])


def test_scripts_are_not_asked(settings: Path) -> None:
    """By the keyboard nobody can be asked; JSON says what was done."""
    assert 2 == run(settings, "config", "apply", "-", typed=OTHER).exit_code
    assert 2 == run(settings, "config", "apply", "-", "--json", typed=OTHER).exit_code
    dry = json.loads(run(settings, "config", "apply", "-", "--json", "--dry-run", typed=OTHER).output)
    done = json.loads(run(settings, "config", "apply", "-", "--json", "--yes", typed=OTHER).stdout)
    assert dry["differences"] == done["differences"]
    assert ["other"] == list(done["secrets"])
    assert 2 == run(settings, "config", "apply", "-", "--yes", typed="version = 2").exit_code
    gone = run(settings, "config", "version", "999")
    assert (1, "Error: there is no such file\n") == (gone.exit_code, gone.output)
