"""`idp letters`, over a real database."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from idp import config
from idp.app import build
from idp.cli import main
from idp.clock import system_clock
from idp.members.letter_files import PrintFolder
from tests.support.letters import ask, secret_of


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """A settings file for a provider in a folder of its own."""
    file = tmp_path / "idp.toml"
    text = (
        f'[database]\nurl = "sqlite:///{tmp_path}/idp.sqlite3"\n'
        f'[keys]\nkek_file = "{tmp_path}/kek"\n[letters]\ndirectory = "{tmp_path}/letters"\n'
    )
    file.write_text(text, encoding="utf-8")
    return file


def run(settings: Path, *arguments: str) -> Result:
    """Run a command."""
    return CliRunner().invoke(main, ["--config", str(settings), "letters", *arguments], env={"IDP_CONFIG": None})


def queue(settings: Path, *numbers: int, **changes: Any) -> None:
    """Queue letters that were asked for just now."""
    application = build(config.load(settings))
    application.migrate()
    for number in numbers:
        ask(application.store, application.sealer, number, system_clock(), **changes)
    application.close()


def test_a_day_at_the_printer(settings: Path, tmp_path: Path) -> None:
    """Print says the file, its sheets and its checksum, never a password; then nothing is left."""
    queue(settings, 1, 2)
    assert "Waiting: 2, late: 0" in run(settings, "status").output
    printed = run(settings, "print", "--date", "2026-11-24")
    assert 0 == printed.exit_code
    manifest = json.loads((tmp_path / "letters" / "2026-11-24-01.json").read_text(encoding="utf-8"))
    assert f"2 sheets, sha256 {manifest['sha256']}" in printed.output
    assert secret_of(1)[5:] not in printed.output
    assert "No letter to print." in run(settings, "print").output
    facts = json.loads(run(settings, "status", "--json").output)
    assert (0, 2) == (facts["waiting"], facts["batches"][0]["letters"])
    assert "Batch 2026-11-24-01: 2 letters" in run(settings, "status").output


def test_a_folder_may_be_chosen(settings: Path, tmp_path: Path) -> None:
    """`--output` writes elsewhere."""
    queue(settings, 1)
    run(settings, "print", "--date", "2026-11-24", "--output", str(tmp_path / "out"))
    assert (tmp_path / "out" / "2026-11-24-01.pdf").is_file()


def test_a_letter_without_an_address_ends_with_code_2(settings: Path) -> None:
    """The operator sees whose address is missing, and a script sees that something is to be done."""
    queue(settings, 7, address=None)
    result = run(settings, "print")
    assert 2 == result.exit_code
    assert "no postal address" in result.output
    assert "1000007" in result.output


def test_a_large_run_shows_how_far_it_is(settings: Path) -> None:
    """From fifty letters on."""
    queue(settings, *range(50))
    assert "Letters" in run(settings, "print").output


def test_a_second_run_at_the_same_time_is_refused(settings: Path, tmp_path: Path) -> None:
    """One sentence, and nothing printed."""
    with PrintFolder(tmp_path / "letters").alone():
        result = run(settings, "print")
    assert 1 == result.exit_code
    assert "another run" in result.output


def test_a_folder_that_cannot_be_written_is_said(settings: Path, tmp_path: Path) -> None:
    """One sentence, no trace."""
    (tmp_path / "letters").write_text("not a folder", encoding="utf-8")
    result = run(settings, "print")
    assert 1 == result.exit_code
    assert result.output.startswith("Error: cannot write")
