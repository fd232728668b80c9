"""What `idp serve` says before it listens."""

import socket

import pytest

from idp.commands.serving import taken, unshielded
from idp.config import Server


@pytest.mark.parametrize("host", ["127.0.0.1", "127.3.2.1", "::1", "localhost"])
def test_loopback_needs_no_proxy(host: str) -> None:
    """Nobody else reaches the server, or the proxy is on this machine."""
    assert not unshielded(Server(host=host))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.1.2.3", "idp.internal"])  # noqa: S104 - what is warned of
def test_a_server_open_to_others_needs_its_proxy_named(host: str) -> None:
    """Slow bodies hold a thread each, so that a proxy which buffers them must stand in front."""
    assert unshielded(Server(host=host))
    assert not unshielded(Server(host=host, trusted_proxies=("10.0.0.0/8",)))


def test_a_port_in_use_is_seen(free_port: int) -> None:
    """Two servers must not share a port silently: what listens already is seen before anything is started."""
    server = Server(port=free_port)
    assert not taken(server)
    with socket.create_server(("127.0.0.1", free_port)):
        assert taken(server)
