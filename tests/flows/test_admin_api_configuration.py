"""Configuration as code through the REST API."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.admin_api import Program, problem
from tests.support.administration import administered
from tests.support.provider import Provider, running

NEW = 'version = 1\n[clients.new]\nclient_name = "New"\nredirect_uris = ["https://new.example/cb"]\n'


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    """A provider whose API is there."""
    with running(administered(tmp_path, admin={"api": True})) as made:
        yield made


@pytest.fixture
def program(provider: Provider) -> Program:
    """A program that keeps the settings."""
    return Program(provider, "admin:security")


def test_compared_applied_and_rolled_back(provider: Provider, program: Program) -> None:
    """The export is the same file for everybody; a plan is agreed to; the files are kept with their texts."""
    exported = program.get("/configuration", Accept="application/toml")
    assert ("application/toml", True) == (exported.headers["Content-Type"], "[clients.espace]" in exported.text)
    assert {"last": None, "comparison": None} == program.get("/configuration/drift").get_json()
    plan = program.post("/configuration/diff", {"text": NEW}).get_json()
    assert [("clients", "new", "create")] == [(one["kind"], one["name"], one["change"]) for one in plan["differences"]]
    done = program.post("/configuration/apply", {"text": NEW, "plan": plan["plan"]}).get_json()
    assert (None, plan["differences"]) == (done["stopped"], done["differences"])
    (made,) = done["secrets"]
    clients = provider.application.clients
    assert clients.secret_holds(clients.get("new"), made["client_secret"])
    kept = program.get("/configuration/versions").get_json()["versions"]
    assert [("applied", "robot"), ("found", "")] == [(one["kind"], one["actor"]) for one in kept]
    before = program.get(f"/configuration/versions/{kept[1]['number']}").get_json()["text"]
    assert exported.text == before
    assert 200 == program.post("/configuration/apply", {"text": before, "prune": True}).status_code
    gone = clients.get("new")
    assert gone is not None
    assert not gone.enabled
    assert [] == program.get("/configuration/drift").get_json()["comparison"]["differences"]


def test_what_is_refused(program: Program) -> None:
    """Faults by their lines; a plan that is another by now; a file that nobody kept."""
    told = program.post("/configuration/diff", {"text": "version = 2\n[x]\n"}).get_json()
    assert ([1, 2], None) == ([one["line"] for one in told["faults"]], told["plan"])
    assert (422, "invalid-value", "text") == problem(program.post("/configuration/apply", {"text": "version = 2"}))
    assert (409, "conflict", "plan") == problem(program.post("/configuration/apply", {"text": NEW, "plan": "0" * 64}))
    assert (404, "not-found", "version") == problem(program.get("/configuration/versions/9"))
