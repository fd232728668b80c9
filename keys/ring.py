"""The key ring: sealed rows in, keys ready for use out, one public JWKS.

Rows are unsealed and parsed once and kept as an immutable snapshot; requests read the
snapshot without a lock. A node looks at the store again every few
seconds, so that all nodes see a rotation well inside the propagation delay, and keeps what it has
when the store does not answer.
"""

import base64
import hashlib
import json
import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from keys.algorithms import (
    ALGORITHMS,
    AsymmetricKey,
    Signer,
    Use,
    algorithm,
    import_jwk,
    public_members,
)
from keys.errors import NoSigningKey, RingLoadError
from keys.rotation import in_force
from keys.sealing import Sealer

log = logging.getLogger("idp.keys")

_FOREVER = 1 << 62


@dataclass(frozen=True, slots=True)
class SealedKey:
    """A key as it is stored. Times are Unix seconds; see ``keys.rotation`` for their meaning.

    ``sealed`` is the private JWK (JSON) under a KEK, bound to ``kid``, ``algorithm`` and ``use``.
    ``generation`` counts from 1 within an algorithm; the store keeps the pair unique (R-08).
    """

    kid: str
    algorithm: str
    use: Use
    generation: int
    sealed: bytes = field(repr=False)
    published_at: int
    active_from: int
    retire_at: int
    drop_at: int

    @property
    def context(self) -> bytes:
        """What the seal is bound to, so that rows cannot be swapped or a use be changed."""
        return sealing_context(self.kid, self.algorithm, self.use)


def sealing_context(kid: str, algorithm_name: str, use: Use) -> bytes:
    """Return the authenticated context of a sealed private key; unambiguous by JSON."""
    return json.dumps(["private-jwk", kid, algorithm_name, use]).encode()


@dataclass(frozen=True, slots=True)
class NewKey:
    """A freshly made key: its RFC 7638 thumbprint as ``kid``, and the sealed private JWK."""

    kid: str
    algorithm: str
    use: Use
    sealed: bytes = field(repr=False)


def generate(algorithm_name: str, sealer: Sealer) -> NewKey:
    """Make a key pair (RSA: about a second, so outside any transaction) and seal it."""
    row = algorithm(algorithm_name)
    key = row.generate()
    kid = key.thumbprint()
    private = json.dumps(key.as_dict(private=True)).encode()
    sealed = sealer.seal(private, sealing_context(kid, row.name, row.use))
    return NewKey(kid, row.name, row.use, sealed)


@dataclass(frozen=True, slots=True, eq=False)
class RingKey:
    """A key of ours, ready: parsed, bound to its algorithm, its JWS headers encoded once."""

    kid: str
    algorithm: str
    use: Use
    generation: int
    published_at: int
    active_from: int
    retire_at: int
    drop_at: int
    key: AsymmetricKey = field(repr=False)
    public_jwk: Mapping[str, str] = field(repr=False)
    signer: Signer | None = field(repr=False)
    headers: dict[str | None, bytes] = field(repr=False)

    def header(self, typ: str | None) -> bytes:
        """Return the encoded protected header of this key for ``typ``, with the dot after it."""
        encoded = self.headers.get(typ)
        if encoded is None:
            members = {"alg": self.algorithm, "kid": self.kid}
            if typ is not None:
                members["typ"] = typ
            text = json.dumps(members, separators=(",", ":")).encode()
            encoded = base64.urlsafe_b64encode(text).rstrip(b"=") + b"."
            self.headers[typ] = encoded
        return encoded


@dataclass(frozen=True, slots=True)
class PublicJwks:
    """The JWKS document: bytes to send as they are, and their strong entity tag, quoted.

    ``newest`` is when the newest key in it was published, in Unix seconds.
    """

    body: bytes
    etag: str
    newest: int


@dataclass(frozen=True, slots=True, eq=False)
class _Snapshot:
    by_kid: Mapping[str, RingKey]
    by_algorithm: Mapping[str, tuple[RingKey, ...]]
    kept: frozenset[str] | None

    def current(self, algorithm_name: str, now: int) -> RingKey | None:
        """Return the key of an algorithm that is in force; None where the house has given the algorithm up."""
        if self.kept is not None and algorithm_name not in self.kept:
            return None
        return in_force(self.by_algorithm.get(algorithm_name, ()), now)


@dataclass(frozen=True, slots=True)
class _CachedJwks:
    snapshot: _Snapshot
    from_time: int
    until_time: int
    document: PublicJwks


