"""A relying party that others wrote: openid-client on Node, from discovery or registration to logout."""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support.conformance.house import House
from tests.support.node import installed, node

PACKAGE = Path(__file__).parent / "openid_client"
SCOPES = {"openid", "profile", "email", "offline_access"}


@contextmanager
def relying_party(house: House, told: Mapping[str, Any]) -> Iterator["subprocess.Popen[str]"]:
    """Run the relying party, which believes the provider's certificate and has been told who it is."""
    program = subprocess.Popen(
        [node(), "relying_party.mjs"],
        cwd=installed(PACKAGE),
        env=os.environ | {"NODE_EXTRA_CA_CERTS": house.authority},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        say(program, json.dumps({"issuer": house.issuer, **told}))
        yield program
    finally:
        program.kill()
        program.communicate()


def say(program: "subprocess.Popen[str]", line: str) -> None:
    """Write one line to the relying party."""
    assert program.stdin is not None
    program.stdin.write(line + "\n")
    program.stdin.flush()


def hear(program: "subprocess.Popen[str]") -> dict[str, Any]:
    """Return what the relying party printed next; fails with what it complained of."""
    assert program.stdout is not None
    assert program.stderr is not None
    line = program.stdout.readline()
    assert line, program.stderr.read()
    heard: dict[str, Any] = json.loads(line)
    return heard


def goes_in_and_out(house: House, told: Mapping[str, Any], *, refreshes: bool) -> None:
    """Sign a member in at the relying party and out again, and check what it got."""
    browser = house.browser()
    with relying_party(house, told) as program:
        url = hear(program)["url"]
        sent = {"client_id", "request_uri"} == parse_qs(urlsplit(url).query).keys()
        assert sent is told.get("pushed", False)
        came = browser.go(url).callback
        assert came is not None
        say(program, came.url)
        got = hear(program)
    assert got["claims"]["sub"] == got["userinfo"]["sub"]
    assert "Élise" == got["userinfo"]["given_name"]
    assert (refreshes, True) == (got["refreshed"], got["revoked"])
    left = browser.go(got["logout"]).callback
    assert left is not None
    assert f"{told['post_logout_redirect_uri']}?state=end" == left.url


@pytest.mark.parametrize("pushed", [False, True])
@pytest.mark.parametrize("client_id", ["espace-personnel", "mes-documents", "simulateur-retraite", "batch"])
def test_from_discovery_to_logout(house: House, client_id: str, *, pushed: bool) -> None:
    """For each way to authenticate, pushed or not: sign-in, userinfo, refresh, revocation and logout work."""
    client = house.demonstration.client(client_id)
    told = {
        **client,
        "redirect_uri": client["redirect_uris"][0],
        "post_logout_redirect_uri": client["post_logout_redirect_uris"][0],
        "scope": " ".join(sorted(SCOPES & set(client["scope"].split()))),
        "pushed": pushed,
    }
    goes_in_and_out(house, told, refreshes="refresh_token" in client["grant_types"])
