"""Who calls: the peer, or what a trusted proxy says of it (N-133, V-60).

WSGI cannot tell `X_Forwarded_For` from `X-Forwarded-For`: a reverse proxy in front must drop header names with
underscores, as nginx and Apache do unless told otherwise.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

_MAX_HOPS: Final = 20
_Address = IPv4Address | IPv6Address


class MalformedForwarding(ValueError):
    """A trusted proxy sent an `X-Forwarded-For` that names no address; refused, not guessed."""


class TrustedProxies:
    """Resolves the caller's address.

    Args:
        networks: addresses or networks of our reverse proxies; nobody else's header is read.

    Raises:
        ValueError: one of them is neither.
    """

    def __init__(self, networks: Iterable[str]) -> None:
        self._networks: tuple[IPv4Network | IPv6Network, ...] = tuple(
            ip_network(network, strict=False) for network in networks
        )

    def caller(self, peer: str, forwarded_for: str | None) -> str:
        """Return the address of the caller: walking back from the peer, the first that is not a proxy of ours.

        Raises:
            MalformedForwarding: a trusted proxy's header has something else than addresses in it.
        """
        if forwarded_for is None or not self._networks or not self._trusts(peer):
            return peer
        hops = forwarded_for.split(",")
        if len(hops) > _MAX_HOPS:
            raise MalformedForwarding("too many hops")
        for hop in reversed(hops):
            address = _address(hop.strip())
            if address is None:
                raise MalformedForwarding("not an address")
            if not self._within(address):
                return str(address)
        return peer

    def _trusts(self, peer: str) -> bool:
        address = _address(peer)
        return address is not None and self._within(address)

    def _within(self, address: _Address) -> bool:
        return any(address in network for network in self._networks)


def _address(text: str) -> _Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address
