"""The chain over the security events: tampering with what was recorded is found afterwards (N-154).

Events are plain rows, so that recording one costs a sign-in nothing. Every minute the worker seals those that have come
to rest: one keyed digest an event, one over them all, and a keyed hash that takes in the seal before. The key derives
from the house's secret, which the database holds sealed only: whoever can write to the database alone cannot make a
seal. What no chain can show by itself is that its newest end was cut off; its head is logged at every seal, and may be
kept elsewhere and held against it.
"""

import hashlib
import hmac
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Any, Final

from idp.clock import Clock
from idp.records import dataclass
from idp.store.audit_seals import Seal
from idp.store.db import Store, once

log = logging.getLogger("idp.audit")

REST: Final = 60
"""Seconds after which an event has come to rest: the transaction that wrote it is over, whatever became of it."""
MOST: Final = 500
"""Events under one seal."""
LONGEST: Final = 300
"""Seconds for which few events wait for more before they are sealed."""
DIGEST_BYTES: Final = 16
BEGINNING: Final = "0" * 64
"""What the first seal names as the one before it."""


class Kind(StrEnum):
    """What is wrong with an event or a seal."""

    CHANGED = "changed"
    """The event is not what was sealed."""
    MISSING = "missing"
    """An event that was sealed is gone."""
    ADDED = "added"
    """An event stands where none was when its neighbours were sealed."""
    FORGED = "forged"
    """The seal was not made by this house, or was altered."""
    UNLINKED = "unlinked"
    """The seal does not follow the one before it: one is missing between them, or their order was changed."""
    EARLY = "early"
    """Retention took the events away before their time."""
    CUT = "cut"
    """The chain ends before the head that was kept elsewhere."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong: which seal, and which event where it is one event."""

    kind: Kind
    seal: int
    event: int | None = None


@dataclass(frozen=True, slots=True)
class Verified:
    """What a verification found. `head` is the newest seal's number and hash, to be kept elsewhere.

    `unsealed` counts the events that no seal covers yet; `late` says that they have waited for too long.
    """

    seals: int
    events: int
    unsealed: int
    late: bool
    head: tuple[int, str]
    faults: tuple[Fault, ...]


