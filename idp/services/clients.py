"""Relying applications as the doors ask for them: a short in-process cache, secrets by digest.

The cache holds real clients only, so made-up ids cannot grow it (V-85). It is forgotten when a stamp over all clients
has changed, which is read once a second at most, so that it is a second behind another worker at most. What must hold
at once, that a client is enabled, is asked again inside the transaction that issues tokens (`idp.services.tokens`).
"""

import hmac
import logging
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass as plain_dataclass
from dataclasses import field, replace
from threading import Lock
from typing import Any, Final, Generic, TypeVar

from idp.clock import Clock
from idp.protocol.client import Client, ClientSecret
from idp.protocol.errors import Unavailable
from idp.protocol.oidc_subjects import sector_of
from idp.protocol.opaque import digest
from idp.records import dataclass
from idp.services import encryption
from idp.store.db import Store, Unit, once
from keys.errors import TokenRejected
from keys.foreign import PublicKeySet

log = logging.getLogger("idp.services.clients")
T = TypeVar("T")

MAX_CLIENT_ID: Final = 128
_CLIENT_ID: Final = re.compile(rf"[!-~]{{1,{MAX_CLIENT_ID}}}")
"""Printable ASCII without spaces: a database refuses others (NUL) with an error, and no client has such an id."""
MAX_CACHED: Final = 50_000
MAX_SECRETS: Final = 2
_NOBODY: Final = ClientSecret(digest("no client has this secret"), 0)
_FIRST_READ: Final = 2.0
"""Seconds for which a first reader of something about all clients is waited for."""


@dataclass(frozen=True, slots=True)
class _Entry:
    client: Client
    keys: PublicKeySet | None


@plain_dataclass(slots=True, eq=False)
class _Drawn(Generic[T]):
    """What is drawn from all clients, as of a stamp; read by whoever holds the lock."""

    read: Callable[[Unit], T]
    known: T | None = None
    stamp: Sequence[Any] | None = None
    lock: Lock = field(default_factory=Lock)


