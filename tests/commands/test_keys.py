"""`idp keys` as an operator types it; what the keys do meanwhile is told in `tests/services/test_key_management.py`."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from idp.cli import main


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """The settings of an empty house whose keys are quickly made."""
    file = tmp_path / "idp.toml"
    file.write_text(f'[database]\nurl = "sqlite:///{tmp_path}/db"\n[keys]\nkek_file = "{tmp_path}/kek"\n', "utf-8")
    return file


def run(settings: Path, *arguments: str) -> Result:
    """Run a command of `idp`."""
    return CliRunner().invoke(main, ["--config", str(settings), *arguments], env={"IDP_CONFIG": None})


def test_rotated_under_a_name(settings: Path) -> None:
    """The rotation is said and recorded with who did it; a second one has nothing to do; a wrong name is refused."""
    assert "No keys yet" in run(settings, "keys", "status").output
    rotated = run(settings, "keys", "rotate", "--algorithm", "ES256", "--by", "marie")
    assert (0, True) == (rotated.exit_code, "published, signs from 20" in rotated.output)
    run(settings, "keys", "rotate", "--algorithm", "ES256")
    assert "Nothing to do" in run(settings, "keys", "rotate", "--algorithm", "ES256").output
    again = run(settings, "keys", "rotate", "--algorithm", "ES256", "--json").output
    assert {"changes": [], "behind": []} == json.loads(again)
    assert "no keys of this algorithm" in run(settings, "keys", "rotate", "--algorithm", "XX").output
    listed = run(settings, "audit", "list", "--event", "keys_rotated", "--actor", "operator:marie").output
    assert ("keys_rotated" in listed, "ES256" in listed) == (True, True)


def test_a_rotation_says_when(settings: Path) -> None:
    """From when the new key signs and until when the old one does: in seconds for programs, in Paris for people."""
    run(settings, "keys", "rotate")
    changes = json.loads(run(settings, "keys", "rotate", "--algorithm", "ES256", "--json").output)["changes"]
    shown = json.loads(run(settings, "keys", "status", "--json").output)["keys"]
    known = {one["kid"]: one for one in shown}
    assert ["create", "retire"] == [one["action"] for one in changes]
    new, old = changes
    assert new["effective_at"] == known[new["kid"]]["active_from"] == old["effective_at"]
    assert known[new["kid"]]["published_at"] < new["effective_at"]
    said = run(settings, "keys", "rotate", "--algorithm", "EdDSA").output.splitlines()
    signs, ends = ({line.split(words)[1][:22] for line in said if words in line} for words in ("signs from ", "until "))
    assert (2, 1, signs) == (len(said), len(signs), ends)


def test_sealed_again_under_a_name(settings: Path) -> None:
    """It changes no key, and stands on record with who did it all the same."""
    run(settings, "keys", "rotate")
    assert "Sealed again: 0 of" in run(settings, "keys", "rewrap", "--by", "marie").output
    assert "marie" in run(settings, "audit", "list", "--event", "keys_rewrapped").output
