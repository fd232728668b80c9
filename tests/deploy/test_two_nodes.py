"""Two nodes on one PostgreSQL and one Redis, nginx before them: one is killed, both are replaced by a next version."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.support import processes
from tests.support.cast import ESPACE, SECRET
from tests.support.nginx import Nginx
from tests.support.nodes import DOSSIERS, Crowd, Nodes, filled, next_version
from tests.support.over_http import Application
from tests.support.servers import postgresql_url, redis_url


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[Nodes]:
    """Two nodes, made and filled, started together on an empty database."""
    found = filled(tmp_path, (processes.free_port(), processes.free_port()), postgresql_url(), redis_url())
    try:
        for port in found.ports:
            found.start(port)
        yield found
    finally:
        found.stop()


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
    found.start()
    yield found
    found.stop()


def parts(node: int) -> dict[str, str]:
    """Return what a node says of the parts that it needs; fails the test where it is not ready."""
    answer = requests.get(f"http://127.0.0.1:{node}/readyz", timeout=20)
    assert 200 == answer.status_code, answer.text
    return dict(answer.json()["needed"])


@pytest.mark.timeout(300)  # several nodes start, which takes long beside other work
def test_nobody_loses_anything(nodes: Nodes, nginx: Nginx, crowd: Crowd, tmp_path: Path) -> None:
    """A killed node costs the answers under way and no session, no token; one that is taken out first costs nothing.
    So does a next version with a migration: the first to start brings the database further, while the other node, an
    earlier version still, stays in service; what both have issued is good everywhere (D14).
    """
    first, second = nodes.ports
    crowd.until(6)
    nodes.running[first].kill()
    crowd.until(6)
    assert len(crowd.errors) <= len(DOSSIERS)
    for browser, token in tuple(crowd.held):
        application = Application(nginx.port, ESPACE, SECRET)
        assert 200 == application.userinfo(token)
        assert "code" in browser.get(application.authorize_url(prompt="none")).query
        browser.close()
    before = tuple(crowd.held)
    crowd.errors.clear()
    revision = next_version(tmp_path / "next")
    nodes.start(first, version=tmp_path / "next")
    nginx.reload(nodes.ports)
    # Both versions serve, on the database of the later one.
    crowd.until(4)
    assert revision == nodes.revision()
    assert {"ok"} == {*parts(first).values(), *parts(second).values()}
    nginx.reload([first])
    time.sleep(0.3)
    assert 0 == nodes.running[second].stop(seconds=30)
    nodes.start(second, version=tmp_path / "next")
    nginx.reload(nodes.ports)
    crowd.until(4)
    assert [] == crowd.errors
    assert [200] * len(before) == [Application(second, ESPACE, SECRET).userinfo(token) for _, token in before]
