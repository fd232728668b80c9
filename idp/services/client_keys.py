"""The public keys of clients: registered by value, or fetched from their `jwks_uri` and kept (OpenID Core 10.1.1).

A fetched set is kept for ten minutes, and for as long as the client does not answer. A token that it does not verify
may mean that the client changed its keys: then it is fetched again, half a minute after the last try at the earliest,
so that nobody makes us call an address as often as they call us. A client that hangs keeps its own callers waiting:
calls that wait are a few of this process's threads, and whoever comes beyond those gets what is kept.
"""

import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import BoundedSemaphore, Lock
from typing import Final, TypeVar

from idp.clock import Clock
from idp.protocol.client import Client
from idp.protocol.errors import Unavailable
from idp.services.clients import Clients
from idp.services.outgoing import OutgoingFailed
from keys.errors import Rejection, TokenRejected
from keys.foreign import PublicKey, PublicKeySet

log = logging.getLogger("idp.services")

T = TypeVar("T")

JWKS: Final = "application/jwk-set+json, application/json"
"""What such an address is asked for."""
MAX_AGE: Final = 600
"""Seconds for which a set is believed without a look."""
BETWEEN: Final = 30
"""Seconds between two tries at one address; a client that changed its keys waits so long at most."""
MAX_SETS: Final = 2000
_CHANGED: Final = frozenset({Rejection.UNKNOWN_KEY, Rejection.SIGNATURE})


@dataclass(slots=True)
class _Held:
    """What is known of one address. `tried_at` and `fetched_at` are in Unix seconds, None where there was none."""

    keys: PublicKeySet | None = None
    fetched_at: int | None = None
    tried_at: int | None = None
    lock: Lock = field(default_factory=Lock)


class ClientKeys:
    """Finds keys. Thread-safe; what is fetched is kept by address, in this process.

    Args:
        clients: where keys registered by value are.
        fetch: returns the document at an address, or raises `OutgoingFailed`.
        clock: Unix seconds.
        calls: how many threads may wait for clients at a time.
    """

    def __init__(self, clients: Clients, fetch: Callable[[str], bytes], clock: Clock, *, calls: int = 2) -> None:
        self._clients = clients
        self._fetch = fetch
        self._clock = clock
        self._free = BoundedSemaphore(calls)
        self._sets: OrderedDict[str, _Held] = OrderedDict()
        self._lock = Lock()

    def of(self, client: Client) -> PublicKeySet | None:
        """Return the keys of a client, None where it has none or its address gave none. Never in a transaction.

        Raises:
            Unavailable: nothing is kept, and too many threads wait for clients already.
        """
        if client.jwks_uri is None:
            return self._clients.keys(client.client_id)
        held, now = self._held(client.jwks_uri), self._clock()
        if held.fetched_at is not None and 0 <= now - held.fetched_at < MAX_AGE:
            return held.keys
        self._renew(client, client.jwks_uri, held)
        return held.keys

    def find(self, client: Client, kid: str) -> PublicKey | None:
        """Return a client's key by its id, looked for again at its address where it is not among those kept."""
        for look in (self.of, self.again):
            keys = look(client)
            found = None if keys is None else next((key for key in keys.keys if key.kid == kid), None)
            if found is not None:
                return found
        return None

    def to_encrypt(self, client: Client, algorithm: str) -> PublicKey | None:
        """Return the key to encrypt to a client with a key management, None where it has none that fits."""
        keys = self.of(client)
        return None if keys is None else keys.to_encrypt(algorithm)

    def again(self, client: Client) -> PublicKeySet | None:
        """Return the keys as they are at the client's address now; None where it is too early to ask, or no use."""
        if client.jwks_uri is None:
            return None
        held = self._held(client.jwks_uri)
        return held.keys if self._renew(client, client.jwks_uri, held) else None

    def verified(self, client: Client, verify: Callable[[PublicKeySet], T]) -> T:
        """Return what a check of a token returns, with the kept keys, or where these do not fit with fresh ones.

        Raises:
            TokenRejected: the token is not the client's, or it has no keys.
            Unavailable: see `of`.
        """
        keys = self.of(client)
        if keys is None:
            raise TokenRejected(Rejection.UNKNOWN_KEY)
        try:
            return verify(keys)
        except TokenRejected as error:
            fresh = self.again(client) if error.reason in _CHANGED else None
            if fresh is None:
                raise
        return verify(fresh)

    def _held(self, url: str) -> _Held:
        with self._lock:
            held = self._sets.setdefault(url, _Held())
            self._sets.move_to_end(url)
            while len(self._sets) > MAX_SETS:
                self._sets.popitem(last=False)
            return held

    def _renew(self, client: Client, url: str, held: _Held) -> bool:
        """Fetch a set unless that was tried a moment ago; return whether it was fetched, by this thread or another."""
        before = held.fetched_at
        if self._too_early(held):
            return False
        if not self._free.acquire(blocking=False):
            if held.keys is None:
                raise Unavailable("client_keys")
            return False
        try:
            with held.lock:
                if not self._too_early(held):
                    held.tried_at = self._clock()
                    self._fill(client, url, held)
                return held.fetched_at != before
        finally:
            self._free.release()

    def _fill(self, client: Client, url: str, held: _Held) -> None:
        try:
            held.keys = PublicKeySet.from_bytes(self._fetch(url))
        except (OutgoingFailed, TokenRejected) as error:
            kept = "none are kept" if held.keys is None else "those kept are used"
            log.warning("keys of client %s cannot be fetched: %s; %s", client.client_id, error, kept)
        else:
            held.fetched_at = held.tried_at

    def _too_early(self, held: _Held) -> bool:
        return held.tried_at is not None and 0 <= self._clock() - held.tried_at < BETWEEN
