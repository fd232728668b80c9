"""Makes, reads, changes and removes clients that registered by themselves (RFC 7591, RFC 7592).

Such a client is nobody's whom the house has judged: it is never first party, so members are asked for their consent,
and it has what the settings give. Its secret and the token that manages it are shown once and kept as digests; a later
answer repeats the token that it was asked with, and no secret.
"""

import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import field, replace
from typing import Any, Final

from idp.clock import Clock
from idp.protocol.client import Client, ClientSecret
from idp.protocol.client_metadata.choices import Choices
from idp.protocol.client_metadata.read import read
from idp.protocol.errors import ProtocolError
from idp.protocol.opaque import digest, looks_opaque, new_value
from idp.protocol.redirect_uri import origin
from idp.records import dataclass
from idp.services.audit import AuditLog
from idp.services.client_logos import Logos
from idp.services.clients import Clients
from idp.services.registration.leave import Leave, unauthorized
from idp.services.still_granted import end_all
from idp.store.db import Store, once
from idp.store.registrations import Registration

log = logging.getLogger("idp.services.registration")

_WITH_SECRET: Final = frozenset({"client_secret_basic", "client_secret_post"})
_OURS: Final = frozenset(
    {"registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at"}
)
"""What a change must not hold (RFC 7592 section 2.2)."""


@dataclass(frozen=True, slots=True)
class Registered:
    """A client as its owner is told of it. `secret` only where it was made just now."""

    client: Client
    issued_at: int
    token: str = field(repr=False)
    secret: str | None = field(default=None, repr=False)


class Registrar:
    """The registrations.

    Args:
        store: opens units of work.
        clients: the cache that must forget what changed.
        choices: what a registration may choose from.
        logos: our copies of clients' logos.
        most: how many such clients there may be.
        look_outside: refuses a client whose addresses say otherwise than it does; asked in no transaction.
        audit: security events.
        clock: Unix seconds.
    """

    def __init__(
        self,
        store: Store,
        clients: Clients,
        choices: Choices,
        logos: Logos,
        *,
        most: int,
        look_outside: Callable[[Client], None],
        audit: AuditLog,
        clock: Clock,
    ) -> None:
        self._store = store
        self._clients = clients
        self._choices = choices
        self._logos = logos
        self._most = most
        self._look_outside = look_outside
        self._audit = audit
        self._clock = clock

    def register(self, document: Mapping[str, object], leave: Leave, network: str) -> Registered:
        """Make a client.

        Args:
            document: its metadata.
            leave: from the gate.
            network: where it comes from, for the trail.

        Raises:
            MetadataRefused: the metadata cannot be registered.
            ProtocolError: there are too many clients, or the leave was used up meanwhile.
            Unavailable: nothing was kept.
        """
        client = _with_origins(read(document, self._choices, _nobody(secrets.token_urlsafe(16))))
        self._look_outside(client)
        token, now = new_value(), self._clock()
        client, secret = _with_secret(client, now)

        def work() -> None:
            with self._store.begin() as unit:
                leave.take(unit, now)
                if unit.registrations.count() >= self._most:
                    log.error("registration refused: there are %d clients already", self._most)
                    raise ProtocolError("temporarily_unavailable", "no more clients can be registered", status=503)
                unit.clients.upsert(client, now)
                self._logos.queue(unit, client)
                unit.registrations.add(Registration(client.client_id, digest(token), network, now))
                self._audit.within(unit, "client_registered", client_id=client.client_id, network=network)

        once(work)
        self._logos.fetch(client)
        return Registered(client, now, token, secret)

    def find(self, client_id: str | None, token: str | None) -> Registered:
        """Return a client to whoever holds its token.

        Raises:
            ProtocolError: `invalid_token` (401); `access_denied` (403) for a client that was disabled.
        """
        if client_id is None or token is None or not looks_opaque(token):
            raise unauthorized("no registration access token")
        with self._store.reading() as unit:
            registration = unit.registrations.by_token(digest(token))
            client = None if registration is None else unit.clients.get(registration.client_id)
        if registration is None or client is None or client.client_id != client_id:
            raise unauthorized("registration access token unknown, or of another client")
        if not client.enabled:
            raise _disabled()
        return Registered(client, registration.created_at, token)

    def change(self, held: Registered, document: Mapping[str, object]) -> Registered:
        """Replace the metadata of a client: what is not sent goes back to its default (RFC 7592 section 2.2).

        Raises:
            MetadataRefused: the metadata cannot be registered.
            ProtocolError: `invalid_request`, the document is not about this client; and as `find` does, where it was
                removed or disabled meanwhile.
        """
        old = held.client
        if document.get("client_id") != old.client_id:
            raise ProtocolError("invalid_request", "client_id must be this client's")
        if not _OURS.isdisjoint(document):
            raise ProtocolError("invalid_request", "the document holds members that only the provider sets")
        secret = document.get("client_secret")
        if secret is not None and not (isinstance(secret, str) and self._clients.secret_holds(old, secret)):
            raise ProtocolError("invalid_request", "client_secret must be this client's")
        client = _with_origins(read(document, self._choices, replace(_nobody(old.client_id), secrets=old.secrets)))
        self._look_outside(client)
        now = self._clock()
        client, fresh = _with_secret(client, now)

        def work() -> None:
            with self._store.begin() as unit:
                # Looking outside takes a while, as long as the client likes: it may be removed or disabled by now.
                present = unit.clients.hold(client.client_id)
                if present is None or unit.registrations.by_token(digest(held.token)) is None:
                    raise unauthorized("registration access token unknown")
                if not present.enabled:
                    raise _disabled()
                unit.clients.upsert(client, now)
                self._logos.queue(unit, client)
                self._audit.within(unit, "client_changed", client_id=client.client_id)

        once(work)
        self._clients.forget(client.client_id)
        self._logos.fetch(client)
        return Registered(client, held.issued_at, held.token, fresh)

    def remove(self, held: Registered) -> None:
        """Remove a client, and end what members gave it (RFC 7592 section 2.3)."""
        self._remove(held.client.client_id, "client_removed")

    def purge(self, before: int, batch: int) -> int:
        """Remove clients registered before a time that nobody uses, and return how many; spent leave goes too."""
        with self._store.reading() as unit:
            unused = unit.registrations.unused(before, batch)
        for client_id in unused:
            self._remove(client_id, "client_purged")
        with self._store.begin() as unit:
            unit.registrations.purge_initial(self._clock(), batch)
        return len(unused)

    def _remove(self, client_id: str, event: str) -> None:
        now = self._clock()

        def work() -> None:
            with self._store.begin() as unit:
                end_all(unit, client_id, event, now)
                if unit.clients.remove(client_id):
                    self._audit.within(unit, event, client_id=client_id)

        once(work)
        self._clients.forget(client_id)


