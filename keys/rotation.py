"""When keys are made, begin to sign, stop, and go: a pure function from facts to named steps.

The life of a key, all times in Unix seconds UTC:

    published_at      active_from                retire_at             drop_at
         |  in JWKS only   |  in JWKS and signing     |  in JWKS only      |  gone

The times are written when the key is made and corrected when its successor is. Nodes act on the
times alone, so a key begins and ceases to sign everywhere without any job having to run at that
second; :func:`plan` only has to run now and then. A key without a successor goes on signing past
its ``retire_at``: late rotation is a warning, a provider that cannot sign is an outage.

N-138: a key is published ``propagation_delay`` before its first signature at the very least
(readers cache the JWKS), and stays published past the longest token it has signed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum, auto
from typing import Protocol, TypeVar

DAY = 86_400


class Reason(StrEnum):
    """Why a step is taken; appears in logs and in ``idp keys``."""

    FIRST_KEY = auto()
    SUCCESSOR_DUE = auto()
    ROTATE_NOW = auto()
    NOTHING_ACTIVE = auto()
    SUPERSEDED = auto()
    PAST_LONGEST_TOKEN = auto()
    WITHDRAWN = auto()
    EMERGENCY = auto()


@dataclass(frozen=True, slots=True)
class RotationPolicy:
    """Durations in seconds; ValueError when they contradict each other.

    ``longest_token`` is the longest life of anything signed with these keys; what is kept after
    retirement must outlast it and one ``propagation_delay``.
    """

    publish_ahead: int = 14 * DAY
    active_period: int = 90 * DAY
    keep_after_retirement: int = 14 * DAY
    propagation_delay: int = 900  # max-age of the JWKS, 600 s, and a margin
    longest_token: int = DAY

    def __post_init__(self) -> None:
        if min(self.publish_ahead, self.propagation_delay, self.longest_token) <= 0:
            raise ValueError("durations of the rotation policy are positive")
        if self.publish_ahead < self.propagation_delay:
            raise ValueError("publish_ahead must be at least propagation_delay")
        if self.active_period <= self.publish_ahead:
            raise ValueError("active_period must be longer than publish_ahead")
        if self.keep_after_retirement < self.longest_token + self.propagation_delay:
            raise ValueError("keep_after_retirement must outlast longest_token")


class TimedKey(Protocol):
    """What the policy needs to know of a key; ``generation`` counts from 1 per algorithm."""

    @property
    def kid(self) -> str:
        """The key's name."""
        ...

    @property
    def generation(self) -> int:
        """Its number within the algorithm, from 1."""
        ...

    @property
    def published_at(self) -> int:
        """In the JWKS from."""
        ...

    @property
    def active_from(self) -> int:
        """Signs from."""
        ...

    @property
    def retire_at(self) -> int:
        """Signs until, once it has a successor."""
        ...

    @property
    def drop_at(self) -> int:
        """In the JWKS until."""
        ...


TimedKeyT = TypeVar("TimedKeyT", bound=TimedKey)


@dataclass(frozen=True, slots=True)
class Create:
    """Make a key with these times and publish it at once."""

    algorithm: str
    generation: int
    published_at: int
    active_from: int
    retire_at: int
    drop_at: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class Activate:
    """Let a published key sign from ``active_from``, earlier than was planned."""

    kid: str
    active_from: int
    retire_at: int
    drop_at: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class Retire:
    """Fix the end of a key to the beginning of its successor."""

    kid: str
    active_from: int
    retire_at: int
    drop_at: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class Drop:
    """Take a key out of the JWKS and destroy it."""

    kid: str
    reason: Reason


Step = Create | Activate | Retire | Drop


@dataclass(frozen=True, slots=True)
class _Times:
    kid: str
    generation: int
    published_at: int
    active_from: int
    retire_at: int
    drop_at: int


def in_force(keys: Iterable[TimedKeyT], now: int) -> TimedKeyT | None:
    """Return the key of one algorithm that signs at ``now``: the one that began last."""
    begun = [key for key in keys if key.active_from <= now]
    return max(begun, key=_order, default=None)


def plan(
    algorithm: str,
    keys: Sequence[TimedKey],
    now: int,
    policy: RotationPolicy,
    *,
    rotate_now: bool = False,
) -> tuple[Step, ...]:
    """Say what to do with the keys of one algorithm at ``now``.

    The answer depends on nothing else and converges: once its steps are done, the same question
    (without ``rotate_now``) is answered with no step.
    """
    rows = sorted(map(_times, keys), key=_order)
    beginning = _beginning(algorithm, rows, now, policy, rotate_now=rotate_now)
    if isinstance(beginning, Activate):
        rows = sorted((_moved(row, beginning) for row in rows), key=_order)
    starts = [row.active_from for row in rows[1:]]
    if isinstance(beginning, Create):
        starts.append(beginning.active_from)
    endings = _endings(rows, starts, now, policy)
    return endings if beginning is None else (beginning, *endings)


