"""What developers copy, as the libraries take it: an operator registers, a developer pastes, a member signs in."""

import json
import os
import re
import secrets
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support import apache
from tests.support.conformance.house import House
from tests.support.node import installed, node
from tests.support.sources import ROOT

BACK = "https://app.example.org/retour"
PACKAGE = Path(__file__).parent / "openid_client"


def idp(house: House, *arguments: str) -> str:
    """Run a command of `idp clients`; return what it prints."""
    command = [sys.executable, "-c", "from idp.cli import main; main()"]
    command += ["--config", str(house.demonstration.plan.settings_file), "clients", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout


@pytest.fixture(scope="module")
def registered(house: House) -> tuple[str, str]:
    """An application that an operator registered by its name and return address alone: its id and secret."""
    client_id = f"snippet-{secrets.token_hex(4)}"
    said = json.loads(idp(house, "create", client_id, "--name", "Appli", "--redirect-uri", BACK, "--json"))
    return client_id, said["client_secret"]


def test_authlib_signs_a_member_in(house: House, registered: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The program as it is printed, from its sign-in page to a session with the member's `sub`."""
    client_id, secret = registered
    for name, value in {
        "FLASK_SECRET_KEY": secrets.token_hex(),
        "CLIENT_SECRET": secret,
        "REQUESTS_CA_BUNDLE": house.authority,
        "NO_PROXY": "127.0.0.1,localhost",
    }.items():
        monkeypatch.setenv(name, str(value))
    pasted: dict[str, object] = {"__name__": "pasted"}
    exec(compile(idp(house, "snippet", client_id, "--for", "authlib"), "app.py", "exec"), pasted)  # noqa: S102 - it is ours
    app = pasted["app"].test_client()  # type: ignore[attr-defined] # a name of the pasted program
    sent = app.get("/connexion", base_url="https://app.example.org")
    came = house.browser().go(sent.headers["Location"]).callback
    assert came is not None
    parts = urlsplit(came.url)
    assert BACK == f"{parts.scheme}://{parts.netloc}{parts.path}"
    done = app.get(f"{parts.path}?{parts.query}", base_url="https://app.example.org")
    assert (302, "/") == (done.status_code, done.headers["Location"])
    with app.session_transaction(base_url="https://app.example.org") as session:
        assert session["sub"]


def test_openid_client_knows_every_word(house: House, registered: tuple[str, str], tmp_path: Path) -> None:
    """Node reads the program, and the library has each function that it calls."""
    text = idp(house, "snippet", registered[0], "--for", "openid-client")
    file = tmp_path / "app.mjs"
    file.write_text(text, encoding="utf-8")
    subprocess.run([node(), "--check", file], check=True, timeout=60)
    names = sorted(set(re.findall(r"\bclient\.(\w+)", text)))
    script = f'import * as client from "openid-client"; console.log(JSON.stringify({names}.filter(n => !client[n])))'
    command = [str(node()), "--input-type=module", "-e", script]
    said = subprocess.run(
        command, cwd=installed(PACKAGE), capture_output=True, text=True, check=True, timeout=60
    ).stdout
    assert [] == json.loads(said)
    assert {"discovery", "authorizationCodeGrant", "calculatePKCECodeChallenge"} <= set(names)


def test_apache_takes_the_configuration(house: House, registered: tuple[str, str], tmp_path: Path) -> None:
    """The module knows each directive and each value."""
    modules = "\n".join(
        f'LoadModule {name}_module "{apache.MODULES}/mod_{name}.so"'
        for name in ("mpm_event", "authn_core", "authz_core", "authz_user", "socache_shmcb", "auth_openidc")
    )
    program, text = str(apache.program()), idp(house, "snippet", registered[0], "--for", "mod_auth_openidc")
    file = tmp_path / "apache.conf"
    file.write_text(
        f'ServerRoot "{tmp_path}"\nServerName x\nListen 1\nErrorLog "{tmp_path}/log"\n{modules}\n{text}',
        encoding="utf-8",
    )
    environment = {"CLIENT_SECRET": "s", "OIDC_CRYPTO_PASSPHRASE": "p", "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [program, "-t", "-f", str(file)], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert (0, True) == (done.returncode, "Syntax OK" in done.stderr), done.stderr
