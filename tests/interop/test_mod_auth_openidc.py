"""A relying party that others wrote: Apache's mod_auth_openidc, from an operator's registration to logout."""

import re
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import requests

from tests.support import apache, processes, servers
from tests.support.certificates import Authority
from tests.support.conformance.browser import SuiteBrowser
from tests.support.conformance.house import House
from tests.support.sources import ROOT


@dataclass(frozen=True, slots=True)
class Site:
    """A running Apache whose `/private` needs a member."""

    url: str
    session: requests.Session

    @property
    def callback(self) -> str:
        """The module's own address."""
        return f"{self.url}/private/callback"

    def get(self, url: str) -> requests.Response:
        """Open a page of the site."""
        return self.session.get(url, allow_redirects=False, timeout=10)

    def signs_in(self, browser: SuiteBrowser) -> requests.Response:
        """Send a member from the private page to the provider and back; return the private page."""
        sent = self.get(f"{self.url}/private/index.txt")
        assert 302 == sent.status_code, sent.text
        came = browser.go(sent.headers["Location"]).callback
        assert came is not None
        assert came.url.startswith(self.callback)
        back = self.get(came.url)
        assert 302 == back.status_code, back.text
        return self.get(back.headers["Location"])

    def told(self) -> dict[str, Any]:
        """Return what the module holds of the session."""
        held: dict[str, Any] = self.get(f"{self.callback}?{urlencode({'info': 'json'})}").json()
        return held


def register(house: House, client_id: str, callback: str, back: str) -> str:
    """Register an application by the command line, as an operator does; return its secret."""
    command = [sys.executable, "-c", "from idp.cli import main; main()"]
    command += ["--config", str(house.demonstration.plan.settings_file), "clients", "create", client_id]
    command += ["--name", "Apache", "--redirect-uri", callback, "--logout-uri", back]
    for scope in ("openid", "profile", "email", "offline_access"):
        command += ["--scope", scope]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout
    found = re.search(r"client_secret: (\S+)", said)
    assert found is not None, said
    return found[1]


@pytest.fixture(scope="module")
def site(house: House) -> Iterator[Site]:
    """Apache, registered with the provider."""
    apache.program()
    port, client_id = processes.free_port(), f"apache-{secrets.token_hex(4)}"
    url = f"https://127.0.0.1:{port}"
    secret = register(house, client_id, f"{url}/private/callback", f"{url}/index.txt")
    home = servers.directory() / "apache"
    home.mkdir()
    own = Authority.create(home)
    # Where `nobody` may read it: the demonstration's own folder is private.
    authority = Path(shutil.copy(house.authority, home / "provider.pem"))
    authority.chmod(0o644)
    settings = {
        "OIDCProviderMetadataURL": f"{house.issuer}/.well-known/openid-configuration",
        "OIDCCABundlePath": str(authority),
        "OIDCSSLValidateServer": "On",
        "OIDCClientID": client_id,
        "OIDCClientSecret": secret,
        "OIDCRedirectURI": f"{url}/private/callback",
        "OIDCPKCEMethod": "S256",
        "OIDCScope": '"openid profile email offline_access"',
        "OIDCAuthRequestParams": "prompt=consent",
        "OIDCCryptoPassphrase": secrets.token_hex(16),
        "OIDCRefreshAccessTokenBeforeExpiry": "3600",
        "OIDCDefaultLoggedOutURL": f"{url}/index.txt",
        "OIDCInfoHook": "access_token id_token userinfo",
    }
    running = apache.start(home, port, own.vouches_for("127.0.0.1", home), settings)
    session = requests.Session()
    session.trust_env, session.verify = False, str(own.file)
    yield Site(url, session)
    running.stop()


def test_from_the_private_page_to_logout(house: House, site: Site) -> None:
    """A member reaches the private page, the module refreshes its token, and signing out ends both sessions."""
    browser = house.browser()
    page = site.signs_in(browser)
    assert 200 == page.status_code
    first = site.told()
    assert page.headers["X-Member"].startswith(first["id_token"]["sub"])
    assert "Élise" == first["userinfo"]["given_name"]
    assert 200 == site.get(f"{site.url}/private/index.txt").status_code
    assert first["access_token"] != site.told()["access_token"], "refreshed, since it ends within the hour"

    sent = site.get(f"{site.callback}?{urlencode({'logout': f'{site.url}/index.txt'})}")
    left = browser.go(sent.headers["Location"]).callback
    assert left is not None
    assert left.url.startswith(f"{site.url}/index.txt")
    assert 302 == site.get(f"{site.url}/private/index.txt").status_code
    again = browser.go(site.get(f"{site.url}/private/index.txt").headers["Location"], answers=False)
    assert ["sign-in"] == again.kinds
