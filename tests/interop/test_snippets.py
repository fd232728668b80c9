"""What developers copy, as the libraries take it: an operator registers, a developer pastes, a member signs in."""

import json
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from tests.support import apache, processes
from tests.support.conformance.house import House
from tests.support.node import installed, node
from tests.support.sources import ROOT

BACK = "https://app.example.org/retour"
AFTER = "https://app.example.org/fin"
PACKAGE = Path(__file__).parent / "openid_client"


def idp(house: House, *arguments: str) -> str:
    """Run a command of `idp clients`; return what it prints."""
    command = [sys.executable, "-c", "from idp.cli import main; main()"]
    command += ["--config", str(house.demonstration.plan.settings_file), "clients", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout


@pytest.fixture(scope="module")
def registered(house: House) -> tuple[str, str]:
    """An application that an operator registered by its name and addresses alone: its id and secret."""
    return register(house, BACK, AFTER)


def register(house: House, back: str, after: str) -> tuple[str, str]:
    """Register an application by its addresses; return its id and secret."""
    client_id = f"snippet-{secrets.token_hex(4)}"
    uris = ("--redirect-uri", back, "--logout-uri", after)
    said = json.loads(idp(house, "create", client_id, "--name", "Appli", *uris, "--json"))
    return client_id, said["client_secret"]


def test_authlib_signs_a_member_in_and_out(
    house: House, registered: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program as it is printed: refused first, then to a page with the member's name, and out of the provider."""
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
    base = "https://app.example.org"
    refused = app.get("/retour?error=access_denied&state=x", base_url=base)
    assert (400, True) == (refused.status_code, '<a href="/connexion">Réessayer</a>' in refused.text)
    sent = app.get("/connexion", base_url=base)
    browser = house.browser()
    came = browser.go(sent.headers["Location"]).callback
    assert came is not None
    parts = urlsplit(came.url)
    assert BACK == f"{parts.scheme}://{parts.netloc}{parts.path}"
    done = app.get(f"{parts.path}?{parts.query}", base_url=base)
    assert (302, "/") == (done.status_code, done.headers["Location"])
    shown = app.get("/", base_url=base).text
    assert [] == [one for one in ("<dt>sub</dt>", "<dd>Élise</dd>", 'href="/deconnexion"') if one not in shown]
    left = browser.go(app.get("/deconnexion", base_url=base).headers["Location"]).callback
    assert left is not None
    assert left.url == AFTER
    again = app.get("/fin", base_url=base).text
    assert (True, False) == ('href="/connexion"' in again, "Élise" in again)


@contextmanager
def pasted(house: House, client_id: str, secret: str, folder: Path, port: int) -> Iterator[None]:
    """Run the program for Node as it is printed, with the packages that it names."""
    (folder / "app.mjs").write_text(idp(house, "snippet", client_id, "--for", "openid-client"), encoding="utf-8")
    (folder / "node_modules").symlink_to(installed(PACKAGE) / "node_modules")
    given = {"CLIENT_SECRET": secret, "SESSION_SECRET": "s" * 32, "NODE_EXTRA_CA_CERTS": house.authority}
    running = processes.start([str(node()), "app.mjs"], folder / "log", cwd=folder, env=given)
    try:
        running.wait_until(lambda: processes.listens(port), 30)
        yield
    finally:
        running.stop()


def test_openid_client_signs_a_member_in_and_out(house: House, tmp_path: Path) -> None:
    """The same on Node, which listens where the return address says, behind a server that speaks TLS."""
    port = processes.free_port()
    base, cookie, browser = f"https://localhost:{port}", "", house.browser()
    client_id, secret = register(house, f"{base}/retour", f"{base}/")

    def get(path: str) -> requests.Response:
        nonlocal cookie
        headers = {"X-Forwarded-Proto": "https", "Cookie": cookie}
        said = requests.get(f"http://localhost:{port}{path}", headers=headers, allow_redirects=False, timeout=20)
        cookie = said.headers.get("Set-Cookie", cookie).partition(";")[0]
        return said

    with pasted(house, client_id, secret, tmp_path, port):
        for begun in (False, True):
            if begun:
                get("/connexion")
            refused = get("/retour?error=access_denied&state=x")
            assert (400, True) == (refused.status_code, '<a href="/connexion">Réessayer</a>' in refused.text)
        came = browser.go(get("/connexion").headers["Location"]).callback
        assert came is not None
        done = get(came.url.removeprefix(base))
        assert (302, "/") == (done.status_code, done.headers["Location"])
        shown = get("/").text
        assert [] == [one for one in ("&#34;sub&#34;", "Élise", 'href="/deconnexion"') if one not in shown]
        left = browser.go(get("/deconnexion").headers["Location"]).callback
        assert left is not None
        assert left.url == f"{base}/"
        assert "Se connecter" in get("/").text


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
