"""What a conformance suite is told of the demonstration."""

import json
from dataclasses import replace
from typing import Any

import pytest

from idp.demo.contract import PAGES
from idp.demo.plan import Plan
from idp.demo.prepare import prepare


@pytest.fixture
def suite(plan: Plan) -> Any:
    """The part of the contract that is for a suite."""
    address = "https://suite.example:8443/test/a/alias"
    return prepare(replace(plan, tls=True, open_registration=True, suite=address)).contract["suite"]


def commands(configuration: Any) -> list[Any]:
    """Return every command for the suite's browser."""
    return [one for entry in configuration["browser"] for task in entry["tasks"] for one in task["commands"]]


def test_one_configuration_for_each_kind_of_client(suite: Any) -> None:
    """With registration no client is named; without, those of the demonstration, with what only they know."""
    told = suite["configurations"]
    assert {"alias"} == {one["alias"] for one in told.values()}
    assert "client_id" not in told["dynamic"]["client"]
    static = told["static"]
    assert 3 == len({static[name]["client_secret"] for name in ("client", "client2", "client_secret_post")})
    assert "d" in told["static_private_key_jwt"]["client2"]["jwks"]["keys"][0]
    assert told == json.loads(json.dumps(told))


def test_the_browser_presses_what_the_pages_promise(suite: Any) -> None:
    """Every id that the suite's browser presses is one that the contract promises."""
    pressed = {one[2] for one in commands(suite["configurations"]["dynamic"]) if one[0] == "click"}
    promised = {button for page in PAGES.values() for button in page.get("buttons", {}).values()}
    assert {"sign-in", "consent-allow", "logout-confirm"} == pressed & promised
    assert {"situation-affilie"} == pressed - promised


def test_the_one_who_signs_in_has_a_password(suite: Any) -> None:
    """The suite signs in as the persona who has every standard claim."""
    typed = {one[2]: one[3] for one in commands(suite["configurations"]["static"]) if one[0] == "text"}
    assert "elise" == suite["persona"]
    assert "7718350" == typed["dossier"]
    assert typed["password"]
