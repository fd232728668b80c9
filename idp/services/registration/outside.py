"""What a registration's addresses say, looked up before it is kept (OpenID Registration 1.0 section 5, N-083)."""

import json
import logging
from collections.abc import Callable

from idp.protocol.client import Client
from idp.protocol.client_metadata.refusal import MetadataRefused
from idp.services.outgoing import OutgoingFailed

log = logging.getLogger("idp.services.registration")

_MEMBER = "sector_identifier_uri"


class Sectors:
    """Looks at sectors.

    Args:
        fetch: returns the document at an address, or raises `OutgoingFailed`.
    """

    def __init__(self, fetch: Callable[[str], bytes]) -> None:
        self._fetch = fetch

    def check(self, client: Client) -> None:
        """Check that a client's sector lists every one of its redirect URIs. Never in a transaction.

        Raises:
            MetadataRefused: it does not, or cannot be read; why not is told to the log only.
        """
        if client.sector_identifier_uri is None:
            return
        try:
            listed = json.loads(self._fetch(client.sector_identifier_uri).decode("utf-8"))
        except OutgoingFailed as error:
            log.info("the sector of a registration cannot be fetched: %s", error)
            raise MetadataRefused(_MEMBER, "cannot be read") from None
        except (ValueError, RecursionError):
            raise MetadataRefused(_MEMBER, "must lead to a JSON array") from None
        if not isinstance(listed, list):
            raise MetadataRefused(_MEMBER, "must lead to a JSON array")
        if not all(uri in listed for uri in client.redirect_uris):
            raise MetadataRefused(_MEMBER, "must lead to a list of every one of the redirect_uris")
