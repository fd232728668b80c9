"""Two nodes on one PostgreSQL and one Redis, two proxies before them: one is killed, a next version replaces both."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from tests.support import processes
from tests.support.cast import ESPACE, SECRET
from tests.support.haproxy import HAProxy
from tests.support.nginx import Nginx
from tests.support.nodes import DOSSIERS, Crowd, Nodes, filled, next_version
from tests.support.over_http import Application
from tests.support.servers import directory, postgresql_url, redis_url


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


@dataclass
class Front:
    """Both proxies over the nodes, each with members behind it who sign in without a pause."""

    nginx: Nginx
    haproxy: HAProxy
    crowds: tuple[Crowd, Crowd]

    def until(self, more: int) -> None:
        """Wait until so many more have signed in by either way."""
        for crowd in self.crowds:
            crowd.until(more)

    def only(self, node: int, other: int) -> None:
        """Send new requests to one node alone."""
        self.nginx.reload([node])
        self.haproxy.set(other, "drain")
        # What nginx's workers of before have begun ends meanwhile.
        time.sleep(0.3)

    def both(self, nodes: Sequence[int]) -> None:
        """Send new requests to both again."""
        self.nginx.reload(nodes)
        for node in nodes:
            self.haproxy.set(node, "ready")
            self.haproxy.wait_for(node)

    @property
    def errors(self) -> list[str]:
        """What members saw that was no page of ours."""
        return [error for crowd in self.crowds for error in crowd.errors]

    def forget(self) -> None:
        """Begin a new list of errors."""
        for crowd in self.crowds:
            crowd.errors.clear()


@pytest.fixture
def front(nodes: Nodes, tmp_path: Path) -> Iterator[Front]:
    """Nginx and HAProxy before both nodes, two members behind each."""
    nginx = Nginx(tmp_path / "nginx", nodes.ports)
    haproxy = HAProxy(directory() / "haproxy", nodes.ports)
    crowds = (Crowd(nginx.port, DOSSIERS[:2]), Crowd(haproxy.port, DOSSIERS[2:]))
    for crowd in crowds:
        crowd.start()
    yield Front(nginx, haproxy, crowds)
    for crowd in crowds:
        crowd.stop()
    nginx.stop()
    haproxy.stop()


def parts(node: int) -> dict[str, str]:
    """Return what a node says of the parts that it needs; fails the test where it is not ready."""
    answer = requests.get(f"http://127.0.0.1:{node}/readyz", timeout=20)
    assert 200 == answer.status_code, answer.text
    return dict(answer.json()["needed"])


def still_good(crowd: Crowd, port: int) -> None:
    """Everybody who signed in is signed in, and their tokens count."""
    for browser, token in tuple(crowd.held):
        application = Application(port, ESPACE, SECRET)
        assert 200 == application.userinfo(token)
        assert "code" in browser.get(application.authorize_url(prompt="none")).query
        browser.close()


def no_stranger_sees(base: str) -> None:
    """What is for the balancer and the monitoring is refused at the public door, and a body beyond the limit too."""
    assert [403, 403] == [requests.get(f"{base}{path}", timeout=20).status_code for path in ("/readyz", "/metrics")]
    assert 413 == requests.post(f"{base}/token", data=b"a" * 70_000, timeout=20).status_code


@pytest.mark.timeout(300)  # several nodes start, which takes long beside other work
def test_nobody_loses_anything(nodes: Nodes, front: Front, tmp_path: Path) -> None:
    """A killed node costs the answers under way and no session, no token; one that is taken out first costs nothing.
    So does a next version with a migration: the first to start brings the database further, while the other node, an
    earlier version still, stays in service; what both have issued is good everywhere (D14).
    """
    first, second = nodes.ports
    for port in (front.nginx.port, front.haproxy.port):
        no_stranger_sees(f"http://127.0.0.1:{port}")
    front.until(3)
    nodes.running[first].kill()
    front.until(3)
    assert len(front.errors) <= len(DOSSIERS)
    for crowd in front.crowds:
        still_good(crowd, crowd.port)
    tokens = [token for crowd in front.crowds for _, token in crowd.held]
    front.forget()
    revision = next_version(tmp_path / "next")
    nodes.start(first, version=tmp_path / "next")
    front.both(nodes.ports)
    # Both versions serve, on the database of the later one.
    front.until(3)
    assert revision == nodes.revision()
    assert {"ok"} == {*parts(first).values(), *parts(second).values()}
    front.only(first, second)
    assert 0 == nodes.running[second].stop(seconds=30)
    nodes.start(second, version=tmp_path / "next")
    front.both(nodes.ports)
    front.until(3)
    assert [] == front.errors
    assert [200] * len(tokens) == [Application(second, ESPACE, SECRET).userinfo(token) for token in tokens]
