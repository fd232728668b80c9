"""The desk's commands, over a real database."""

import json
import shutil
from pathlib import Path
from typing import cast

import pytest
from click.testing import CliRunner, Result

from federation.franceconnect_upstream import FranceConnectUpstream
from federation.linking import Candidate
from federation.pivot import compare
from idp import config
from idp.app import build
from idp.cli import main
from idp.members.dossiers import Dossier
from idp.upstream import CivilStatus

ANGELA = CivilStatus("DUBOIS", ("Angela",), "1962-08-24", "female", "75107", "99100")


def written(folder: Path) -> Path:
    """Write a settings file for a provider that offers FranceConnect."""
    (folder / "secret").write_text("s" * 64, encoding="utf-8")
    file = folder / "idp.toml"
    file.write_text(
        f"""
        [database]
        url = "sqlite:///{folder}/idp.sqlite3"
        [keys]
        kek_file = "{folder}/kek"
        [franceconnect]
        enabled = true
        client_id = "{"c" * 64}"
        client_secret_file = "{folder}/secret"
        """,
        encoding="utf-8",
    )
    return file


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A provider's folder, with one case that waits; made once, since signing keys take seconds."""
    folder = tmp_path_factory.mktemp("house")
    application = build(config.load(written(folder)))
    application.prepare()
    for number in ("1234567", "7654321"):
        application.dossiers.upsert(Dossier(number, "affilie", "active", ANGELA, None, None, None, {}), None)
    upstream = cast("FranceConnectUpstream", application.edge.upstreams["franceconnect"])
    alike = [Candidate(one, compare(ANGELA, one.civil)) for one in upstream.ports.accounts.born_on(["1962-08-24"])]
    upstream.desk.file("sub-1", ANGELA, alike, "several_alike")
    application.close()
    return folder


@pytest.fixture
def settings(prepared: Path, tmp_path: Path) -> Path:
    """The settings file of a copy."""
    shutil.copytree(prepared, tmp_path, dirs_exist_ok=True)
    return written(tmp_path)


def run(settings: Path, *arguments: str) -> Result:
    """Run a command."""
    return CliRunner().invoke(main, ["--config", str(settings), "federation", *arguments], env={"IDP_CONFIG": None})


def waiting(settings: Path, *options: str) -> list[dict[str, str]]:
    """Return the cases."""
    found: list[dict[str, str]] = json.loads(run(settings, "cases", "--json", *options).output)
    return found


def test_decided_and_taken_back(settings: Path) -> None:
    """Listed, shown side by side, linked with a reason and a name, and undone."""
    (one,) = waiting(settings)
    assert one["id"] in run(settings, "cases").output
    shown = run(settings, "case", one["id"]).output
    assert 2 == shown.count("birth_name    DUBOIS                         DUBOIS                         agree (same)")
    assert shown.endswith("\nThe dossiers differ in: nothing of this.\n")
    told = json.loads(run(settings, "case", one["id"], "--json").output)
    assert ([], [{"email": "", "post": ""}] * 2) == (told["differing"], list(told["reach"].values()))
    linked = run(settings, "link", one["id"], "7654321", "--reason", "carte d’identité vue", "--by", "dupont")
    assert "The case is linked to 7654321; no e-mail address on file, so the member is not told.\n" == linked.output
    assert "Nothing waits.\n" == run(settings, "cases").output
    application = build(config.load(settings))
    with application.store.reading() as unit:
        member = unit.accounts.by_dossier("7654321")
    assert member is not None
    assert ["carte d’identité vue"] == [identity.note for identity in application.linked_identities(member.id)]
    application.close()
    (decided,) = waiting(settings, "--all")
    assert ("linked", "operator:dupont", "carte d’identité vue") == (
        decided["status"],
        decided["decided_by"],
        decided["note"],
    )
    assert "by dupont: carte d’identité vue" in run(settings, "case", one["id"]).output
    undone = run(settings, "undo", one["id"], "--reason", "erreur").output
    assert "The case is undone, and its link ended; no e-mail address on file, so the member is not told.\n" == undone


def test_refusals_are_said(settings: Path) -> None:
    """An unknown case, a dossier of no case and a second decision are sentences, with a code of 1."""
    (one,) = waiting(settings)
    tried = [
        run(settings, "case", "x"),
        run(settings, "refuse", "x", "--reason", "r"),
        run(settings, "link", "x", "7654321", "--reason", "r"),
        run(settings, "link", one["id"], "1111111", "--reason", "r"),
    ]
    assert 0 == run(settings, "refuse", one["id"], "--reason", "r").exit_code
    tried.append(run(settings, "refuse", one["id"], "--reason", "r"))
    assert [1] * 5 == [result.exit_code for result in tried]
    assert all(result.output.startswith("Error: ") for result in tried)
    assert 2 == run(settings, "refuse", one["id"]).exit_code
    assert 2 == run(settings, "refuse", one["id"], "--reason", " ").exit_code
