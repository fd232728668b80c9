"""No test speaks to the outside world: Python's own audit events tell of every attempt."""

import ipaddress
import sys
from typing import Any


class OutsideWorldError(AssertionError):
    """A test tried to reach another machine. No OSError, so that no code takes it for a network fault."""


def is_local(host: str | bytes | None) -> bool:
    """Whether a host is this machine: a loopback address, or a name under `localhost`."""
    name = (host.decode() if isinstance(host, bytes) else host or "").rstrip(".").lower()
    if name in ("", "localhost") or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return False


def hook(event: str, arguments: tuple[Any, ...]) -> None:
    """Judge one audit event.

    Raises:
        OutsideWorldError: it connects to, sends to or looks up a host that is not this machine.
    """
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
        if isinstance(address, tuple) and not is_local(address[0]):
            raise OutsideWorldError(f"{event} to {address[0]}: tests stay on this machine")
    elif event == "socket.getaddrinfo" and not is_local(arguments[0]):
        raise OutsideWorldError(f"look-up of {arguments[0]}: tests stay on this machine")


def install() -> None:
    """Watch this process from now on; an audit hook cannot be taken away."""
    sys.addaudithook(hook)
