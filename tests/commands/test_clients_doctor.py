"""`idp clients doctor` as an operator types it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from idp import config
from idp.app import build
from idp.cli import main
from idp.protocol.client_notes import Kind
from tests.support.cast import ESPACE, SECRET
from tests.support.logout_receivers import receiver


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """The settings of a house with a sound application that was refused once, and one without a secret."""
    file = tmp_path / "idp.toml"
    file.write_text(
        f'[database]\nurl = "sqlite:///{tmp_path}/db"\n[keys]\nkek_file = "{tmp_path}/kek"\n'
        'algorithms = ["RS256", "ES256"]\nencryption = []\n[outgoing]\nprivate_hosts = ["127.0.0.1"]\n',
        "utf-8",
    )
    application = build(config.load(file))
    application.prepare()
    application.clients.upsert(ESPACE, SECRET)
    application.clients.upsert(replace(ESPACE, client_id="bare", redirect_uris=()))
    application.client_notes("espace", Kind.TOKEN, "code is not valid")
    application.client_notes.write()
    application.close()
    return file


def run(settings: Path, *arguments: str) -> Result:
    """Run a command."""
    return CliRunner().invoke(
        main, ["--config", str(settings), "clients", "doctor", *arguments], env={"IDP_CONFIG": None}
    )


def test_a_sound_application(settings: Path) -> None:
    """Code 0, with what was refused of late; its logout address is called where it has one."""
    shown = run(settings, "espace")
    assert (0, True) == (shown.exit_code, "1 x Token request refused" in shown.output), shown.output
    application = build(config.load(settings))
    with receiver(status=500) as told:
        application.clients.upsert(told.client(), SECRET)
        application.close()
        failed = run(settings, "espace")
    assert (1, True) == (failed.exit_code, "BAD   Word of sign-outs" in failed.output), failed.output


def test_one_that_is_not(settings: Path) -> None:
    """Code 1, and JSON that says each check."""
    failed = run(settings, "bare", "--json")
    found = json.loads(failed.output)
    assert (1, False) == (failed.exit_code, found["healthy"])
    bad = {(one["check"], one["aspect"]) for one in found["findings"] if one["state"] == "bad"}
    assert {("redirect_uris", "none"), ("authentication", "no_secret")} == bad


def test_one_that_is_not_there(settings: Path) -> None:
    """It is said."""
    assert "there is no such application" in run(settings, "nobody").output
