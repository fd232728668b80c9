"""The brake of the sign-in: counts before the password is checked, so that parallel guesses cannot beat it (V-54).

Three things are counted: the dossier on this network, the dossier on all networks, the network. Nothing locks for good
and nothing here stops FranceConnect. When the shared counters do not answer, those of their stand-in count more
strictly; without one, or when it does not answer either, each process counts alone and as strictly: never openly
(R-12, N-136).
"""

import hashlib
import logging
from collections.abc import Callable
from typing import Final, Literal

from idp.clock import Clock
from idp.records import dataclass
from idp.services.local_counters import LocalCounters
from idp.services.throttle_policy import DAY, HOUR, Limits, is_exempt, pace, pair_delay, suspicious, wide_delay
from idp.upstream_ports import KeyValue, KeyValueUnavailable

log = logging.getLogger("idp.throttle")

Cause = Literal["dossier", "dossier_everywhere", "network"]

_TURN: Final = 10
"""Seconds a taken turn stays taken if its process dies before it has counted."""

_DIGITS: Final = 20
"""No counter of ours has as many: what has, somebody else wrote."""

_FULL: Final = 30
"""Seconds to wait when even this process can count no more."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A sign-in that must wait `retry_after` seconds; its password was not looked at."""

    retry_after: int
    cause: Cause


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave to check one password, already counted as a failure; `retry_after` is the wait if it is one.

    `attempt` and `slot` are the turn and the place of the day that it holds.
    """

    dossier: str
    network: str
    retry_after: int
    attempt: int
    slot: str
    counters: "Counters"


class Counters:
    """The counting itself, over one key-value store with one set of limits."""

    def __init__(self, kv: KeyValue, limits: Limits, clock: Clock) -> None:
        self._kv = kv
        self._limits = limits
        self._clock = clock

    def admit(self, dossier: str, network: str) -> Permit | Refused:
        """Take a turn, or say how long to wait. Raises `KeyValueUnavailable`."""
        now = self._clock()
        pair, hour, minute = f"{dossier}:{network}", f"{network}:{now // HOUR}", f"{now // 60}"
        names = (f"until:{pair}", f"until:{dossier}", f"count:{pair}", f"sprayed:{hour}", f"bad:{hour}", f"good:{hour}")
        *held, first = self._kv.many(*names, f"bad:{minute}", f"good:{minute}", f"slot:{dossier}:0")
        here, everywhere, done, sprayed, bad, good, all_bad, all_good = (_integer(value) or 0 for value in held)
        if here > now:
            return Refused(here - now, "dossier")
        if everywhere > now:
            return Refused(everywhere - now, "dossier_everywhere")
        seconds = pace(self._limits, network_failures=bad - good, sprayed=sprayed, all_failures=all_bad - all_good)
        if seconds and not self._kv.add(f"pace:{network}", b"%d" % (now + seconds), seconds):
            return Refused(max(1, self._rest(f"pace:{network}", now)), "network")
        if first is None:
            # The next turn and the first place of the day, which whoever has not failed today gets: all at once.
            place = f"slot:{dossier}:0"
            turn = (f"turn:{pair}:{done}", b"1", self._hold(done))
            counts = self._kv.claim([turn, (place, b"%d" % (now + DAY), DAY)], self._counters(dossier, network, now))
            if counts is not None:
                return self._counted(dossier, network, done, place, now, counts)
        attempt = self._turn(pair, done)
        if attempt is None:
            return Refused(max(1, self._rest(f"until:{pair}", now)), "dossier")
        slot = self._slot(dossier, now, first)
        if isinstance(slot, Refused):
            self._kv.delete(f"turn:{pair}:{attempt}")
            return slot
        counts = self._kv.count(self._counters(dossier, network, now))
        return self._counted(dossier, network, attempt, slot, now, counts)

    def succeeded(self, permit: Permit) -> None:
        """Forget the failures of this dossier on this network, and this attempt everywhere."""
        pair = f"{permit.dossier}:{permit.network}"
        turns = (f"turn:{pair}:{number}" for number in range(permit.attempt + 1))
        failures = (f"count:{pair}", f"until:{pair}", f"wide:{permit.dossier}", f"until:{permit.dossier}")
        self._good(permit.network, permit.slot, *failures, *turns)

    def withdrawn(self, permit: Permit) -> None:
        """Give back an attempt whose password was never looked at; failures before it stay counted."""
        pair = f"{permit.dossier}:{permit.network}"
        turn = f"turn:{pair}:{permit.attempt}"
        self._good(permit.network, permit.slot, f"until:{pair}", f"until:{permit.dossier}", turn)

    def failed(self, permit: Permit) -> None:
        """Note which dossier failed on a network: many different ones are a spraying (N-097), and suspect (N-096)."""
        place, hour = permit.network, self._clock() // HOUR
        fresh = self._kv.add(f"seen:{place}:{hour}:{permit.dossier}", b"1", HOUR)
        spread = f"sprayed:{place}:{hour}"
        sprayed = self._kv.increment(spread, HOUR) if fresh else self._number(spread)
        if fresh and sprayed == self._limits.sprayed_dossiers:
            log.warning("password spraying suspected network=%s dossiers=%d", place, sprayed)
        if suspicious(self._limits, network_failures=self._failures(f"{place}:{hour}"), sprayed=sprayed):
            self._kv.set(f"suspect:{place}", b"1", HOUR)

    def suspects(self, network: str) -> bool:
        """Whether a network has failed so often lately that its sign-ins must show a captcha."""
        return self._kv.get(f"suspect:{network}") is not None

    def _good(self, network: str, *forget: str) -> None:
        """Forget what an attempt that was none has counted, and say that it was none."""
        now = self._clock()
        self._kv.count([(f"good:{network}:{now // HOUR}", HOUR), (f"good:{now // 60}", 120)], forget)

    def _turn(self, pair: str, done: int) -> int | None:
        """Take the number of the next attempt after those done; of parallel callers each number goes to one.

        As many may run side by side as there are free failures left; after these, one at a time.
        """
        for number in range(done, max(done, self._limits.free_failures) + 1):
            if self._kv.add(f"turn:{pair}:{number}", b"1", self._hold(number)):
                return number
        return None

    def _hold(self, number: int) -> int:
        """Return the seconds that a turn stays taken."""
        return max(_TURN, pair_delay(self._limits, number + 1))

    def _slot(self, dossier: str, now: int, first: bytes | None) -> str | Refused:
        """Take one of the day's places of a dossier: each is free again exactly 24 hours later.

        `first` is what lay in the first, which is free of whoever has not failed today.
        """
        frees = []
        for place in range(self._limits.daily_failures):
            key = f"slot:{dossier}:{place}"
            held = self._kv.get(key) if place else first
            if held is None and self._kv.add(key, b"%d" % (now + DAY), DAY):
                return key
            frees.append(_integer(held) or now + DAY)
        return Refused(max(1, min(frees) - now), "dossier_everywhere")

    @staticmethod
    def _counters(dossier: str, network: str, now: int) -> list[tuple[str, int]]:
        """Return what an attempt counts in, with its lives: this dossier here, everywhere, this network, the house."""
        own, everybody = (f"count:{dossier}:{network}", DAY), (f"wide:{dossier}", DAY)
        return [own, everybody, (f"bad:{network}:{now // HOUR}", HOUR), (f"bad:{now // 60}", 120)]

    def _counted(self, dossier: str, network: str, attempt: int, slot: str, now: int, counts: list[int]) -> Permit:
        pair = f"{dossier}:{network}"
        wait, wide = pair_delay(self._limits, counts[0]), wide_delay(self._limits, counts[1])
        if wait:
            self._kv.set(f"until:{pair}", b"%d" % (now + wait), wait)
        if wide:
            self._kv.set(f"until:{dossier}", b"%d" % (now + wide), wide)
        return Permit(dossier, network, max(wait, wide), attempt, slot, self)

    def _failures(self, key: str) -> int:
        return self._number(f"bad:{key}") - self._number(f"good:{key}")

    def _rest(self, key: str, now: int) -> int:
        return self._number(key) - now

    def _number(self, key: str) -> int:
        return _integer(self._kv.get(key)) or 0


def _integer(value: bytes | None) -> int | None:
    return int(value) if value is not None and len(value) < _DIGITS and value.isdigit() else None


@dataclass(frozen=True, slots=True)
class Attempt:
    """What the brake said to one sign-in, and where to tell how it ended.

    `retry_after` is in seconds: the wait before another try if this one is not granted, or if its password is wrong.
    An `exempt` one counts nothing.
    """

    retry_after: int
    cause: Cause | None = None
    permit: Permit | None = None
    exempt: bool = False

    @property
    def granted(self) -> bool:
        """Whether the password may be looked at. It is counted as wrong until `succeeded` says otherwise."""
        return self.exempt or self.permit is not None

    def succeeded(self) -> None:
        """Tell that the password was right."""
        self._tell(Counters.succeeded)

    def withdrawn(self) -> None:
        """Tell that the password was never looked at, because something else was unavailable."""
        self._tell(Counters.withdrawn)

    def failed(self) -> None:
        """Tell that the password was wrong."""
        self._tell(Counters.failed)

    def _tell(self, verb: Callable[[Counters, Permit], None]) -> None:
        if self.permit is None:
            return
        try:
            verb(self.permit.counters, self.permit)
        except KeyValueUnavailable:
            # The attempt stays counted as a failure: that costs the member a delay, never the fund a guess.
            log.warning("shared counters unavailable, the end of an attempt is not noted")


class Throttle:
    """The brake, over the shared counters; over those that stand in, or this process's own, when those are gone.

    Args:
        kv: shared key-value store.
        limits: the numbers.
        clock: present time.
        stand_in: shared store that answers only while `kv` does not; None where there is none.
    """

    def __init__(self, kv: KeyValue, limits: Limits, clock: Clock, stand_in: KeyValue | None = None) -> None:
        self._limits = limits
        self._between = () if stand_in is None else (Counters(stand_in, limits.standing_in(), clock),)
        self._shared = Counters(kv, limits, clock)
        self._alone = Counters(LocalCounters(clock), limits.stricter(), clock)

    def admit(self, reference: str, network: str) -> Attempt:
        """Ask leave to check one password.

        Args:
            reference: keyed hash of the canonical dossier number, so that no spelling escapes the count (V-53).
            network: the network that asks, as the door names it.
        """
        if is_exempt(self._limits, network):
            return Attempt(0, exempt=True)
        place = hashlib.sha256(network.encode()).hexdigest()[:16]
        for counters in (self._shared, *self._between, self._alone):
            try:
                answer = counters.admit(reference, place)
            except KeyValueUnavailable:
                log.warning("sign-in counters unavailable, the next ones are stricter")
                continue
            if isinstance(answer, Refused):
                return Attempt(answer.retry_after, answer.cause)
            return Attempt(answer.retry_after, permit=answer)
        return Attempt(_FULL, "network")

    def suspects(self, network: str) -> bool:
        """Whether sign-ins of a network must show that a person makes them; for an hour after its last failure.

        Where the shared counters do not answer, every network is suspect: an outage never opens the door.
        """
        if is_exempt(self._limits, network):
            return False
        place = hashlib.sha256(network.encode()).hexdigest()[:16]
        try:
            return self._shared.suspects(place) or self._alone.suspects(place)
        except KeyValueUnavailable:
            log.warning("sign-in counters unavailable, every network is suspect")
            return True
