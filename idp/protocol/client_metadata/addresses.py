"""Addresses in client metadata: https, a host, no user information, nothing that a page or a fetch could trip over.

RFC 7591 section 5, N-003 and N-082. What may be fetched is judged again when it is fetched, by the name's address.
"""

import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

from idp.protocol.client_metadata.choices import Choices
from idp.protocol.client_metadata.refusal import MetadataRefused

_PRINTABLE: Final = re.compile(r"[\x21\x23-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e]{1,2000}")
"""The characters of RFC 3986 and brackets; quote, backslash, angle brackets, grave and braces are in no address."""
_LABEL: Final = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME: Final = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*")
_LITERAL: Final = re.compile(r"[0-9a-f:.]{2,45}")
LOCAL_HOSTS: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def page(name: str, sent: object, choices: Choices) -> str:
    """Read the address of a page or picture that a person may be led to."""
    return _address(name, sent, choices)


def endpoint(name: str, sent: object, choices: Choices) -> str:
    """Read an address that the provider calls, or sends a browser to: without a fragment."""
    read = _address(name, sent, choices)
    if "#" in read:
        raise MetadataRefused(name, "must not have a fragment")
    return read


def check(name: str, uri: str, choices: Choices) -> None:
    """Check one address of a list, which may have a fragment; MetadataRefused unless it may be registered."""
    _address(name, uri, choices)


def host(uri: str) -> str | None:
    """Return the host of a web address in lower case, without its port; None for anything else."""
    parts = _split(uri)
    return parts.hostname if parts is not None and parts.scheme in {"http", "https"} else None


def same_origin(first: str, second: str) -> bool:
    """Whether two addresses have one scheme, host and port, default ports counted as written."""
    one, other = _origin(first), _origin(second)
    return one is not None and one == other


def _address(name: str, sent: object, choices: Choices) -> str:
    if not isinstance(sent, str):
        raise MetadataRefused(name, "must be a string")
    if any(one.isspace() for one in sent):
        raise MetadataRefused(name, "must not hold a space")
    if not _PRINTABLE.fullmatch(sent):
        raise MetadataRefused(name, "must be an address of at most 2000 ASCII characters, a host in its xn-- form")
    parts = _split(sent)
    if parts is None or not parts.hostname:
        raise MetadataRefused(name, "must be an https address with a host")
    if "@" in parts.netloc:
        raise MetadataRefused(name, "must not hold user information")
    if not (_NAME.fullmatch(parts.hostname) or ("[" in parts.netloc and _LITERAL.fullmatch(parts.hostname))):
        raise MetadataRefused(name, "must have a valid host")
    local = choices.local_http and parts.hostname in LOCAL_HOSTS
    if parts.scheme != "https" and not (local and parts.scheme == "http"):
        reason = "must use https (http for localhost only)" if choices.local_http else "must use https"
        raise MetadataRefused(name, reason)
    return sent


def _split(uri: str) -> SplitResult | None:
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _origin(uri: str) -> tuple[str, str | None, int | None] | None:
    parts = _split(uri)
    if parts is None:
        return None
    port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    return parts.scheme, parts.hostname, port
