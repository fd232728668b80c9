"""Which addresses are on the internet and which inside the house, whatever they are written as (N-131). A leaf."""

import ipaddress
from typing import Final

_CARRIERS: Final = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("::/96"))


def is_public(text: str) -> bool:
    """Whether an address is somebody's on the internet, and so is the IPv4 address that it may carry.

    What a translator (RFC 6052), a relay (RFC 3056) or an old stack (RFC 4291 section 2.5.5) turns into an address of
    the house is one of the house.
    """
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        carried = address.ipv4_mapped or address.sixtofour
        if carried is None and any(address in network for network in _CARRIERS):
            carried = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        if carried is not None:
            return is_public(str(carried))
        if address.is_site_local:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved
