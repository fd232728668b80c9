"""Applications by a program: registered, changed, given secrets, stopped, taken back, as HTTP shows them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.admin.roles import Role
from tests.support.admin_api import ALL, SCOPES, Program, problem
from tests.support.administration import administered, recorded
from tests.support.provider import Provider, running

URI = "https://app.example.org/cb"
APP = {"client_id": "app", "metadata": {"client_name": "Appli", "redirect_uris": [URI]}}


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    """A provider whose API is there."""
    with running(administered(tmp_path, admin={"api": True})) as made:
        yield made


@pytest.fixture
def program(provider: Provider) -> Program:
    """A program that keeps applications, and nothing else."""
    return Program(provider, SCOPES[Role.CLIENTS])


def test_an_application_comes_and_goes(provider: Provider, program: Program) -> None:
    """Registered with a secret that works, changed, stopped, let go again, deleted; each on record."""
    made = program.post("/clients", APP | {"reason": "Pour les essais"})
    told = made.get_json()
    assert (201, "web", 1, True, 1) == (
        made.status_code,
        told["type"],
        told["version"],
        told["enabled"],
        len(told["secrets"]),
    )
    clients = provider.application.clients
    assert clients.secret_holds(clients.get("app"), told["client_secret"])
    shown = program.get("/clients/app").get_json()
    assert {name: value for name, value in told.items() if name != "client_secret"} == shown
    changed = program.post("/clients/app", {"metadata": {"client_name": "Autre"}, "version": 1}).get_json()
    assert ("Autre", [URI], 2) == (
        changed["metadata"]["client_name"],
        changed["metadata"]["redirect_uris"],
        changed["version"],
    )
    assert not program.post("/clients/app/disable", {"reason": "Une fuite"}).get_json()["enabled"]
    assert program.post("/clients/app/enable", {}).get_json()["enabled"]
    assert (409, "conflict", "enabled") == problem(program.post("/clients/app/delete", {"reason": "Plus utile"}))
    program.post("/clients/app/disable", {})
    assert {"client_id": "app"} == program.post("/clients/app/delete", {"reason": "Plus utile"}).get_json()
    assert (404, "not-found", "client_id") == problem(program.get("/clients/app"))
    events = [one.event for one in recorded(provider) if one.client_id == "app"]
    assert ["created", "changed", "disabled", "enabled", "disabled", "removed"] == [
        one.removeprefix("client_") for one in events
    ]


def test_refusals_name_the_member(program: Program) -> None:
    """What the rules of registration say, what is unknown, what is taken, and what somebody else changed."""
    program.post("/clients", APP)
    for metadata, member in (
        ({"redirect_uris": ["http://app.example.org/cb"]}, "redirect_uris"),
        ({"scope": "openid everything"}, "scope"),
        ({"logo_url": URI}, "logo_url"),
        ({"client_name": 7}, "client_name"),
        ({"first_party": "yes"}, "first_party"),
        ({"token_endpoint_auth_method": "tls_client_auth"}, "token_endpoint_auth_method"),
    ):
        assert (422, "invalid-value", member) == problem(program.post("/clients/app", {"metadata": metadata}))
    assert (409, "conflict", "client_id") == problem(program.post("/clients", APP))
    late = program.post("/clients/app", {"metadata": {"description": "x"}, "version": 9})
    assert (409, "conflict", "version") == problem(late)
    assert 1 == program.get("/clients/app").get_json()["version"]


def test_a_secret_is_not_made_twice(provider: Provider, program: Program) -> None:
    """The same request with the same key has the same secret; the one before works until its end, or is ended."""
    old = program.post("/clients", APP).get_json()["client_secret"]
    first, again = (
        program.post("/clients/app/secrets", {"overlap": 3600}, Idempotency_Key="rotate-0001") for _ in range(2)
    )
    assert (201, first.get_json()) == (again.status_code, again.get_json())
    assert [provider.clock() + 3600, None] == [one["expires_at"] for one in first.get_json()["secrets"]]
    clients = provider.application.clients

    def working() -> list[bool]:
        client = clients.get("app")
        return [clients.secret_holds(client, one) for one in (old, first.get_json()["client_secret"])]

    assert [True, True] == working()
    assert 1 == len(program.post("/clients/app/secrets/end-older", {}).get_json()["secrets"])
    assert [False, True] == working()
    assert (422, "invalid-value", "overlap") == problem(program.post("/clients/app/secrets", {"overlap": 10**8}))


def test_versions_and_the_way_back(program: Program) -> None:
    """Pages of what changed, one version whole, and a former registration again; none with a secret."""
    secret = program.post("/clients", APP).get_json()["client_secret"]
    for number in range(4):
        program.post("/clients/app", {"metadata": {"description": f"Essai {number}"}, "reason": "Encore"})
    seen, cursor = [], ""
    while True:
        page = program.get(f"/clients/app/versions?limit=2{cursor}").get_json()
        seen += page["versions"]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert [5, 4, 3, 2, 1] == [one["number"] for one in seen]
    assert [{"member": "description", "before": "Essai 2", "after": "Essai 3"}] == seen[0]["changes"]
    assert ("update", "robot", "robot", "api", "Encore") == tuple(
        seen[0][name] for name in ("act", "actor", "who", "door", "reason")
    )
    assert "Essai 1" == program.get("/clients/app/versions/3").get_json()["metadata"]["description"]
    assert (404, "not-found", "number") == problem(program.get("/clients/app/versions/77"))
    assert {"client_id": "app", "version": 6} == program.post("/clients/app/versions/3/roll-back", {}).get_json()
    assert "Essai 1" == program.get("/clients/app").get_json()["metadata"]["description"]
    assert (409, "conflict", "number") == problem(program.post("/clients/app/versions/3/roll-back", {}))
    assert secret not in program.get("/clients/app/versions/1").text


def test_a_list_is_searched_in_pages(program: Program) -> None:
    """By id, whatever else is there."""
    for name in ("a", "b", "c"):
        program.post("/clients", APP | {"client_id": f"essai-{name}"})
    first = program.get("/clients?search=ESSAI&limit=2").get_json()
    assert (["essai-a", "essai-b"], "essai-b") == ([one["client_id"] for one in first["clients"]], first["next"])
    second = program.get("/clients?search=essai&limit=2&cursor=essai-b").get_json()
    assert (["essai-c"], None) == ([one["client_id"] for one in second["clients"]], second["next"])


def test_a_role_is_the_security_roles_to_give(provider: Provider, program: Program) -> None:
    """Who keeps applications gives themselves no role by one; the refusal says which scope lacks."""
    robot = {"client_id": "machine", "type": "machine", "metadata": {"client_name": "R", "scope": "admin:security"}}
    refused = program.post("/clients", robot)
    assert (403, "insufficient-scope", "") == problem(refused)
    assert 'scope="admin:security"' in refused.headers["WWW-Authenticate"]
    whole = Program(provider, *ALL, client_id="whole")
    assert 201 == whole.post("/clients", robot).status_code
    assert (403, "insufficient-scope", "") == problem(program.post("/clients/machine/secrets", {}))
    assert not program.post("/clients/machine/disable", {}).get_json()["enabled"]