class AuditChain:
    """Makes seals and verifies them.

    Args:
        store: where events and seals are.
        key: at least 32 bytes, the same on every node and for as long as events are kept.
        clock: Unix seconds.
        keep: seconds for which events are kept.
    """

    def __init__(self, store: Store, key: bytes, clock: Clock, keep: int) -> None:
        self._store = store
        self._key = key
        self._clock = clock
        self._keep = keep

    def seal(self) -> int:
        """Seal what has come to rest; return how many events that was. Safe on several nodes at once."""
        total = 0
        while count := once(self._seal_once):
            total += count
        return total

    def purge(self, limit: int = 500) -> int:
        """Take away the events of whole seals that retention no longer allows, some `limit`; return how many went."""
        now = self._clock()
        with self._store.begin() as unit:
            return unit.audit_seals.wipe(now - self._keep, now, limit)

    def verify(self, head: tuple[int, str] | None = None) -> Verified:
        """Hold every event against its seal and every seal against the one before it.

        Args:
            head: a seal's number and hash that were kept elsewhere; the chain must still contain it.

        Raises:
            Unavailable: the store does not answer.
        """
        now = self._clock()
        before = Seal(0, 0, 0, 0, 0, "", "", BEGINNING, b"")
        faults: list[Fault] = []
        seals = events = 0
        found_head = head is None
        for seal in self._seals():
            faults += self._of_link(before, seal)
            faults += self._of_seal(seal, now)
            count, wrong = self._of_events(before, seal)
            faults += wrong
            seals, events, before = seals + 1, events + count, seal
            found_head = found_head or head == (seal.number, seal.mac)
        if not found_head and head is not None:
            faults.append(Fault(Kind.CUT, head[0]))
        with self._store.reading() as unit:
            unsealed, oldest = unit.audit_seals.waiting(before.last_id)
        late = oldest is not None and now - oldest > 2 * (REST + LONGEST)
        return Verified(seals, events, unsealed, late, (before.number, before.mac), tuple(faults))

    # Making

    def _seal_once(self) -> int:
        now = self._clock()
        with self._store.begin() as unit:
            latest = unit.audit_seals.latest()
            waiting = unit.audit_seals.events(latest.last_id if latest else 0, MOST)
            resting = _resting(waiting, now)
            if not resting or (len(resting) < MOST and now - resting[0]["time"] < LONGEST):
                return 0
            seal = self._made(latest, resting, now)
            if not unit.audit_seals.add(seal):
                return 0
        log.info("audit sealed %d %s", seal.number, seal.mac, extra={"event": "audit_sealed"})
        return len(resting)

    def _made(self, latest: Seal | None, events: Sequence[Mapping[str, Any]], now: int) -> Seal:
        digests = b"".join(self._digest(event) for event in events)
        seal = Seal(
            number=1 if latest is None else latest.number + 1,
            first_id=events[0]["id"],
            last_id=events[-1]["id"],
            last_time=max(event["time"] for event in events),
            sealed_at=now,
            digest=hashlib.sha256(digests).hexdigest(),
            previous=BEGINNING if latest is None else latest.mac,
            mac="",
            digests=digests,
        )
        return replace(seal, mac=self._mac(seal))

    def _mac(self, seal: Seal) -> str:
        members = [seal.number, seal.first_id, seal.last_id, seal.last_time, seal.sealed_at, seal.digest, seal.previous]
        return hmac.digest(self._key, json.dumps(members).encode(), hashlib.sha256).hex()

    def _digest(self, event: Mapping[str, Any]) -> bytes:
        content = json.dumps(event, sort_keys=True, separators=(",", ":"))
        return hmac.digest(self._key, content.encode(), hashlib.sha256)[:DIGEST_BYTES]

    # Verifying

    def _seals(self) -> Iterator[Seal]:
        number = 0
        while True:
            with self._store.reading() as unit:
                batch = unit.audit_seals.after(number, 20)
            if not batch:
                return
            yield from batch
            number = batch[-1].number

    def _of_link(self, before: Seal, seal: Seal) -> Iterator[Fault]:
        follows = seal.number == before.number + 1 and seal.previous == before.mac and seal.first_id > before.last_id
        if not follows:
            yield Fault(Kind.UNLINKED, seal.number)

    def _of_seal(self, seal: Seal, now: int) -> Iterator[Fault]:
        whole = seal.wiped_at is not None or seal.digest == hashlib.sha256(seal.digests).hexdigest()
        if not whole or not hmac.compare_digest(seal.mac, self._mac(seal)):
            yield Fault(Kind.FORGED, seal.number)
        if seal.wiped_at is not None and seal.last_time > now - self._keep:
            yield Fault(Kind.EARLY, seal.number)

    def _of_events(self, before: Seal, seal: Seal) -> tuple[int, list[Fault]]:
        """Compare the events up to a seal's end, those that stand before its beginning included."""
        with self._store.reading() as unit:
            # More than a seal can cover means that some were added; a few of them are enough to tell.
            events = unit.audit_seals.events(before.last_id, 2 * MOST, last=seal.last_id)
        added = [event["id"] for event in events if event["id"] < seal.first_id or seal.wiped_at is not None]
        faults = [Fault(Kind.ADDED, seal.number, one) for one in added]
        if seal.wiped_at is not None:
            return 0, faults
        expected = [seal.digests[i : i + DIGEST_BYTES] for i in range(0, len(seal.digests), DIGEST_BYTES)]
        present = [event for event in events if event["id"] >= seal.first_id]
        return len(present), faults + self._compared(seal, expected, present)

    def _compared(self, seal: Seal, expected: list[bytes], present: list[Mapping[str, Any]]) -> list[Fault]:
        digests = {event["id"]: self._digest(event) for event in present}
        sealed = set(expected)
        if len(expected) == len(present):
            pairs = zip(digests.items(), expected, strict=True)
            return [Fault(Kind.CHANGED, seal.number, one) for (one, digest), right in pairs if digest != right]
        strange = [one for one, digest in digests.items() if digest not in sealed]
        kind = Kind.ADDED if len(present) > len(expected) else Kind.CHANGED
        faults = [Fault(kind, seal.number, one) for one in strange]
        gone = len(sealed - set(digests.values())) - (len(strange) if kind is Kind.CHANGED else 0)
        return faults + [Fault(Kind.MISSING, seal.number)] * max(0, gone)


def _resting(events: Sequence[Mapping[str, Any]], now: int) -> list[Mapping[str, Any]]:
    """Return the events before the first that may still have company: ids are given before a transaction ends."""
    resting = []
    for event in events:
        if event["time"] > now - REST:
            break
        resting.append(event)
    return resting
