"""What an application did lately, and what it was refused: who uses it, last use, the errors with their near misses."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from idp.admin.actor import Actor
from idp.admin.acts.refusals import UnknownError
from idp.clock import Clock
from idp.protocol.client_notes import DAYS, FAULTS, STEPS, Kind
from idp.records import dataclass
from idp.services.client_notes import KEPT, ClientNotes
from idp.store.client_days import DAY, Noted
from idp.store.db import Store

_FAULTS: Final = frozenset(kind.value for kind in FAULTS)
_REFERENCE: Final = re.compile("[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Day:
    """One day, numbered in UTC from 1970: how often each step was taken, and how many refusals there were."""

    day: int
    steps: dict[str, int]
    refused: int


@dataclass(frozen=True, slots=True)
class Fault:
    """One way in which requests were refused in the days looked at, with the latest near miss. Times: Unix seconds.

    `reference` is that of the latest request, as the application's log and ours have it; empty where none is kept.
    """

    kind: str
    aspect: str
    count: int
    first_at: int
    last_at: int
    sent: str
    registered: str
    reference: str


@dataclass(frozen=True, slots=True)
class Usage:
    """What is known of the days looked at; the days latest first, the faults by their last time.

    `last_used` is when the application last got what it asked for, None where that is longer ago than is kept;
    `never_used` where it never did, since all its days are kept.
    """

    client_id: str
    last_used: int | None
    days: Sequence[Day]
    faults: Sequence[Fault]
    never_used: bool = False

    def total(self, kind: Kind) -> int:
        """Return how often a step was taken in all."""
        return sum(day.steps.get(kind.value, 0) for day in self.days)


@dataclass(frozen=True, slots=True)
class Glance:
    """What a list says of an application: when it last got what it asked for (Unix seconds), and its refusals.

    `last_used` is None where that is longer ago than is kept, and `never_used` where it never did, since all its days
    are kept; `refused` counts the last `DAYS` days, today among them.
    """

    last_used: int | None
    refused: int
    never_used: bool = False


class UsageActs:
    """What may be asked of applications' use.

    Args:
        store: where the days are.
        notes: what this process has not written yet.
        clock: Unix seconds.
    """

    def __init__(self, store: Store, notes: ClientNotes, clock: Clock) -> None:
        self._store = store
        self._notes = notes
        self._clock = clock

    def show(self, actor: Actor, client_id: str, days: int = DAYS) -> Usage:
        """Return what an application did in the last days, today's among them.

        What another process noted last may be missing: two seconds, twenty where thousands of applications are at work.

        Raises:
            ForbiddenError: not the actor's to see.
            UnknownError: there is no such application.
            Unavailable: the store does not answer.
        """
        now = self._clock()
        actor.permit("clients.show", now)
        self._notes.write({client_id})
        with self._store.reading() as unit:
            kept = unit.clients.kept(client_id)
            if kept is None:
                raise UnknownError("there is no such application", "client_id", "unknown")
            found = unit.client_days.of(client_id, now - (days - 1) * DAY)
            last_used = unit.client_days.last_used(client_id)
        never = last_used is None and _whole(kept.created_at, now)
        return Usage(client_id, last_used, _days(found), faults(found), never)

    def refused(self, actor: Actor, reference: str) -> tuple[str, Fault] | None:
        """Return which application was refused the request of a reference, and why; None where that is not kept.

        Of the refusals of one kind in one day, the last reference is. What is no reference is not looked for.

        Raises:
            ForbiddenError: not the actor's to see.
            Unavailable: the store does not answer.
        """
        actor.permit("clients.refused", self._clock())
        if not is_reference(reference):
            return None
        # All refusals, and of the many other notes no more than a turn's.
        self._notes.write_some()
        with self._store.reading() as unit:
            found = unit.client_days.of_reference(reference)
        return None if found is None else (found.client_id, faults([found])[0])

    def glances(self, actor: Actor, listed: Sequence[str]) -> Mapping[str, Glance]:
        """Return of each application that is listed, by id, its last use and its refusals: one statement for them all.

        Raises:
            ForbiddenError: not the actor's to see.
            Unavailable: the store does not answer.
        """
        now = self._clock()
        actor.permit("clients.list", now)
        self._notes.write(frozenset(listed))
        with self._store.reading() as unit:
            found = unit.client_days.summary(now - (DAYS - 1) * DAY)
        return {
            client_id: Glance(last_used, refused, last_used is None and _whole(created_at, now))
            for client_id in listed
            for created_at, last_used, refused in [found.get(client_id, (0, None, 0))]
        }


def is_reference(text: str) -> bool:
    """Whether a text has the form of a request's reference (`idp.wire.references`)."""
    return _REFERENCE.fullmatch(text) is not None


def faults(found: Sequence[Noted]) -> list[Fault]:
    """Return the refusals among notes, those of one kind and aspect as one, the latest first."""
    held: dict[tuple[str, str], Fault] = {}
    for one in sorted(found, key=lambda note: note.last_at):
        if one.kind not in _FAULTS:
            continue
        before = held.get((one.kind, one.aspect))
        count, first = (before.count, before.first_at) if before is not None else (0, one.first_at)
        near = (one.sent, one.registered) if one.sent or before is None else (before.sent, before.registered)
        held[one.kind, one.aspect] = Fault(
            one.kind, one.aspect, count + one.count, first, one.last_at, *near, one.reference
        )
    return sorted(held.values(), key=lambda fault: (-fault.last_at, fault.kind, fault.aspect))


def _whole(created_at: int, now: int) -> bool:
    """Whether all days of an application of that age are kept."""
    return created_at > now - KEPT


def _days(found: Sequence[Noted]) -> list[Day]:
    days = {one.day for one in found}
    steps = {day: {kind.value: count for kind in STEPS if (count := _count(found, day, {kind.value}))} for day in days}
    return [Day(day, steps[day], _count(found, day, _FAULTS)) for day in sorted(days, reverse=True)]


def _count(found: Sequence[Noted], day: int, kinds: frozenset[str] | set[str]) -> int:
    return sum(one.count for one in found if one.day == day and one.kind in kinds)
