"""The files of both proxies before a node: what is for the balancer is shut however its path is written."""

from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.support.haproxy import HAProxy
from tests.support.nginx import Nginx
from tests.support.raw_server import RawServer, answer, raw_server
from tests.support.servers import directory

SECRET = "s3cret-of-a-link"
SHUT = (
    "/readyz",
    "/metrics",
    "/%72eadyz",
    "/%6d%65trics?a=%20",
    "/readyz?code=x",
    "/r%65%61dyz?",
    "http://elsewhere.example/read%79z",
)
OPEN = ("/", "/healthz", "/readyz-not", "/%2572eadyz", f"/adresse-e-mail/{SECRET}", "/connexion?next=/readyz")


@pytest.fixture(scope="module")
def node() -> Iterator[RawServer]:
    """What answers everything, and knows what it was asked."""
    with raw_server(lambda _path: answer(b"{}")) as server:
        yield server


@pytest.fixture(params=[Nginx, HAProxy])
def proxy(request: pytest.FixtureRequest, node: RawServer, tmp_path: Path) -> Iterator[Nginx | HAProxy]:
    """Each proxy, started."""
    kind: type[Nginx | HAProxy] = request.param
    folder = tmp_path / "nginx" if kind is Nginx else directory() / "haproxy-door"
    proxy = kind(folder, [node.port])
    yield proxy
    proxy.stop()


def test_what_is_for_the_balancer_is_shut(proxy: Nginx | HAProxy, node: RawServer) -> None:
    """Encoded too, since the provider reads a path decoded; what only looks like it passes as it was sent."""
    assert {403} == {_asked(proxy, path) for path in SHUT}
    node.paths.clear()
    assert {200} == {_asked(proxy, path) for path in OPEN}
    assert set(OPEN) <= set(node.paths)


def test_haproxy_writes_no_address(node: RawServer) -> None:
    """With a node that is gone too, or one that is found gone by a request."""
    with raw_server(lambda _path: answer(b"{}")) as other:
        proxy = HAProxy(directory() / "haproxy-quiet", [other.port, node.port])
    try:
        assert {200} == {_asked(proxy, f"/adresse-e-mail/{SECRET}") for _ in range(4)}
        assert 403 == _asked(proxy, f"/readyz?code={SECRET}")
    finally:
        proxy.stop()
    assert SECRET not in proxy.logged


def _asked(proxy: Nginx | HAProxy, path: str) -> int:
    connection = HTTPConnection("127.0.0.1", proxy.port, timeout=20)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()
