"""The guard lets tests reach this machine only."""

import socket

import pytest

from tests.support import network_guard


@pytest.mark.parametrize(
    ("local", "host"),
    [
        (True, "127.0.0.1"),
        (True, "127.8.8.8"),
        (True, "::1"),
        (True, "localhost"),
        (True, "app.localhost"),
        (True, None),
        (True, b"127.0.0.1"),
        (False, "192.0.2.1"),
        (False, "10.0.0.1"),
        (False, "example.org"),
        (False, "localhost.example.org"),
        (False, "2001:db8::1"),
    ],
)
def test_which_hosts_are_local(local: bool, host: str | bytes | None) -> None:
    """Loopback addresses and names under localhost are this machine; nothing else is."""
    assert local is network_guard.is_local(host)


def test_connecting_elsewhere_fails() -> None:
    """A connection to another machine raises before a packet leaves."""
    with socket.socket() as sock, pytest.raises(network_guard.OutsideWorldError):
        sock.connect(("192.0.2.1", 80))


def test_looking_up_a_name_fails() -> None:
    """So does asking for another machine's address."""
    with pytest.raises(network_guard.OutsideWorldError):
        socket.getaddrinfo("example.org", 443)
