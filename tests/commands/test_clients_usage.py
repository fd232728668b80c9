"""`idp clients usage` as an operator types it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from idp import config
from idp.app import build
from idp.cli import main
from idp.protocol.client_notes import Kind
from tests.support.cast import ESPACE


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """The settings of a house whose application was used once and refused twice."""
    file = tmp_path / "idp.toml"
    file.write_text(f'[database]\nurl = "sqlite:///{tmp_path}/db"\n[keys]\nkek_file = "{tmp_path}/kek"\n', "utf-8")
    application = build(config.load(file))
    application.migrate()
    application.clients.upsert(ESPACE)
    note = application.client_notes
    note("espace", Kind.ANSWERED)
    note("espace", Kind.REDIRECT_URI, "trailing_slash", sent="https://x/cb/", registered="https://x/cb")
    note("espace", Kind.TOKEN, "code is not valid")
    note.write()
    application.close()
    return file


def run(settings: Path, *arguments: str) -> Result:
    """Run a command."""
    return CliRunner().invoke(
        main, ["--config", str(settings), "clients", "usage", *arguments], env={"IDP_CONFIG": None}
    )


def test_for_people(settings: Path) -> None:
    """The last use, the day, and each refusal with both addresses and what mends it, in English."""
    shown = run(settings, "espace")
    assert 0 == shown.exit_code, shown.output
    assert "refused=2 answered=1" in shown.output
    assert "Days of UTC, which begin at 01:00 in Paris, 02:00 in summer:\n" in shown.output
    assert "1 x Return address refused: A trailing slash is one too many or is missing." in shown.output
    assert "    sent:       https://x/cb/\n    registered: https://x/cb\n" in shown.output
    assert "    told:       code is not valid\n" in shown.output


def test_for_scripts(settings: Path) -> None:
    """The same as JSON."""
    found = json.loads(run(settings, "espace", "--json", "--days", "30").output)
    assert ({"answered": 1}, 2) == (found["days"][0]["steps"], found["days"][0]["refused"])
    assert {"trailing_slash", "code is not valid"} == {one["aspect"] for one in found["faults"]}


def test_an_application_that_is_not_there(settings: Path) -> None:
    """It is said."""
    told = run(settings, "nobody")
    assert (1, "Error: there is no such application\n") == (told.exit_code, told.output)
