"""`idp dashboard` as an operator types it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from idp import config
from idp.app import build
from idp.cli import main


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """The settings of a house where one sign-in failed and a message waits."""
    file = tmp_path / "idp.toml"
    text = f'[database]\nurl = "sqlite:///{tmp_path}/db"\ncapacity_gib = 2.5\n[keys]\nkek_file = "{tmp_path}/kek"\n'
    file.write_text(text, "utf-8")
    application = build(config.load(file))
    application.migrate()
    application.audit("sign_in", outcome="wrong_password")
    with application.store.begin() as unit:
        unit.outbox.add("mail", "key", {}, task_id="task", now=1)
    application.close()
    return file


def run(settings: Path, *arguments: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(main, ["--config", str(settings), "dashboard", *arguments], env={"IDP_CONFIG": None})


def test_for_people(settings: Path) -> None:
    """Small tables: days, failures, deliveries; sizes once they were measured."""
    shown = run(settings)
    assert 0 == shown.exit_code, shown.output
    assert ["wrong_password  1", "mail      1      0      0               0"] == [
        line for line in shown.output.splitlines() if line.startswith(("wrong", "mail"))
    ]
    assert "were not measured yet" in shown.output
    application = build(config.load(settings))
    application.size_samples.sample()
    application.close()
    assert "TABLE" in run(settings).output


def test_for_scripts(settings: Path) -> None:
    """Everything as JSON."""
    application = build(config.load(settings))
    application.size_samples.sample()
    application.close()
    found = json.loads(run(settings, "--json").output)
    assert ({"wrong_password": 1}, 48, 30) == (found["failures"], len(found["hours"]), len(found["days"]))
    assert (int(2.5 * 1024**3), None) == (found["sizes"]["capacity"], found["whole"]["months"])
