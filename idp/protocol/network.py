"""Which network a caller belongs to, for what is counted by network: an IPv4 address, or an IPv6 /64."""

import ipaddress


def network_of(address: str) -> str:
    """Return the network of an address; `unknown` for what is none."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if parsed.version == 6:
        return str(ipaddress.ip_network(f"{parsed}/64", strict=False))
    return str(parsed)
