"""Two nodes on one PostgreSQL and one Redis, nginx before them: one is killed, both are replaced, nothing is lost."""

import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from http.client import HTTPException
from pathlib import Path

import pytest

from idp import config
from idp.app import build
from tests.support import processes
from tests.support.cast import ESPACE, ISSUER, MEMBER, PASSWORD, SECRET
from tests.support.enumeration import HttpBrowser
from tests.support.nginx import Nginx
from tests.support.over_http import Application
from tests.support.processes import Program
from tests.support.servers import postgresql_url, redis_url

MANY = 1_000_000
DOSSIERS = ("2234567", "3234567", "4234567")
"""Members who sign in, over and over, all the time."""


@dataclass
class Nodes:
    """The nodes of one provider."""

    file: Path
    ports: Sequence[int]
    running: dict[int, Program] = field(default_factory=dict)

    def start(self, port: int) -> None:
        """Start a node and return once it is ready."""
        command = [sys.executable, "-c", "from idp.cli import main; main()", "--config", str(self.file), "serve"]
        log = self.file.with_name(f"node-{port}.log")
        self.running[port] = processes.start(command, log, env={"IDP_SERVER__PORT": str(port)})
        self.running[port].wait_until(lambda: processes.answers(f"http://127.0.0.1:{port}/readyz"), 60)


@dataclass
class Crowd:
    """Members who sign in through nginx; what they hold, and how often they saw an error page of nginx."""

    port: int
    held: list[tuple[HttpBrowser, str]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    def member(self, dossier: str) -> None:
        """Sign in over and over; a member who sees an error goes back to the application."""
        while not self.stopping.is_set():
            browser, application = HttpBrowser(self.port), Application(self.port, ESPACE, SECRET)
            try:
                page = browser.sign_in(browser.get(application.authorize_url()), dossier)
                assert "code" in page.query, f"{page.status} {page.url}"
                self.held.append((browser, application.redeem(page.query["code"])["access_token"]))
            except (AssertionError, HTTPException, OSError) as error:
                self.errors.append(f"{time.monotonic():.1f} {str(error)[:200]}")
            finally:
                browser.close()


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[Nodes]:
    """Two nodes, made and filled, started together on an empty database."""
    ports = (processes.free_port(), processes.free_port())
    file = tmp_path / "idp.toml"
    file.write_text(
        f'issuer = "{ISSUER}"\n[server]\nworkers = 1\ntrusted_proxies = ["127.0.0.1"]\n'
        f'[database]\nurl = "{postgresql_url()}"\n[cache]\nredis_url = "{redis_url()}"\n'
        f'[keys]\nkek_file = "{tmp_path}/kek"\nalgorithms = ["ES256", "RS256"]\n'
        f'[mail]\ndirectory = "{tmp_path}/mailbox"\n'
        f"[passwords]\nnetwork_failures = {MANY}\nglobal_failures = {MANY}\nmemory_kib = 8192\npasses = 1\n",
        encoding="utf-8",
    )
    found = Nodes(file, ports)
    application = build(config.load(file))
    application.prepare()
    application.clients.upsert(ESPACE, SECRET)
    for dossier in DOSSIERS:
        application.dossiers.upsert(replace(MEMBER, dossier=dossier), PASSWORD)
    application.close()
    try:
        for port in ports:
            found.start(port)
        yield found
    finally:
        for program in found.running.values():
            program.stop()


@pytest.fixture
def nginx(nodes: Nodes, tmp_path: Path) -> Iterator[Nginx]:
    """Nginx before both."""
    running = Nginx(tmp_path / "nginx", nodes.ports)
    yield running
    running.stop()


@pytest.fixture
def crowd(nginx: Nginx) -> Iterator[Crowd]:
    """Members at it, until the test has stopped them."""
    found = Crowd(nginx.port)
    members = [threading.Thread(target=found.member, args=(dossier,)) for dossier in DOSSIERS]
    for member in members:
        member.start()
    yield found
    found.stopping.set()
    for member in members:
        member.join()


def until(crowd: Crowd, more: int) -> None:
    """Wait until so many more have signed in."""
    wanted, deadline = len(crowd.held) + more, time.monotonic() + 60
    while len(crowd.held) < wanted:
        assert time.monotonic() < deadline, crowd.errors[-5:]
        time.sleep(0.02)


@pytest.mark.timeout(300)  # several nodes start, which takes long beside other work
def test_nobody_loses_anything(nodes: Nodes, nginx: Nginx, crowd: Crowd) -> None:
    """A killed node costs the answers under way and no session, no token; one that is taken out first costs nothing."""
    first, second = nodes.ports
    until(crowd, 6)
    nodes.running[first].kill()
    until(crowd, 6)
    assert len(crowd.errors) <= len(DOSSIERS)
    for browser, token in tuple(crowd.held):
        application = Application(nginx.port, ESPACE, SECRET)
        assert 200 == application.userinfo(token)
        assert "code" in browser.get(application.authorize_url(prompt="none")).query
        browser.close()
    crowd.errors.clear()
    nodes.start(first)
    nginx.reload([first])
    time.sleep(0.3)
    assert 0 == nodes.running[second].stop(seconds=30)
    nodes.start(second)
    nginx.reload(nodes.ports)
    until(crowd, 4)
    assert [] == crowd.errors