def described(held: Registered, address: str) -> dict[str, Any]:
    """Return what an answer says beside the metadata (RFC 7591 section 3.2.1, RFC 7592 section 3).

    Args:
        held: the client.
        address: where it is managed.
    """
    found: dict[str, Any] = {
        "client_id": held.client.client_id,
        "client_id_issued_at": held.issued_at,
        "registration_client_uri": address,
        "registration_access_token": held.token,
    }
    if held.secret is not None:
        found |= {"client_secret": held.secret, "client_secret_expires_at": 0}
    return found


def _disabled() -> ProtocolError:
    return ProtocolError("access_denied", "this client was disabled", status=403)


def _nobody(client_id: str) -> Client:
    # OpenID Connect Core 9 lets an assertion name the token endpoint, and these clients follow it.
    return Client(client_id, client_id, registered_dynamically=True, legacy_assertion_audience=True)


def _with_origins(client: Client) -> Client:
    """An application that lives in a page may call us from that page, since its own addresses are all it has."""
    if not client.public or client.application_type != "web":
        return client
    found = (origin(uri) for uri in client.redirect_uris)
    return replace(client, origins=frozenset(one for one in found if one is not None))


def _with_secret(client: Client, now: int) -> tuple[Client, str | None]:
    """Give a secret to who needs one and has none; take it from who proves itself otherwise."""
    if client.token_endpoint_auth_method not in _WITH_SECRET:
        return replace(client, secrets=()), None
    if client.secrets:
        return client, None
    secret = new_value()
    return replace(client, secrets=(ClientSecret(digest(secret), now),)), secret
