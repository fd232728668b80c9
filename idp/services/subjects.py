"""Which `sub` a client sees of a member: the public one, or its sector's own (OpenID Connect Core 1.0 section 8).

The key comes from the house's secret, which no rotation of keys changes, so that a pairwise `sub` lasts as long as the
house. A grant keeps the `sub` that its client sees: every token made of it says the same.
"""

from collections.abc import Callable

from idp.protocol.client import Client
from idp.protocol.oidc_subjects import pairwise, sector_of


class Subjects:
    """Finds subjects.

    Args:
        key: of the pairwise subjects.
        find_client: returns a client, from a cache.
    """

    def __init__(self, key: bytes, find_client: Callable[[str], Client | None]) -> None:
        self._key = key
        self._find_client = find_client

    def seen_by(self, client_id: str, subject: str) -> str:
        """Return what a client sees.

        Args:
            client_id: the client; an unknown one sees the public `sub`, which it is never told.
            subject: the member's public `sub`.

        Raises:
            LookupError: a pairwise client without a sector, which no registration lets through.
        """
        client = self._find_client(client_id) if client_id else None
        if client is None or client.subject_type != "pairwise":
            return subject
        sector = sector_of(client)
        if sector is None:
            raise LookupError(f"client {client_id} has no sector")
        return pairwise(self._key, sector, subject)
