"""The document and the table are one."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client

from idp.admin.acts.members import Sought, faults
from idp.admin.api.assemble import operations
from idp.admin.api.member_shapes import BIRTHDATE
from idp.admin.api.operation import Operation
from idp.admin.roles import ACTS
from idp.protocol.names import ADMIN_API
from tests.support.administration import administered
from tests.support.cast import ISSUER
from tests.support.provider import Provider, running


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    """A provider whose API is there."""
    with running(administered(tmp_path_factory.mktemp("house"), admin={"api": True})) as made:
        yield made


@pytest.fixture(scope="module")
def document(provider: Provider) -> dict[str, Any]:
    """The document as anybody gets it, without a token."""
    answer = Client(provider.application.wsgi).get(f"{ADMIN_API}/openapi.json", base_url=ISSUER)
    assert (200, "application/json") == (answer.status_code, answer.headers["Content-Type"])
    found: dict[str, Any] = answer.get_json()
    return found


def table(provider: Provider) -> tuple[Operation, ...]:
    """Return the table that routes."""
    return operations(provider.application.acts)


def test_what_is_routed_is_described_and_nothing_else(provider: Provider, document: dict[str, Any]) -> None:
    """Method by method, path by path, under names that are nobody else's."""
    described = {
        (path, method): said for path, methods in document["paths"].items() for method, said in methods.items()
    }
    routed = {(one.path, one.method.lower()): one for one in table(provider)}
    assert routed.keys() == described.keys()
    assert {key: one.name for key, one in routed.items()} == {k: said["operationId"] for k, said in described.items()}
    assert len(routed) == len({one.name for one in routed.values()})


def test_scopes_are_those_of_the_acts(provider: Provider, document: dict[str, Any]) -> None:
    """Each operation names the act's own role, and an auditor's where it only looks."""
    for one in table(provider):
        scopes = [item["token"] for item in document["paths"][one.path][one.method.lower()]["security"]]
        act = ACTS[one.act]
        own = {"admin:clients", "admin:members", "admin:security"} if act.shared else {f"admin:{act.role.value}"}
        expected = own | ({"admin:auditor"} if act.reads else set())
        assert expected == {scope for (scope,) in scopes}


def test_every_act_of_the_record_the_desk_and_the_staff_is_there(provider: Provider) -> None:
    """Whatever the table of acts has for these, the API has."""
    prefixes = ("cases.", "federation.", "audit.", "admins.", "keys.", "proposals.")
    # A program is nobody's second person.
    there = {one.act for one in table(provider)} | {"proposals.approve"}
    assert set() == {name for name in ACTS if name.startswith(prefixes)} - there


def test_no_reference_leads_nowhere(document: dict[str, Any]) -> None:
    """Every $ref of the document names a schema that is in it, and every schema is used."""
    schemas = document["components"]["schemas"]
    used: set[str] = set()

    def walk(value: object) -> None:
        if isinstance(value, dict):
            if "$ref" in value:
                used.add(str(value["$ref"]).removeprefix("#/components/schemas/"))
            for one in value.values():
                walk(one)
        elif isinstance(value, list):
            for one in value:
                walk(one)

    walk(document)
    assert schemas.keys() == used


def test_without_the_setting_there_is_no_api(tmp_path: Path) -> None:
    """Off by default: the path is a page that does not exist."""
    with running(administered(tmp_path)) as made:
        answer = Client(made.application.wsgi).get(f"{ADMIN_API}/openapi.json", base_url=ISSUER)
    assert (404, True) == (answer.status_code, answer.headers["Content-Type"].startswith("text/html"))


def test_a_birth_date_is_described_as_it_is_judged() -> None:
    """Of leap years, centuries and days that are not known: what the description takes, the search takes."""
    for year in ("0000", "1900", "1961", "1962", "1964", "2000"):
        for month in range(14):
            for day in range(33):
                text = f"{year}-{month:02}-{day:02}"
                assert bool(re.fullmatch(BIRTHDATE, text)) is (faults(Sought(birthdate=text)) == {}), text