def wind_up(keys: Sequence[TimedKey], now: int, policy: RotationPolicy) -> tuple[Retire | Drop, ...]:
    """Say what to do at ``now`` with the keys of an algorithm that the house does not sign with any more.

    A key that has not begun goes at once: nothing bears its signature. The one in force stops now and is
    kept as every retired key is, past the longest token. An end that is past already is taken at its word.
    The answer converges as that of :func:`plan` does.
    """
    rows = sorted(map(_times, keys), key=_order)
    begun = [row for row in rows if row.active_from <= now]
    early = [Drop(row.kid, Reason.WITHDRAWN) for row in rows if row.active_from > now]
    if not begun:
        return tuple(early)
    last = begun[-1]
    if last.retire_at > now:
        ended = last.active_from, now, now + policy.keep_after_retirement
        final: list[Retire | Drop] = [Retire(last.kid, *ended, Reason.WITHDRAWN)]
    else:
        final = [Drop(last.kid, Reason.PAST_LONGEST_TOKEN)] if last.drop_at <= now else []
    return (*early, *_endings(begun, [row.active_from for row in begun[1:]], now, policy), *final)


def _beginning(
    algorithm: str, rows: Sequence[_Times], now: int, policy: RotationPolicy, *, rotate_now: bool
) -> Create | Activate | None:
    """Say which key is to be made or to begin earlier, if any. ``rows`` are in order."""
    signing = in_force(rows, now)
    pending = next((row for row in rows if row.active_from > now), None)
    if signing is None and pending is None:
        return _create(algorithm, rows, now, now, policy, Reason.FIRST_KEY)
    if signing is None and pending is not None:
        return _forward(pending, now, policy, Reason.NOTHING_ACTIVE)
    if pending is not None:
        safe = max(now, pending.published_at + policy.propagation_delay)
        earlier = rotate_now and safe < pending.active_from
        return _forward(pending, safe, policy, Reason.ROTATE_NOW) if earlier else None
    seen = now + policy.propagation_delay
    if rotate_now:
        return _create(algorithm, rows, now, seen, policy, Reason.ROTATE_NOW)
    if signing is not None and now >= signing.retire_at - policy.publish_ahead:
        start = max(signing.retire_at, seen)
        return _create(algorithm, rows, now, start, policy, Reason.SUCCESSOR_DUE)
    return None


def _endings(
    rows: Sequence[_Times], starts: Sequence[int], now: int, policy: RotationPolicy
) -> tuple[Retire | Drop, ...]:
    """Let each key end where its successor begins, and go when its keeping time is over."""
    steps: list[Retire | Drop] = []
    for row, successor_start in zip(rows, starts, strict=False):  # the last has no successor
        ended = _ended(row, successor_start, policy)
        if ended.retire_at <= now and ended.drop_at <= now:
            steps.append(Drop(row.kid, Reason.PAST_LONGEST_TOKEN))
        elif ended != row:
            times = row.active_from, ended.retire_at, ended.drop_at
            steps.append(Retire(row.kid, *times, Reason.SUPERSEDED))
    return tuple(steps)


def _forward(row: _Times, start: int, policy: RotationPolicy, reason: Reason) -> Activate:
    retire_at = start + policy.active_period
    return Activate(row.kid, start, retire_at, retire_at + policy.keep_after_retirement, reason)


def _moved(row: _Times, step: Activate) -> _Times:
    if row.kid != step.kid:
        return row
    return replace(row, active_from=step.active_from, retire_at=step.retire_at, drop_at=step.drop_at)


def _create(
    algorithm: str,
    rows: Sequence[_Times],
    now: int,
    active_from: int,
    policy: RotationPolicy,
    reason: Reason,
) -> Create:
    retire_at = active_from + policy.active_period
    return Create(
        algorithm=algorithm,
        generation=1 + max((row.generation for row in rows), default=0),
        published_at=now,
        active_from=active_from,
        retire_at=retire_at,
        drop_at=retire_at + policy.keep_after_retirement,
        reason=reason,
    )


def _ended(row: _Times, successor_start: int, policy: RotationPolicy) -> _Times:
    """Return ``row`` ending where its successor begins.

    A shorter ``keep_after_retirement`` never brings an end forward: tokens may have been signed
    under the longer one.
    """
    drop_at = successor_start + policy.keep_after_retirement
    if row.retire_at == successor_start:
        drop_at = max(drop_at, row.drop_at)
    return replace(row, retire_at=successor_start, drop_at=drop_at)


def _times(key: TimedKey) -> _Times:
    return _Times(key.kid, key.generation, key.published_at, key.active_from, key.retire_at, key.drop_at)


def _order(key: TimedKey) -> tuple[int, int]:
    return key.active_from, key.generation
