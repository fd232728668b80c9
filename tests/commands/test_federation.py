"""`idp federation`, over a real database."""

import json
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from idp.cli import main


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """A settings file for a provider that offers FranceConnect."""
    (tmp_path / "secret").write_text("s" * 64, encoding="utf-8")
    file = tmp_path / "idp.toml"
    file.write_text(
        f"""
        [database]
        url = "sqlite:///{tmp_path}/idp.sqlite3"
        [keys]
        kek_file = "{tmp_path}/kek"
        [franceconnect]
        enabled = true
        client_id = "{"c" * 64}"
        client_secret_file = "{tmp_path}/secret"
        """,
        encoding="utf-8",
    )
    return file


def run(settings: Path, *arguments: str) -> Result:
    """Run a command."""
    return CliRunner().invoke(main, ["--config", str(settings), "federation", *arguments], env={"IDP_CONFIG": None})


def state(settings: Path) -> dict[str, object] | None:
    """Return what the status says of FranceConnect."""
    found: dict[str, object] | None = json.loads(run(settings, "status", "--json").output)["franceconnect"]
    return found


def test_pause_and_resume(settings: Path) -> None:
    """Paused with a message and an end, shown, and offered again."""
    assert state(settings) is None
    paused = run(settings, "pause", "--minutes", "90", "--message", "Travaux.", "--message-en", "Works.")
    assert 0 == paused.exit_code, paused.output
    found = state(settings)
    assert found is not None
    assert {"fr": "Travaux.", "en": "Works."} == found["words"]
    assert 90 * 60 == pytest.approx(int(str(found["until"])) - time.time(), abs=60)
    assert "paused since" in run(settings, "status").output
    assert "offered again" in run(settings, "resume").output
    assert "was not paused" in run(settings, "resume").output
    assert state(settings) is None


@pytest.mark.parametrize("until", ["2099-07-01T08:00", "2099-07-01 08:00+02:00", "2099-07-01 06:00+00:00"])
def test_an_end_in_paris_time(settings: Path, until: str) -> None:
    """A day and an hour as an operator in France writes them, summer time and all; or with the zone that they name."""
    assert 0 == run(settings, "pause", "--until", until).exit_code
    found = state(settings)
    assert found is not None
    assert 4086568800 == found["until"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("pause", "--until", "2001-01-01T00:00"), "is past"),
        (("pause", "--until", "2099-01-01T00:00", "--minutes", "5"), "exclude one another"),
        (("pause", "--provider", "unknown"), "there is: franceconnect"),
        (("resume", "--provider", "unknown"), "there is: franceconnect"),
    ],
)
def test_what_cannot_be_meant_is_refused(settings: Path, arguments: tuple[str, ...], told: str) -> None:
    """Nothing changes, and the sentence says why."""
    result = run(settings, *arguments)
    assert 0 != result.exit_code
    assert told in result.output
    assert state(settings) is None


def test_explain(settings: Path, tmp_path: Path) -> None:
    """An identity in a file is explained for people and for programs, and a persona out of many."""
    people = Path("examples/demo/personas.json").absolute()
    shown = run(settings, "explain", str(people), "--persona", "angela")
    assert 0 == shown.exit_code, shown.output
    assert "decision  no_match" in shown.output
    claims = tmp_path / "claims.json"
    claims.write_text(json.dumps({"family_name": "DUBOIS", "birthdate": "1962-00-00"}), encoding="utf-8")
    found = json.loads(run(settings, "explain", str(claims), "--json").output)
    assert ("prove", "presumed_birthdate", []) == (found["decision"], found["rule"], found["dossiers"])


@pytest.mark.parametrize("text", ["", "[]", '"a"', "[" * 100_000])
def test_explain_refuses_what_is_no_identity(settings: Path, tmp_path: Path, text: str) -> None:
    """Said in a sentence, not with a traceback."""
    claims = tmp_path / "claims.json"
    claims.write_text(text, encoding="utf-8")
    assert (1, True) == ((told := run(settings, "explain", str(claims))).exit_code, told.output.startswith("Error: "))
