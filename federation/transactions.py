"""What is pending between two requests of one browser: the trip to the upstream, then the link.

Both live in the key-value store under a digest of the browser's id and of a random value, so a
`state` that is brought to another browser finds nothing there and spoils nothing (V-70). Each is
spent by one atomic `take`. A `state` leaves a short trace behind, so that a second callback (reload,
double click, prefetch) is sent on instead of replaying a code, which would kill the first login's
tokens.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, field
from typing import Any, Literal

from idp.records import dataclass
from idp.upstream import CivilStatus, Member
from idp.upstream_ports import KeyValue, Seal

Purpose = Literal["login", "link"]
Step = Literal["proof", "choice"]

TRIP_SECONDS = 1800
"""As long as FranceConnect's own session and interaction."""
TRACE_SECONDS = 300
LINK_SECONDS = 900
INVITATION_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Trip:
    """A browser on its way to the upstream and back, started for one purpose (N-060).

    ``member`` is who links the identity that comes back; None for a sign-in, whose ``interaction`` it then is.
    """

    purpose: Purpose
    interaction: str
    nonce: str = field(repr=False)
    member: Member | None = None


@dataclass(frozen=True, slots=True)
class Started:
    """The two values to send along: 64 hexadecimal characters each."""

    state: str = field(repr=False)
    nonce: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Repeated:
    """The trip was finished before: ``location`` is where that led, None while it still runs."""

    interaction: str
    location: str | None


class Trips:
    """Pending trips to one upstream. Every verb may raise `KeyValueUnavailable`."""

    def __init__(self, kv: KeyValue, random: Callable[[int], bytes], provider: str) -> None:
        self._kv, self._random, self._provider = kv, random, provider

    def invite(self, browser: str, member: Member) -> str:
        """Let a member of this browser start one trip to link an identity; return the handle that starts it."""
        handle = self._random(24).hex()
        self._kv.set(self._key("invitation", browser, handle), _dump(asdict(member)), INVITATION_SECONDS)
        return handle

    def accept(self, browser: str, handle: str) -> Member | None:
        """Spend an invitation: of two callers one gets it; None if unknown here."""
        stored = self._kv.take(self._key("invitation", browser, handle))
        return None if stored is None else Member(**json.loads(stored))

    def begin(self, browser: str, purpose: Purpose, interaction: str, member: Member | None = None) -> Started:
        """Note a new trip and return its fresh `state` and `nonce`."""
        started = Started(state=self._random(32).hex(), nonce=self._random(32).hex())
        trip = Trip(purpose, interaction, started.nonce, member)
        self._kv.set(self._key("trip", browser, started.state), _dump(asdict(trip)), TRIP_SECONDS)
        return started

    def finish(self, browser: str, state: str) -> Trip | Repeated | None:
        """Spend a trip: of two callers one gets it, the other `Repeated`; None if unknown."""
        key, trace = self._key("trip", browser, state), self._key("trace", browser, state)
        stored = self._kv.get(key)
        if stored is None:
            return self._repeated(trace)
        value = json.loads(stored)
        trip = Trip(**value | {"member": _member(value["member"])})
        # The trace comes first, or a second callback could fall between the two and find nothing.
        if not self._kv.add(trace, _dump({"interaction": trip.interaction}), TRACE_SECONDS):
            return self._repeated(trace)
        return trip if self._kv.take(key) is not None else None

    def remember(self, browser: str, state: str, interaction: str, location: str) -> None:
        """Note where a finished trip led, for a callback that comes again."""
        value = _dump({"interaction": interaction, "location": location})
        self._kv.set(self._key("trace", browser, state), value, TRACE_SECONDS)

    def _repeated(self, trace: str) -> Repeated | None:
        stored = self._kv.get(trace)
        if stored is None:
            return None
        value = json.loads(stored)
        return Repeated(value["interaction"], value.get("location"))

    def _key(self, kind: str, browser: str, state: str) -> str:
        return key_of(kind, self._provider, browser, state)


@dataclass(frozen=True, slots=True)
class PendingLink:
    """A person the upstream vouches for, waiting to prove or to choose a dossier.

    The only place where a pivot identity outlives a request: sealed, 15 minutes at most, single
    use, bound to browser, step, provider and `sub`. `auth_time` is our clock at the callback.
    `member` is who links it from the account; None for a person who signs in.
    """

    step: Step
    issuer: str
    sub: str
    interaction: str
    auth_time: int
    civil: CivilStatus = field(repr=False)
    id_token: str = field(repr=False)
    accounts: tuple[str, ...] = ()
    member: Member | None = None


class PendingLinks:
    """Pending links of one upstream. Every verb may raise `KeyValueUnavailable`."""

    def __init__(self, kv: KeyValue, seal: Seal, random: Callable[[int], bytes], provider: str) -> None:
        self._kv, self._seal, self._random, self._provider = kv, seal, random, provider

    def park(self, browser: str, pending: PendingLink) -> str:
        """Store one and return its handle, random and of no use in another browser."""
        handle = self._random(24).hex()
        key = self._key(pending.step, browser, handle)
        self._kv.set(key, self._seal.seal(_dump(asdict(pending)), key.encode()), LINK_SECONDS)
        return handle

    def look(self, browser: str, step: Step, handle: str) -> PendingLink | None:
        """Return one without spending it, to show its page."""
        key = self._key(step, browser, handle)
        return self._open(key, self._kv.get(key))

    def spend(self, browser: str, step: Step, handle: str) -> PendingLink | None:
        """Return one and remove it: of two callers one gets it."""
        key = self._key(step, browser, handle)
        return self._open(key, self._kv.take(key))

    def attempt(self, browser: str, handle: str, most: int) -> bool:
        """Count an attempt at proving; return whether it is one of the first `most`. After those it is `tried_out`.

        That is kept as a value of its own, since a counter is not read under the name of one: where the store is
        another one for a while, counters go on and values begin anew.
        """
        allowed = self._kv.increment(self._key("attempts", browser, handle), LINK_SECONDS) <= most
        if not allowed:
            self._kv.set(self._key("tried-out", browser, handle), b"1", LINK_SECONDS)
        return allowed

    def tried_out(self, browser: str, handle: str) -> bool:
        """Whether there were too many attempts."""
        return self._kv.get(self._key("tried-out", browser, handle)) is not None

    def _open(self, key: str, sealed: bytes | None) -> PendingLink | None:
        if sealed is None:
            return None
        try:
            value: dict[str, Any] = json.loads(self._seal.unseal(sealed, key.encode()))
        except ValueError:
            # Sealed under a key that is gone, or not by us: as good as expired.
            return None
        civil: dict[str, Any] = value.pop("civil")
        civil["given_names"] = tuple(civil["given_names"])
        value["accounts"] = tuple(value["accounts"])
        value["member"] = _member(value["member"])
        return PendingLink(civil=CivilStatus(**civil), **value)

    def _key(self, kind: str, browser: str, handle: str) -> str:
        return key_of(kind, self._provider, browser, handle)


def _member(stored: dict[str, str] | None) -> Member | None:
    return None if stored is None else Member(**stored)


def key_of(kind: str, *parts: str) -> str:
    """Return a key of the store that tells nothing of its parts, and is no other parts' key."""
    return f"federation:{kind}:{digest_of(*parts)}"


def digest_of(*parts: str) -> str:
    """Return 64 hexadecimal characters that stand for these parts and for no others, however they are cut."""
    joined = b"".join(len(p.encode()).to_bytes(4, "big") + p.encode() for p in parts)
    return hashlib.sha256(joined).hexdigest()


def _dump(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
