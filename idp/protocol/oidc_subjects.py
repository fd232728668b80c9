"""Pairwise subjects (OpenID Connect Core 1.0 section 8.1): another `sub` of the same member in each sector. Pure."""

import base64
import hmac
from urllib.parse import urlsplit

from idp.protocol.client import Client


def sector_of(client: Client) -> str | None:
    """Return a client's sector: the host of its `sector_identifier_uri`, else the one host of its redirect URIs.

    None where there is no such one: such a client cannot have pairwise subjects.
    """
    if client.sector_identifier_uri is not None:
        return _host(client.sector_identifier_uri)
    hosts = {_host(uri) for uri in client.redirect_uris}
    return hosts.pop() if len(hosts) == 1 else None


def pairwise(key: bytes, sector: str, subject: str) -> str:
    """Return what a sector sees of a member: 43 letters that tell nothing to who lacks the key.

    Args:
        key: secret, and never another one, or every member is a stranger to every application.
        sector: of the client.
        subject: the member's public `sub`.
    """
    tag = hmac.digest(key, f"{sector}\x00{subject}".encode(), "sha256")
    return base64.urlsafe_b64encode(tag).rstrip(b"=").decode("ascii")


def _host(uri: str) -> str | None:
    try:
        parts = urlsplit(uri)
    except ValueError:
        return None
    return parts.hostname if parts.scheme in {"https", "http"} else None
