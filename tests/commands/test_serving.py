"""What `idp serve` says before it listens."""

import pytest

from idp.commands.serving import unshielded
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
