"""The `sub` an application sees: the account's random public subject, or one of its own (OpenID Connect Core 8).

Neither tells the dossier number (N-046), and neither is ever reassigned.
"""

import base64
import hashlib
import hmac
from urllib.parse import urlsplit

from idp.protocol.client import Client


class Subjects:
    """Chooses the subject.

    Args:
        key: 32 secret bytes that never change, or pairwise subjects would; derived by the caller.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, client: Client, *, account_id: str, public: str) -> str:
        """Return the `sub` of an account for a client.

        Raises:
            ValueError: a pairwise client whose redirect URIs have several hosts and no sector identifier.
        """
        if client.subject_type == "public":
            return public
        name = f"{sector(client)}\x00{account_id}".encode()
        tag = hmac.new(self._key, name, hashlib.sha256).digest()
        return base64.urlsafe_b64encode(tag).rstrip(b"=").decode()


def sector(client: Client) -> str:
    """Return the sector of a pairwise client: the host it registered (Core 8.1)."""
    declared = client.extra.get("sector_identifier_uri")
    if isinstance(declared, str):
        return urlsplit(declared).hostname or declared
    hosts = {urlsplit(uri).hostname or uri for uri in client.redirect_uris}
    if len(hosts) != 1:
        raise ValueError("a pairwise client needs one host or a sector identifier")
    return hosts.pop()
