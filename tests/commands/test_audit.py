"""`idp audit` as an operator types it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import update

from idp import config
from idp.app import build
from idp.cli import main
from idp.services.audit_chain import LONGEST, REST
from idp.store.audit import AUDIT

NOW = 1_700_000_000


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """The settings of a house with three events, sealed a while ago."""
    file = tmp_path / "idp.toml"
    file.write_text(f'[database]\nurl = "sqlite:///{tmp_path}/db"\n[keys]\nkek_file = "{tmp_path}/kek"\n', "utf-8")
    clock = {"now": NOW}
    application = build(config.load(file), clock=lambda: clock["now"])
    application.migrate()
    for outcome in ("ok", "wrong_password", "ok"):
        application.audit("sign_in", outcome=outcome, typed="x", network="192.0.2.7")
    clock["now"] = NOW + LONGEST + REST
    assert 3 == application.audit_chain.seal()
    application.close()
    return file


def run(settings: Path, *arguments: str) -> Result:
    """Run a command."""
    return CliRunner().invoke(main, ["--config", str(settings), "audit", *arguments], env={"IDP_CONFIG": None})


def test_listed(settings: Path) -> None:
    """Events are shown with the time of Paris; the look itself is on record afterwards."""
    shown = run(settings, "list", "--outcome", "wrong_password", "--by", "marie").output
    assert "2023-11-14 23:13:20+01:00  sign_in  wrong_password  network=192.0.2.7 typed=x" == shown.splitlines()[1]
    (look,) = json.loads(run(settings, "list", "--event", "audit_read", "--json", "--until", "9999-12-31").output)
    assert "operator:marie" == look["details"]["actor"]
    assert "Nothing fits.\n" == run(settings, "list", "--since", "2024-01-01", "--event", "sign_in").output


def test_taken_away(settings: Path, tmp_path: Path) -> None:
    """Named by its ending, readable by its owner alone, never written over; the copy itself is on record in it."""
    file = tmp_path / "events.csv"
    assert f"4 events written to {file}, readable by you alone.\n" == run(settings, "export", str(file)).output
    assert (5, 0o600) == (len(file.read_text("utf-8").splitlines()), file.stat().st_mode & 0o777)
    assert 0 != run(settings, "export", str(file)).exit_code
    lines = tmp_path / "events.jsonl"
    run(settings, "export", str(lines), "--event", "sign_in")
    assert {"sign_in"} == {json.loads(line)["event"] for line in lines.read_text("utf-8").splitlines()}


def test_a_tampered_event_is_found(settings: Path) -> None:
    """A sound record says so and gives its head; a changed event is named, with an exit code for scripts."""
    sound = run(settings, "verify")
    assert (0, True) == (sound.exit_code, "Nothing was changed, taken away or added.\n" in sound.output)
    head = sound.output.rpartition(": ")[2].strip()
    application = build(config.load(settings))
    with application.store.begin() as unit:
        unit.session.execute(update(AUDIT).where(AUDIT.c.id == 2).values(outcome="ok"))
    application.close()
    broken = run(settings, "verify", "--head", head)
    assert 2 == broken.exit_code
    assert "event 2 (seal 1) was changed after it was sealed.\n" in broken.output
    assert "seal 7 is not in the chain any more" in run(settings, "verify", "--head", f"7:{'0' * 64}").output
    assert "is what an earlier verification printed" in run(settings, "verify", "--head", "seven").output
