"""`idp admins` as an operator types it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from idp.cli import main


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """The settings of an empty house."""
    file = tmp_path / "idp.toml"
    file.write_text(f'[database]\nurl = "sqlite:///{tmp_path}/db"\n[keys]\nkek_file = "{tmp_path}/kek"\n', "utf-8")
    return file


def run(settings: Path, *arguments: str) -> Result:
    """Run a command."""
    return CliRunner().invoke(main, ["--config", str(settings), "admins", *arguments], env={"IDP_CONFIG": None})


def test_the_whole_life(settings: Path) -> None:
    """Created, invited again, given other roles, shut out; each step is said, and listed as it stands."""
    assert "No administrator yet: idp admins create --help\n" == run(settings, "list").output
    made = run(settings, "create", "root@fund.example", "--name", "Root", "--role", "security")
    assert "http://localhost:8000/administration/invitation/" in made.output
    run(settings, "create", "marie@fund.example", "--name", "Marie L.", "--role", "clients", "--role", "auditor")
    assert run(settings, "invite", "marie@fund.example").output != made.output
    given = [run(settings, "roles", "marie@fund.example", "--role", "members").output for _ in range(2)]
    assert ["marie@fund.example has now: members.\n", "Nothing to change.\n"] == given
    shut = run(settings, "disable", "marie@fund.example", "--reason", "départ")
    assert "marie@fund.example is disabled.\n" == shut.output
    assert [("marie@fund.example", ["members"], False), ("root@fund.example", ["security"], False)] == [
        (one["login"], one["roles"], one["ready"]) for one in json.loads(run(settings, "list", "--json").output)
    ]
    listed = run(settings, "list").output.splitlines()[1:]
    assert ["disabled", "invited"] == [line.split()[1] for line in listed]


def test_refusals_are_said(settings: Path) -> None:
    """A refusal is one sentence and no trace."""
    refused = run(settings, "create", "marie", "--name", "Marie", "--role", "clients")
    assert (1, "Error: a login is an e-mail address of the house\n") == (refused.exit_code, refused.output)
    assert "there is no administrator marie@fund.example" in run(settings, "invite", "marie@fund.example").output


def test_somebody_who_lost_everything(settings: Path) -> None:
    """A reason is compulsory and on record; the link is another one."""
    made = run(settings, "create", "marie@fund.example", "--name", "Marie L.", "--role", "security")
    assert 2 == run(settings, "reset-factors", "marie@fund.example").exit_code
    again = run(settings, "reset-factors", "marie@fund.example", "--reason", "téléphone perdu")
    assert ("/administration/invitation/" in again.output, made.output == again.output) == (True, False)
    arguments = ["--config", str(settings), "audit", "list", "--event", "admin_invited"]
    listed = CliRunner().invoke(main, arguments, env={"IDP_CONFIG": None}).output
    assert ("admin_invited" in listed, "phone perdu" in listed) == (True, True)
