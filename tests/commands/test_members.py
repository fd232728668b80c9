"""`idp members import`, `export` and `close`, over a real database."""

import csv
import json
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from idp import config
from idp.app import build
from idp.cli import main

EXAMPLES = Path(__file__).parents[2] / "examples" / "directory"


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """A settings file for a provider in a folder of its own."""
    file = tmp_path / "idp.toml"
    text = (
        f'[database]\nurl = "sqlite:///{tmp_path}/idp.sqlite3"\n'
        f'[keys]\nkek_file = "{tmp_path}/kek"\nencryption = []\n'
        "[passwords]\nmemory_kib = 1024\npasses = 1\n"
    )
    file.write_text(text, encoding="utf-8")
    return file


def run(settings: Path, *arguments: str | Path) -> Result:
    """Run a command of `idp members`."""
    words = ["--config", str(settings), "members", *(str(argument) for argument in arguments)]
    return CliRunner().invoke(main, words, env={"IDP_CONFIG": None})


def test_the_examples_are_what_the_documentation_says(settings: Path) -> None:
    """Both example files hold the same four dossiers."""
    assert "would be: 4 new" in run(settings, "import", EXAMPLES / "dossiers.csv", "--dry-run").output
    assert "4 new, 0 changed" in run(settings, "import", EXAMPLES / "dossiers.csv").output
    assert "0 new, 0 changed, 4 unchanged" in run(settings, "import", EXAMPLES / "dossiers.jsonl").output


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_an_export_is_an_import(settings: Path, tmp_path: Path, form: str) -> None:
    """What was exported changes nothing when it comes back; only its owner reads it, and no hash is in it."""
    run(settings, "import", EXAMPLES / "dossiers.csv")
    file = tmp_path / f"out.{form}"
    made = run(settings, "export", file)
    assert (0, f"4 dossiers written to {file}\n") == (made.exit_code, made.output)
    assert 0o600 == stat.S_IMODE(file.stat().st_mode)
    text = file.read_text(encoding="utf-8")
    assert "pbkdf2" not in text
    assert "password" not in text
    assert (";'+33639980101;" in text) == (form == "csv")
    assert "0 new, 0 changed, 4 unchanged" in run(settings, "import", file).output
    assert not file.with_name(file.name + ".part").exists()


def test_faults_are_shown_up_to_a_limit_and_written_in_full(settings: Path, tmp_path: Path) -> None:
    """Fifty on the screen, then a count; all of them in the file, where nothing is a formula."""
    line = '{"dossier": "x", "=cmd": 1}\n'
    file, errors = tmp_path / "bad.jsonl", tmp_path / "errors.csv"
    file.write_text(line * 60, encoding="utf-8")
    result = run(settings, "import", file, "--errors", errors)
    assert 1 == result.exit_code
    assert "nothing was imported: 60 of 60 lines are faulty" in result.output
    assert "line 1: has 1 names" in result.output
    assert "... and 10 more faults" in result.output
    with errors.open(encoding="utf-8", newline="") as source:
        rows = list(csv.reader(source))
    assert (["line", "field", "reason"], 61) == (rows[0], len(rows))


def test_skipping_faulty_lines_is_a_success(settings: Path, tmp_path: Path) -> None:
    """What the operator asked for is no error; the faults are told all the same."""
    file = tmp_path / "some.jsonl"
    file.write_text((EXAMPLES / "dossiers.jsonl").read_text(encoding="utf-8") + "{}\n", encoding="utf-8")
    assert 1 == run(settings, "import", file).exit_code
    assert 1 == run(settings, "import", file, "--dry-run").exit_code
    result = run(settings, "import", file, "--skip-faulty")
    assert (0, True) == (result.exit_code, "4 new, 0 changed, 0 unchanged, 1 faulty" in result.output)
    assert "line 5: dossier is missing" in result.output


def test_a_closed_dossier(settings: Path) -> None:
    """Closing is told once, and an unknown number is said plainly."""
    run(settings, "import", EXAMPLES / "dossiers.csv")
    fraud = ("close", "3000001", "--cause", "fraud", "--reason", "Signalée")
    assert "3000001: is closed; " in run(settings, *fraud).output
    assert "that is done already" in run(settings, *fraud).output
    assert "closed (held: fraud)" == json.loads(run(settings, "show", "3000001", "--json").output)["status"]
    resume = ("resume", "3000001", "--reason", "Erreur")
    assert "3000001: is open; " in run(settings, *resume).output
    assert "neither suspended nor closed by hand" in run(settings, *resume).output
    assert 1 == run(settings, "resume", "7654321", "--reason", "Erreur").exit_code
    unknown = run(settings, "close", "7654321", "--reason", "other")
    assert (1, "Error: there is no such dossier\n") == (unknown.exit_code, unknown.output)
    assert 2 == run(settings, "close", "3000001").exit_code


@pytest.mark.parametrize("name", ["dossiers.xlsx", "dossiers"])
def test_a_format_that_is_not_said(settings: Path, tmp_path: Path, name: str) -> None:
    """A name that tells no format asks for `--format`."""
    file = tmp_path / name
    file.write_bytes((EXAMPLES / "dossiers.csv").read_bytes())
    assert "say which with --format" in run(settings, "import", file).output
    assert "4 new" in run(settings, "import", file, "--format", "csv").output


def test_the_password_of_the_system_before_opens_once_and_is_replaced(settings: Path) -> None:
    """A member of the example signs in with the imported hash, which the first sign-in makes an Argon2id one."""
    run(settings, "import", EXAMPLES / "dossiers.csv")
    application = build(config.load(settings))
    try:
        wrong, right, again = (
            application.sign_in.check("affilie", "3000001", typed, "192.0.2.1").reason
            for typed in ("Demonstration 1980", "Demonstration 1979", "Demonstration 1979")
        )
        with application.store.reading() as unit:
            account = unit.accounts.by_dossier("3000001")
    finally:
        application.close()
    assert account is not None
    assert ("wrong_password", "ok", "ok") == (wrong, right, again)
    assert str(account.password_hash).startswith("$argon2id$")
    assert "0 new, 0 changed, 4 unchanged" in run(settings, "import", EXAMPLES / "dossiers.csv").output