class KeyRing:
    """Our keys, shared by all threads of a process."""

    def __init__(
        self,
        load: Callable[[], Sequence[SealedKey]],
        sealer: Sealer,
        *,
        now: int,
        kept: Iterable[str] | None = None,
    ) -> None:
        """Load at once; RingLoadError when there is no key, SealBroken when one does not open.

        ``kept`` are the algorithms in use, None for every one: keys of another verify what they have
        signed until they are dropped, and sign nothing more.
        """
        self._load = load
        self._kept = None if kept is None else frozenset(kept)
        self._sealer = sealer
        self._reloading = threading.Lock()
        self._checked_at = now
        self._snapshot = self._read(None)
        self._jwks: _CachedJwks | None = None

    def reload_if_older_than(self, now: int, seconds: int = 30) -> bool:
        """Look at the store when the last look is ``seconds`` old; True when it was replaced.

        Cheap enough for every request: a subtraction. One thread looks, the others go on with
        the ring they have; a failed look keeps that ring and is tried again ``seconds`` later.
        """
        if 0 <= now - self._checked_at < seconds:
            return False
        if not self._reloading.acquire(blocking=False):
            return False
        try:
            return self._reload(now)
        finally:
            self._reloading.release()

    def reload(self, now: int) -> bool:
        """Look at the store now, waiting for a look in progress; True when replaced."""
        with self._reloading:
            return self._reload(now)

    def signing_key(self, algorithm_name: str, now: int) -> RingKey:
        """Return the one key of an algorithm that signs at ``now``; NoSigningKey when none."""
        key = self._snapshot.current(algorithm_name, now)
        if key is None or key.signer is None:
            raise NoSigningKey(f"no key in force for {algorithm_name}")
        return key

    def find(self, kid: str, now: int) -> RingKey | None:
        """Return the key called ``kid`` while it counts: in force, or not yet dropped."""
        snapshot = self._snapshot
        key = snapshot.by_kid.get(kid)
        if key is None or now < key.drop_at:
            return key
        return key if snapshot.current(key.algorithm, now) is key else None

    def held(self) -> tuple[RingKey, ...]:
        """Return every key held, in the order of the JWKS."""
        return tuple(self._snapshot.by_kid.values())

    def signing_algorithms(self, now: int) -> tuple[str, ...]:
        """Name the algorithms that the ring can sign with at ``now``, in table order."""
        current = self._snapshot.current
        return tuple(name for name, row in ALGORITHMS.items() if row.use == "sig" and current(name, now) is not None)

    def signs(self, algorithm_name: str, now: int) -> bool:
        """Whether the ring can sign with an algorithm at ``now``."""
        return self._snapshot.current(algorithm_name, now) is not None

    def public_jwks(self, now: int) -> PublicJwks:
        """Return the JWKS at ``now``; the same object until time or a reload changes the set."""
        cached = self._jwks
        snapshot = self._snapshot
        if cached is not None and cached.snapshot is snapshot and cached.from_time <= now < cached.until_time:
            return cached.document
        document = _document(key for key in snapshot.by_kid.values() if _is_public(snapshot, key, now))
        if cached is not None and cached.document == document:
            document = cached.document
        before, after = _boundaries(snapshot, now)
        self._jwks = _CachedJwks(snapshot, before, after, document)
        return document

    def _reload(self, now: int) -> bool:
        self._checked_at = now
        try:
            fresh = self._read(self._snapshot)
        # The loader is the caller's: whatever its database raises, signing must go on.
        except Exception:
            log.warning("key ring not reloaded; the earlier one stays in use", exc_info=True)
            return False
        changed = _times_of(fresh) != _times_of(self._snapshot)
        if changed:
            self._snapshot = fresh
            log.info("key ring reloaded: %d keys", len(fresh.by_kid))
        return changed

    def _read(self, earlier: _Snapshot | None) -> _Snapshot:
        known = {} if earlier is None else earlier.by_kid
        rows = sorted(self._load(), key=lambda row: (row.algorithm, row.generation))
        if not rows:
            raise RingLoadError("the store holds no key")
        keys = [self._ready(row, known.get(row.kid)) for row in rows]
        grouped: dict[str, list[RingKey]] = {}
        for key in keys:
            grouped.setdefault(key.algorithm, []).append(key)
        return _Snapshot(
            {key.kid: key for key in keys},
            {name: tuple(group) for name, group in grouped.items()},
            self._kept,
        )

    def _ready(self, row: SealedKey, known: RingKey | None) -> RingKey:
        if known is not None and (known.algorithm, known.use) == (row.algorithm, row.use):
            key, public, signer = known.key, known.public_jwk, known.signer
            headers = known.headers
        else:
            kind = algorithm(row.algorithm)
            if kind.use != row.use:
                raise RingLoadError(f"key {row.kid} is stored for another use than its algorithm")
            key = import_jwk(json.loads(self._sealer.unseal(row.sealed, row.context)))
            public = {
                "kid": row.kid,
                "use": row.use,
                "alg": row.algorithm,
                **public_members(key),
            }
            signer = None if kind.signer is None else kind.signer(key)
            headers = {}
        return RingKey(
            kid=row.kid,
            algorithm=row.algorithm,
            use=row.use,
            generation=row.generation,
            published_at=row.published_at,
            active_from=row.active_from,
            retire_at=row.retire_at,
            drop_at=row.drop_at,
            key=key,
            public_jwk=public,
            signer=signer,
            headers=headers,
        )


def _is_public(snapshot: _Snapshot, key: RingKey, now: int) -> bool:
    """Tell whether ``key`` stands in the JWKS.

    Encryption keys only while in force: what a reader encrypts to a retired key would be lost
    once that is dropped, and nothing has to be verified with it.
    """
    current = snapshot.current(key.algorithm, now) is key
    if key.use == "enc":
        return current
    return current or key.published_at <= now < key.drop_at


def _document(keys: Iterable[RingKey]) -> PublicJwks:
    public = tuple(keys)
    members = [dict(key.public_jwk) for key in public]
    body = json.dumps({"keys": members}, separators=(",", ":")).encode()
    newest = max((key.published_at for key in public), default=0)
    return PublicJwks(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"', newest)


def _boundaries(snapshot: _Snapshot, now: int) -> tuple[int, int]:
    """Return the last moment up to ``now``, and the next, at which the public set may change."""
    moments = {
        moment for key in snapshot.by_kid.values() for moment in (key.published_at, key.active_from, key.drop_at)
    }
    before = max((moment for moment in moments if moment <= now), default=0)
    return before, min((moment for moment in moments if moment > now), default=_FOREVER)


def _times_of(snapshot: _Snapshot) -> list[tuple[str, int, int, int, int]]:
    return [
        (key.kid, key.published_at, key.active_from, key.retire_at, key.drop_at) for key in snapshot.by_kid.values()
    ]
