"""Keep the signing keys of the house alive: first set, rotation, removal, re-wrapping.

``keys.rotation`` decides, this service carries out. Key pairs are made outside any unit of work
(RSA takes about a second), then inserted; where two nodes make the same generation of an algorithm
at once, the store lets one in and the other's is thrown away (R-08). Everything that follows from
the stored times is worked out again from what is stored, so that a node that lost a race, or died
half way, leaves nothing to repair.
"""

import logging
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any, Protocol

from idp.clock import Clock
from idp.records import dataclass
from keys.algorithms import algorithm
from keys.ring import SealedKey, generate
from keys.rotation import Create, Drop, Reason, Retire, RotationPolicy, Step, in_force, plan, wind_up
from keys.sealing import Sealer

log = logging.getLogger("idp.keys")

DEFAULT_ALGORITHMS = ("ES256", "RS256")
"""What is kept where nobody says otherwise; a provider says what its settings name."""


class KeyStore(Protocol):
    """Sealed keys as rows. The caller of the service commits; the store never does."""

    @property
    def session(self) -> Any:
        """The unit's session: whoever records a change does it in the same unit."""
        ...

    def all(self) -> Sequence[SealedKey]:
        """Return every row, in any order."""
        ...

    def insert(self, key: SealedKey) -> bool:
        """Add a row; False, and nothing changed, when its algorithm and generation exist."""
        ...

    def update_times(self, kid: str, *, active_from: int, retire_at: int, drop_at: int) -> bool:
        """Set the times of a row; False when it is gone."""
        ...

    def replace_sealed(self, kid: str, old: bytes, new: bytes) -> bool:
        """Replace the sealed bytes of a row; False when they are not ``old`` any more."""
        ...

    def delete(self, kid: str) -> bool:
        """Remove a row; False when it is gone."""
        ...


@dataclass(frozen=True, slots=True)
class Change:
    """One thing done to a key, for logs and whoever asked for it.

    ``effective_at``, in Unix seconds, is when a key that was made begins to sign, or one that is
    retired ceases to; None for what is done at once.
    """

    action: str
    algorithm: str
    kid: str
    reason: Reason
    effective_at: int | None = None


@dataclass(frozen=True, slots=True)
class KeyStatus:
    """One key as shown to an operator. Times are Unix seconds.

    ``state`` is ``next`` (published, not yet signing), ``active``, or ``retired`` (verifies only).
    ``overdue`` tells that an active key has outlived its period and has no successor; ``withdrawn``
    that the settings do not name its algorithm any more.
    """

    kid: str
    algorithm: str
    use: str
    generation: int
    state: str
    published_at: int
    active_from: int
    retire_at: int
    drop_at: int
    kek_current: bool
    overdue: bool
    withdrawn: bool


Also = Callable[[KeyStore, Sequence[Change]], None]
"""What is done in the unit that changes keys, told of the changes."""


def _nothing(_store: KeyStore, _changes: Sequence[Change]) -> None:
    """Change the keys and nothing else."""


class KeysChangedError(Exception):
    """The stored keys are not those that somebody looked at; nothing was done."""


