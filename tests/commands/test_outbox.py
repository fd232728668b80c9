"""`idp outbox`, over a real database."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from idp import config
from idp.app import build
from idp.cli import main
from idp.clock import system_clock
from idp.store.db import Store
from tests.support.records import with_account


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """A settings file for a provider in a folder of its own."""
    file = tmp_path / "idp.toml"
    database, kek = f'url = "sqlite:///{tmp_path}/idp.sqlite3"', f'kek_file = "{tmp_path}/kek"'
    file.write_text(f"[database]\n{database}\n[keys]\n{kek}\n", encoding="utf-8")
    return file


def run(settings: Path, *arguments: str) -> Result:
    """Run a command."""
    return CliRunner().invoke(main, ["--config", str(settings), "outbox", *arguments], env={"IDP_CONFIG": None})


def prepared(settings: Path, fill: Callable[[Store, int], None]) -> None:
    """Fill a fresh provider's store; `fill` is told the present time."""
    application = build(config.load(settings))
    application.migrate()
    fill(application.store, system_clock())
    application.close()


def test_an_empty_outbox_is_in_order(settings: Path) -> None:
    """Nothing waits, nothing was given up."""
    result = run(settings, "status")
    assert (0, "Waiting: 0\nGiven up: 0\n") == (result.exit_code, result.output)


def test_an_operator_sees_whose_message_was_given_up_and_why(settings: Path) -> None:
    """By the dossier's number and the server's code, without address or content."""

    def fill(store: Store, now: int) -> None:
        with_account(store)
        with store.begin() as unit:
            unit.outbox.add("mail", "a", {"account_id": "account", "template": "linked"}, task_id="a", now=now - 3700)
            unit.outbox.abandon("a", "SMTPRecipientsRefused 550 5.1.1", now - 60, {"account_id": "account"})
            unit.outbox.add("mail", "old", {}, task_id="old", now=0)
            unit.outbox.abandon("old", "gone", 1)
            unit.outbox.add("mail", "sent", {}, task_id="sent", now=now)
            unit.outbox.done("sent", now)

    prepared(settings, fill)
    result = run(settings, "status")
    assert 0 == result.exit_code
    assert "Given up: 1" in result.output
    assert "dossier 1234567, 0 tries: SMTPRecipientsRefused 550 5.1.1" in result.output
    assert "@" not in result.output
    (lost,) = json.loads(run(settings, "status", "--json").output)["given_up"]
    assert ("1234567", "account") == (lost["dossier"], lost["account_id"])


def test_work_that_waits_too_long_ends_with_code_2(settings: Path) -> None:
    """A script that watches the house is told, with what stops the work."""

    def fill(store: Store, now: int) -> None:
        with store.begin() as unit:
            for number in range(3):
                unit.outbox.add("mail", f"k{number}", {}, task_id=f"t{number}", now=now - 1000)
                unit.outbox.failed(f"t{number}", "ConnectionRefusedError", not_before=now)
            unit.outbox.add("reset", "r", {}, task_id="r", now=now)

    prepared(settings, fill)
    result = run(settings, "status")
    assert 2 == result.exit_code
    assert "Waiting: 4" in result.output
    assert ": ConnectionRefusedError" in result.output
    assert "1 reset" in result.output
    facts = json.loads(run(settings, "status", "--json").output)
    assert [("mail", 3), ("reset", 1)] == [(one["kind"], one["count"]) for one in facts["waiting"]]
    assert facts["late"]
