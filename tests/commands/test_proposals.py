"""`idp proposals`, and an emergency of the keys, as two operators type them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from idp.cli import main
from idp.commands.faults import PROPOSED
from idp.commands.house import House
from idp.store.proposals import Proposal


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """The settings of a house that wants a second person for new administrators, and has a few keys."""
    file = tmp_path / "idp.toml"
    file.write_text(
        f'[database]\nurl = "sqlite:///{tmp_path}/db"\n[keys]\nkek_file = "{tmp_path}/kek"\n'
        'algorithms = ["RS256", "ES256"]\nencryption = []\n[admin]\nfour_eyes = ["admins.create"]\n',
        "utf-8",
    )
    return file


def run(settings: Path, *arguments: str) -> Result:
    """Run a command of `idp`."""
    return CliRunner().invoke(main, ["--config", str(settings), *arguments], env={"IDP_CONFIG": None})


def waiting(settings: Path) -> list[str]:
    """Return the proposals that wait."""
    return [one["id"] for one in json.loads(run(settings, "proposals", "list", "--json").output)]


def test_a_command_that_waits(settings: Path) -> None:
    """It says so and exits with its own code; somebody else approves or refuses, and is told when it was decided."""
    create = ("admins", "create", "root@fund.example", "--name", "Root", "--role", "security", "--by", "marie")
    asked = run(settings, *create)
    (kept,) = waiting(settings)
    assert (PROPOSED, True) == (asked.exit_code, f"idp proposals approve {kept}" in asked.output)
    shown = run(settings, "proposals", "show", kept).output
    assert ("operator:marie" in shown, "root@fund.example" in shown) == (True, True)
    assert (
        "root@fund.example"
        == json.loads(run(settings, "proposals", "show", kept, "--json").output)["arguments"]["login"]
    )
    own = run(settings, "proposals", "approve", kept, "--by", "marie")
    assert (1, "Error: nobody approves a proposal of their own\n") == (own.exit_code, own.output)
    done = run(settings, "proposals", "approve", kept, "--by", "paul")
    assert (0, True) == (done.exit_code, "/administration/invitation/" in done.output)
    assert "decided by operator:paul" in run(settings, "proposals", "show", kept).output
    again = run(settings, *create)
    assert (1, True) == (again.exit_code, "already" in again.output), again.output
    run(settings, "admins", "create", "other@fund.example", *create[3:])
    (second,) = waiting(settings)
    refused = run(settings, "proposals", "refuse", second, "--reason", "twice\rnot at all", "--by", "paul")
    assert ": twice?not at all\n" in run(settings, "proposals", "show", second).output
    assert (0, "Nothing is done.\n") == (refused.exit_code, refused.output)
    assert 1 == run(settings, "proposals", "refuse", second, "--reason", "twice").exit_code
    assert "Nothing waits.\n" == run(settings, "proposals", "list").output
    assert 2 == len(run(settings, "proposals", "list", "--decided").output.splitlines()[1:])
    assert 1 == run(settings, "proposals", "show", "f" * 32).exit_code


def test_none_of_a_long_past_is_left_out(settings: Path) -> None:
    """What was decided is listed whole, however much it is, the newest first."""
    ids = [f"{number:032x}" for number in range(205)]
    with House(settings).application.store.begin() as unit:
        for number, one in enumerate(ids):
            at = 1000 + number // 3
            unit.proposals.add(Proposal(one, "admins.create", None, "operator:marie", "command", at, 2000, "refused"))
    told = json.loads(run(settings, "proposals", "list", "--decided", "--json").output)
    assert sorted(ids) == sorted(one["id"] for one in told)
    assert sorted((one["made_at"] for one in told), reverse=True) == [one["made_at"] for one in told]
    assert 206 == len(run(settings, "proposals", "list", "--decided").output.splitlines())


def test_an_emergency_by_two_operators(settings: Path, tmp_path: Path) -> None:
    """The file says what goes and what stays; changed, it is refused; applied by another one, the keys are new."""
    run(settings, "migrate")
    run(settings, "keys", "rotate")
    before = {one["kid"] for one in json.loads(run(settings, "keys", "status", "--json").output)["keys"]}
    plan = tmp_path / "plan.json"
    prepared = run(settings, "keys", "emergency", "--prepare", str(plan), "--reason", "lost", "--by", "marie")
    assert (0, True) == (prepared.exit_code, "Nothing is dropped yet" in prepared.output)
    told = json.loads(plan.read_text("utf-8"))
    assert before == {one["kid"] for one in told["plan"]["drops"]}
    assert ("operator:marie", True, True) == (told["prepared_by"], bool(told["dies"]), bool(told["stays"]))
    apply = ("keys", "emergency", "--apply")
    assert "their own" in run(settings, *apply, str(plan), "--by", "marie").output
    other = tmp_path / "other.json"
    wrong: tuple[object, ...] = ({**told, "plan": {**told["plan"], "reason": "other"}}, {**told, "plan": 1}, [], "x")
    for changed in wrong:
        other.write_text(json.dumps(changed), "utf-8")
        assert 1 == run(settings, *apply, str(other), "--by", "paul").exit_code
    other.write_text("no JSON", "utf-8")
    assert "this is no file" in run(settings, *apply, str(other), "--by", "paul").output
    done = run(settings, *apply, str(plan), "--by", "paul")
    assert (0, True) == (done.exit_code, done.output.startswith("Done:"))
    after = json.loads(run(settings, "keys", "status", "--json").output)["keys"]
    assert before.isdisjoint({one["kid"] for one in after})
    assert {"active"} == {one["state"] for one in after}
    assert "decided or over" in run(settings, *apply, str(plan), "--by", "paul").output


def test_what_is_no_emergency(settings: Path, tmp_path: Path) -> None:
    """One of the two options, a reason, and keys that there are."""
    assert 2 == run(settings, "keys", "emergency").exit_code
    assert "has a reason" in run(settings, "keys", "emergency", "--prepare", str(tmp_path / "plan")).output
    run(settings, "migrate")
    wrong = run(settings, "keys", "emergency", "--prepare", str(tmp_path / "plan"), "--reason", "x", "--algorithm", "X")
    assert ("no keys of this algorithm" in wrong.output, (tmp_path / "plan").exists()) == (True, False)
    run(settings, "keys", "rotate", "--algorithm", "ES256")
    nowhere = str(tmp_path / "none" / "plan")
    assert "No such file" in run(settings, "keys", "emergency", "--prepare", nowhere, "--reason", "x").output