class KeyManagement:
    """Operations on the stored keys. Each opens its own units of work, and only short ones."""

    def __init__(
        self,
        store: Callable[[], AbstractContextManager[KeyStore]],
        sealer: Sealer,
        clock: Clock,
        policy: RotationPolicy,
        algorithms: Sequence[str] = DEFAULT_ALGORITHMS,
    ) -> None:
        """``store`` opens a unit of work that commits at its end and rolls back on an exception.

        ``algorithms`` are those kept supplied with keys; ValueError when one is not in the table.
        """
        for name in algorithms:
            algorithm(name)
        self._store = store
        self._sealer = sealer
        self._clock = clock
        self._policy = policy
        self._algorithms = tuple(algorithms)

    @property
    def algorithms(self) -> tuple[str, ...]:
        """The algorithms that are kept supplied with keys."""
        return self._algorithms

    @property
    def sealer(self) -> Sealer:
        """What seals the stored keys, and what is replaced together with them."""
        return self._sealer

    @property
    def longest_token(self) -> int:
        """Seconds that anything signed with these keys is good for, at most."""
        return self._policy.longest_token

    def load(self) -> Sequence[SealedKey]:
        """Return the stored keys: the loader of a ``keys.ring.KeyRing``."""
        with self._store() as store:
            return tuple(store.all())

    def ensure_initial(self) -> tuple[Change, ...]:
        """Make the first key of each algorithm that has none; safe to run on every start."""
        held = {key.algorithm for key in self.load()}
        return self._carry_out([name for name in self._algorithms if name not in held])

    def rotate(self, algorithm_name: str | None = None, also: Also = _nothing) -> tuple[Change, ...]:
        """Publish a next key now, to sign once readers of the JWKS have had time to see it.

        Where a next key is published already it is brought forward instead. ValueError when the
        house does not keep keys of that algorithm. No change means that a rotation is under way.
        ``also`` is done in the unit that changes anything; what it raises undoes everything.
        """
        if algorithm_name is not None and algorithm_name not in self._algorithms:
            raise ValueError("no keys of this algorithm are kept")
        names = self._algorithms if algorithm_name is None else (algorithm_name,)
        return self._carry_out(names, rotate_now=True, also=also)

    def replace(self, kids: Collection[str], also: Also = _nothing) -> tuple[Change, ...]:
        """Drop keys at once, for a key that somebody else may have, and let new ones sign at once.

        All keys of an algorithm go together. Readers of the JWKS had no time to see the new ones, and what
        the old ones have signed verifies nowhere any more, once every node and every reader has looked.

        Args:
            kids: every stored key of the algorithms in question, as somebody looked at them.
            also: as in ``rotate``.

        Raises:
            KeysChangedError: these are not the stored keys of their algorithms (any more).
        """
        now, wanted = self._clock(), frozenset(kids)
        names = _exactly(wanted, self.load())
        fresh = [self._make(self._at_once(name, now)) for name in names if name in self._algorithms]
        changes: list[Change] = []
        with self._store() as store:
            stored = store.all()
            _exactly(wanted, stored)
            changes += [
                Change("drop", key.algorithm, key.kid, Reason.EMERGENCY)
                for key in stored
                if key.kid in wanted and store.delete(key.kid)
            ]
            for made in fresh:
                later = 1 + max(key.generation for key in stored if key.algorithm == made.algorithm)
                if not store.insert(replace(made, generation=later)):
                    raise KeysChangedError
                changes.append(Change("create", made.algorithm, made.kid, Reason.EMERGENCY))
            also(store, tuple(changes))
        _log(changes)
        return tuple(changes)

    def tick(self) -> tuple[Change, ...]:
        """Do whatever is due; meant to run every few minutes, on any number of nodes.

        Keys of an algorithm that the settings do not name any more stop signing, stay published past
        what they have signed, and go.
        """
        return self._carry_out((*self._algorithms, *self._withdrawn()))

    def status(self) -> tuple[KeyStatus, ...]:
        """Return every key with its state, by algorithm and generation."""
        now = self._clock()
        keys = sorted(self.load(), key=lambda key: (key.algorithm, key.generation))
        rows = []
        for key in keys:
            same = [other for other in keys if other.algorithm == key.algorithm]
            withdrawn = key.algorithm not in self._algorithms
            active = in_force(same, now) is key and not withdrawn
            state = "active" if active else "next" if key.active_from > now and not withdrawn else "retired"
            rows.append(
                KeyStatus(
                    kid=key.kid,
                    algorithm=key.algorithm,
                    use=key.use,
                    generation=key.generation,
                    state=state,
                    published_at=key.published_at,
                    active_from=key.active_from,
                    retire_at=key.retire_at,
                    drop_at=key.drop_at,
                    kek_current=self._sealer.is_current(key.sealed),
                    overdue=active and key.retire_at <= now,
                    withdrawn=withdrawn,
                )
            )
        return tuple(rows)

    def rewrap(self, new_sealer: Sealer | None = None) -> int:
        """Seal every key under the current KEK of ``new_sealer`` (else our own); return how many.

        ``new_sealer`` must still hold the KEKs in use, or ``keys.errors.SealBroken`` is raised and
        nothing is changed.
        """
        sealer = self._sealer if new_sealer is None else new_sealer
        changed = 0
        with self._store() as store:
            for key in store.all():
                sealed = sealer.rewrap(key.sealed, key.context)
                if sealed != key.sealed:
                    changed += store.replace_sealed(key.kid, key.sealed, sealed)
        self._sealer = sealer
        log.info("keys re-wrapped under key-encryption key %s: %d", sealer.kek_id, changed)
        return changed

    def _carry_out(
        self, names: Sequence[str], *, rotate_now: bool = False, also: Also = _nothing
    ) -> tuple[Change, ...]:
        now = self._clock()
        plans = self._plans(names, self.load(), now, rotate_now=rotate_now)
        if not any(plans.values()):
            return ()
        wanted = [step for steps in plans.values() for step in steps if isinstance(step, Create)]
        fresh = [(self._make(step), step.reason) for step in wanted]
        # After an insert, won or lost, the wish to rotate is fulfilled: a successor is there.
        supplied = {step.algorithm for step in wanted}
        changes: list[Change] = []
        with self._store() as store:
            for key, reason in fresh:
                if store.insert(key):
                    changes.append(Change("create", key.algorithm, key.kid, reason, key.active_from))
            stored = store.all()
            for name in names:
                still = rotate_now and name not in supplied
                for step in self._plans([name], stored, now, rotate_now=still)[name]:
                    changes += self._apply(store, name, step)
            if changes:
                also(store, tuple(changes))
        _log(changes)
        return tuple(changes)

    def _plans(
        self, names: Sequence[str], stored: Sequence[SealedKey], now: int, *, rotate_now: bool
    ) -> dict[str, tuple[Step, ...]]:
        held = {name: [key for key in stored if key.algorithm == name] for name in names}
        return {
            name: plan(name, rows, now, self._policy, rotate_now=rotate_now)
            if name in self._algorithms
            else wind_up(rows, now, self._policy)
            for name, rows in held.items()
        }

    def _withdrawn(self) -> tuple[str, ...]:
        return tuple(sorted({key.algorithm for key in self.load()} - set(self._algorithms)))

    def _at_once(self, name: str, now: int) -> Create:
        """Return the step that makes a key of an algorithm as if there were none."""
        (step,) = plan(name, (), now, self._policy)
        if not isinstance(step, Create):
            raise TypeError("the first key of an algorithm is made")
        return step

    def _make(self, step: Create) -> SealedKey:
        new = generate(step.algorithm, self._sealer)
        return SealedKey(
            kid=new.kid,
            algorithm=new.algorithm,
            use=new.use,
            generation=step.generation,
            sealed=new.sealed,
            published_at=step.published_at,
            active_from=step.active_from,
            retire_at=step.retire_at,
            drop_at=step.drop_at,
        )

    @staticmethod
    def _apply(store: KeyStore, name: str, step: Step) -> list[Change]:
        if isinstance(step, Create):
            return []  # made outside a unit of work, by the next run
        effective_at = None
        if isinstance(step, Drop):
            done = store.delete(step.kid)
        else:
            effective_at = step.retire_at if isinstance(step, Retire) else step.active_from
            done = store.update_times(
                step.kid,
                active_from=step.active_from,
                retire_at=step.retire_at,
                drop_at=step.drop_at,
            )
        if not done:
            return []
        return [Change(type(step).__name__.lower(), name, step.kid, step.reason, effective_at)]


def _exactly(kids: frozenset[str], stored: Sequence[SealedKey]) -> tuple[str, ...]:
    """Return the algorithms whose stored keys these are; KeysChangedError where they are not all, or no keys."""
    names = {key.algorithm for key in stored if key.kid in kids}
    if not kids or kids != {key.kid for key in stored if key.algorithm in names}:
        raise KeysChangedError
    return tuple(sorted(names))


def _log(changes: Sequence[Change]) -> None:
    for done in changes:
        log.info("key %s: %s %s (%s)", done.action, done.algorithm, done.kid, done.reason)
