"""Redirect URIs: exact comparison, and what may be registered.

Sources: RFC 9700 section 2.1, RFC 8252 section 7.3; N-001, N-003.
"""

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

_LOOPBACK: Final = re.compile(r"(http://(?:127\.0\.0\.1|\[::1\]))(?::[0-9]{1,5})?(/[^#]*)?")
_PRINTABLE: Final = re.compile(r"[\x21\x23-\x3b\x3d\x3f-\x5b\x5d-\x5f\x61-\x7e]{1,2000}")
"""What an address is written with; quote, backslash, angle brackets and grave are in none (RFC 3986 appendix A)."""
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+")
_ORIGIN: Final = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")
_WEB: Final = "must use https, such as https://app.example.org/callback"
_WEB_OR_LOCAL: Final = "must use https (http for localhost only), such as https://app.example.org/callback"
_DEVICE: Final = "must use https, http://127.0.0.1, or a private scheme with a dot, such as org.example.app:/callback"
_STAR: Final = "must not have a star: addresses are compared exactly, and a star stands for nothing"
_LOCAL_HOSTS: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def matches(sent: str, registered: Iterable[str], *, native: bool) -> bool:
    """Whether `sent` is one of the registered URIs, byte for byte.

    For a native client the port of a loopback IP address may differ, and nothing else (RFC 8252 section 7.3).
    """
    uris = tuple(registered)
    if sent in uris:
        return True
    if not native:
        return False
    portless = _without_port(sent)
    return portless is not None and any(portless == _without_port(uri) for uri in uris)


def fault(uri: str, *, native: bool, local_http: bool = False) -> str | None:
    """Return why a URI may not be registered as a redirect URI, or None when it may.

    Args:
        uri: the candidate.
        native: whether the client is a native application (loopback and private-use schemes allowed).
        local_http: allow plain http on localhost for a web client, for development only.
    """
    misspelt = _misspelt(uri)
    if misspelt is not None:
        return misspelt
    try:
        parts = urlsplit(uri)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is not a valid URI"
    if parts.username is not None or parts.password is not None:
        return "must not hold user information"
    if parts.scheme == "https":
        # Browsers are told of the origin (`target`), so it must be one, and no list.
        return None if _ORIGIN.fullmatch(f"https://{parts.netloc.lower()}") else "must have a valid host"
    web = _WEB_OR_LOCAL if local_http else _WEB
    if parts.scheme == "http":
        if native and _LOOPBACK.fullmatch(uri):
            return None
        return None if local_http and host in _LOCAL_HOSTS else web
    if native and _SCHEME.fullmatch(parts.scheme):
        return None
    return _DEVICE if native else web


def _misspelt(uri: str) -> str | None:
    """Return which sign may not stand in a redirect URI, whatever it means; None where each may."""
    if any(one.isspace() for one in uri):
        return "must not hold a space"
    if not _PRINTABLE.fullmatch(uri):
        return "must be an address in printable ASCII, at most 2000 characters"
    if "#" in uri:
        return "must not have a fragment"
    return _STAR if "*" in uri else None


def origin(uri: str) -> str | None:
    """Return `scheme://host[:port]` of an http(s) URI, for CSP and CORS, or None."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.netloc or "@" in parts.netloc:
        return None
    return f"{parts.scheme}://{parts.netloc}"


def sent_origin(uri: str) -> str | None:
    """Return the origin of an http(s) URI as browsers send it (RFC 6454 section 6.1), for exact comparison, or None.

    In small letters, without the port that its scheme has anyway.
    """
    found = (origin(uri) or "").lower()
    usual = ":443" if found.startswith("https:") else ":80"
    return found.removesuffix(usual) if _ORIGIN.fullmatch(found) else None


def target(uri: str) -> str | None:
    """Return what CSP's `form-action` must name for a redirect URI: its origin, or a native client's own scheme."""
    found = origin(uri)
    if found is not None:
        return found
    scheme = uri.partition(":")[0]
    return f"{scheme}:" if _SCHEME.fullmatch(scheme) else None


def _without_port(uri: str) -> tuple[str, str] | None:
    found = _LOOPBACK.fullmatch(uri)
    return (found[1], found[2] or "") if found else None
