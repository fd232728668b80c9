"""Our own copies of clients' logos, so that no page loads a picture from elsewhere (N-017, N-082).

A logo is fetched when a client is registered, and by the outbox where that failed; the bytes say what it is, not the
type that its server claims. SVG is a document with scripts in it and is refused. A client carries the digest of its
copy, so that a page knows without a look whether there is one.
"""

import hashlib
import logging
import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from idp.clock import Clock
from idp.protocol.client import Client
from idp.services.clients import Clients
from idp.services.outgoing import OutgoingFailed
from idp.store.client_logos import ClientLogo
from idp.store.db import Store, Unit, once
from idp.store.outbox import Task, Undelivered

log = logging.getLogger("idp.services")

LOGO: Final = "client_logo"
"""The kind of an outbox task whose payload is `client_id` and `logo_uri`."""
ACCEPT: Final = "image/png, image/jpeg, image/gif, image/webp"
_PATIENCE: Final = 86400
_SIGNATURES: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)


class LogoRefused(Exception):
    """What is at the address is no picture that we show."""


class Logos:
    """Fetches and finds logos.

    Args:
        store: where the copies are.
        clients: the cache that must forget what changed.
        fetch: returns the document at an address, of a bounded size, or raises `OutgoingFailed`.
        clock: Unix seconds.
    """

    def __init__(self, store: Store, clients: Clients, fetch: Callable[[str], bytes], clock: Clock) -> None:
        self._store = store
        self._clients = clients
        self._fetch = fetch
        self._clock = clock

    def get(self, client_id: str) -> ClientLogo | None:
        """Return the copy that pages show of an enabled client. One read, and the client from the cache."""
        client = self._clients.get(client_id)
        if client is None or not client.enabled or client.logo_digest is None:
            return None
        with self._store.reading() as unit:
            return unit.client_logos.get(client_id)

    def queue(self, unit: Unit, client: Client) -> None:
        """Queue the fetch of a client's logo in the unit that registers it; one without a logo loses its copy."""
        if client.logo_uri is None:
            unit.client_logos.delete(client.client_id)
            return
        now = self._clock()
        payload = {"client_id": client.client_id, "logo_uri": client.logo_uri}
        key = f"{LOGO}:{hashlib.sha256(f'{client.client_id} {client.logo_uri} {now}'.encode()).hexdigest()}"
        unit.outbox.add(LOGO, key, payload, task_id=secrets.token_hex(16), now=now)

    def fetch(self, client: Client) -> bool:
        """Fetch a client's logo now; return whether there is a copy. Never in a transaction."""
        if client.logo_uri is None:
            return False
        try:
            self._keep(client.client_id, client.logo_uri)
        except (OutgoingFailed, LogoRefused) as error:
            log.info("the logo of client %s cannot be shown: %s", client.client_id, error)
            return False
        return True

    def deliver(self, task: Task) -> None:
        """Do a queued fetch.

        Raises:
            Undelivered: the address did not answer; a picture that we do not show is not asked for again.
        """
        client_id, url = str(task.payload["client_id"]), str(task.payload["logo_uri"])
        with self._store.reading() as unit:
            client = unit.clients.get(client_id)
        if client is None or client.logo_uri != url or client.logo_digest is not None:
            return
        try:
            self._keep(client_id, url)
        except OutgoingFailed as error:
            raise Undelivered(error.failure.value, _PATIENCE) from error
        except LogoRefused:
            log.info("the logo of client %s is no picture that we show", client_id)

    def _keep(self, client_id: str, url: str) -> None:
        body = self._fetch(url)
        kind = picture_type(body)
        if kind is None:
            raise LogoRefused("no PNG, JPEG, GIF or WebP")
        logo = ClientLogo(client_id, hashlib.sha256(body).hexdigest(), kind, body, self._clock())

        def work() -> None:
            with self._store.begin() as unit:
                client = unit.clients.get(client_id)
                # Registered anew or removed while we fetched: then this picture is nobody's.
                if client is None or client.logo_uri != url:
                    return
                unit.client_logos.put(logo)
                unit.clients.upsert(replace(client, logo_digest=logo.digest), self._clock())

        once(work)
        self._clients.forget(client_id)


def picture_type(body: bytes) -> str | None:
    """Return the media type of a picture that we show, told by its first bytes, or None."""
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for signature, kind in _SIGNATURES if body.startswith(signature)), None)