class Clients:
    """Finds, authenticates and registers clients. Thread-safe.

    Args:
        store: opens units of work.
        clock: Unix seconds.
        ttl: seconds for which a cached client is believed without a look whether any was changed elsewhere.
    """

    def __init__(self, store: Store, clock: Clock, *, ttl: int = 1) -> None:
        self._store = store
        self._clock = clock
        self._ttl = ttl
        self._looked_at = -ttl
        self._stamp: Sequence[Any] = ()
        self._entries: dict[str, _Entry] = {}
        self._origins = _Drawn(lambda unit: unit.clients.origins())
        self._first_party = _Drawn(lambda unit: tuple(unit.clients.first_party()))
        self._lock = Lock()

    def now(self) -> int:
        """Return the present time by which secrets end, Unix seconds."""
        return self._clock()

    def get(self, client_id: str) -> Client | None:
        """Return a client, enabled or not, or None. Mostly no read at all; may raise `Unavailable`."""
        entry = self._entry(client_id)
        return None if entry is None else entry.client

    def keys(self, client_id: str) -> PublicKeySet | None:
        """Return the registered public keys of a client, parsed once, or None when it has no usable `jwks`."""
        entry = self._entry(client_id)
        return None if entry is None else entry.keys

    def list(self) -> tuple[Client, ...]:
        """Return every client, by id, straight from the database."""
        with self._store.reading() as unit:
            return tuple(unit.clients.list())

    def origins(self) -> frozenset[str]:
        """Return the origins that enabled clients registered, for CORS (N-008); cached like the clients.

        While the database does not answer, those that were known last; may raise `Unavailable` before there are any.
        """
        try:
            return self._current(self._origins)
        except Unavailable as error:
            if self._origins.known is None:
                raise
            log.warning("origins are those known last: %s", error)
            return self._origins.known

    def first_party(self) -> tuple[Client, ...]:
        """Return the fund's own clients that are enabled, by id; cached like the clients. May raise `Unavailable`."""
        return self._current(self._first_party)

    def upsert(self, client: Client, secret: str | None = None) -> Client:
        """Create or replace a client and return it as stored.

        Args:
            client: the registration.
            secret: a secret of the client's choice kept as a digest, for files that declare clients; None changes
                nothing about secrets.

        Raises:
            ValueError: the registration asks for what the provider does not do; the message says what to write.
        """
        _refuse_what_is_not_done(client)
        now = self._clock()
        if secret is not None:
            wanted = digest(secret)
            if wanted not in {held.digest for held in client.secrets}:
                kept = (*client.secrets, ClientSecret(wanted, now))[-MAX_SECRETS:]
                client = replace(client, secrets=kept)

        def work() -> None:
            with self._store.begin() as unit:
                unit.clients.upsert(client, now)

        once(work)
        self.forget(client.client_id)
        return client

    def secret_holds(self, client: Client | None, secret: str) -> bool:
        """Whether a secret is one of the client's and works now."""
        return self.secret_until(client, secret) is not None

    def secret_until(self, client: Client | None, secret: str) -> float | None:
        """Return when a secret of the client's that works now ends, infinity for one without an end; None for another.

        Every candidate is compared, in constant time (V-17, V-21); an unknown client costs the same comparison. The
        clock is read once: what is returned lies ahead of the very instant for which the secret was judged.
        """
        presented, now = digest(secret), self._clock()
        alive = [] if client is None else [held for held in client.secrets if _alive(held, now)]
        until: float | None = None
        for held in alive or [_NOBODY]:
            if hmac.compare_digest(held.digest, presented) and alive:
                until = max(until or 0, math.inf if held.expires_at is None else held.expires_at)
        return until

    def secret_held_once(self, client: Client, secret: str) -> bool:
        """Whether a secret is one of the client's that has ended; for who explains a refusal, never to accept."""
        presented, now = digest(secret), self._clock()
        return any(not _alive(held, now) and hmac.compare_digest(held.digest, presented) for held in client.secrets)

    def forget(self, client_id: str) -> None:
        """Drop a client from this process's cache, after a change."""
        with self._lock:
            self._entries.pop(client_id, None)
            self._stamp = (*self._stamp, client_id)  # not the one that a read under way began with
            self._looked_at = self._clock() - self._ttl

    def _entry(self, client_id: str) -> _Entry | None:
        self._look()
        entry = self._entries.get(client_id)
        if entry is not None:
            return entry
        if not _CLIENT_ID.fullmatch(client_id):
            return None
        stamp = self._stamp
        with self._store.reading() as unit:
            client = unit.clients.get(client_id)
        if client is None:
            return None
        entry = _Entry(client, _parsed(client))
        with self._lock:
            # Read before a change that was seen meanwhile, it might be the client of before, and stay.
            if stamp is self._stamp:
                if len(self._entries) >= MAX_CACHED:
                    self._entries.clear()
                self._entries[client_id] = entry
        return entry

    def _current(self, drawn: _Drawn[T]) -> T:
        """Return what is drawn from all clients: read anew after a change, by one thread; the others get the last."""
        if drawn.lock.acquire(timeout=_FIRST_READ if drawn.known is None else 0):
            try:
                self._look()
                stamp = self._stamp
                if drawn.stamp is not stamp:
                    with self._store.reading() as unit:
                        drawn.known = drawn.read(unit)
                    drawn.stamp = stamp
            finally:
                drawn.lock.release()
        if drawn.known is None:
            raise Unavailable("clients are being read")
        return drawn.known

    def _look(self) -> None:
        """Forget every client when any was changed since the last look; one cheap read every `ttl` seconds."""
        now = self._clock()
        if 0 <= now - self._looked_at < self._ttl:
            return
        with self._store.reading() as unit:
            stamp = unit.clients.stamp()
        with self._lock:
            self._looked_at = now
            if stamp != self._stamp:
                self._stamp = stamp
                self._entries.clear()


def with_secret(client: Client, secret: str, now: int, *, others_until: int | None = None) -> Client:
    """Return a client with one secret more, of which at most two work (N-033).

    Args:
        client: whose.
        secret: a random one of 256 bits; its digest is kept.
        now: Unix seconds.
        others_until: when earlier secrets end, those that do not end sooner; None lets them be.
    """
    held = [old for old in client.secrets if _alive(old, now)][-(MAX_SECRETS - 1) :]
    if others_until is not None:
        ends = [others_until if old.expires_at is None else min(old.expires_at, others_until) for old in held]
        held = [replace(old, expires_at=end) for old, end in zip(held, ends, strict=True) if end > now]
    return replace(client, secrets=(*held, ClientSecret(digest(secret), now)))


def _refuse_what_is_not_done(client: Client) -> None:
    # Accepted in silence, each would promise a client something that it does not get.
    if client.subject_type == "pairwise" and sector_of(client) is None:
        raise ValueError("pairwise subjects need redirect URIs of one host, or a sector_identifier_uri")
    wrong = encryption.fault(client, _parsed(client))
    if wrong is not None:
        raise ValueError(wrong)


def _alive(secret: ClientSecret, now: int) -> bool:
    return secret.expires_at is None or now < secret.expires_at


def _parsed(client: Client) -> PublicKeySet | None:
    if client.jwks is None:
        return None
    try:
        return PublicKeySet.from_mapping(client.jwks)
    except TokenRejected:
        return None
