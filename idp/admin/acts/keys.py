"""The signing keys: each with its state, who has read the published set, a rotation without waiting, an emergency.

An emergency drops the keys of some algorithms at once, because somebody else may have them, and replaces the secret of
access tokens, which lies beside them: every one issued before is dead. One person prepares a plan that says what goes
and what dies with it; another one carries it out within an hour (decision note 0015).
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from idp.admin.actor import Actor
from idp.admin.acts.refusals import ConflictError, RefusedError
from idp.admin.four_eyes import Arguments, Carry, FourEyes
from idp.clock import Clock
from idp.records import dataclass
from idp.services.audit import AuditLog
from idp.services.key_management import Change, KeyManagement, KeysChangedError, KeyStatus, KeyStore
from idp.services.key_readers import KeyReaders
from idp.services.token_secret import replace_token_secret
from idp.store.db import Store
from idp.store.key_readers import KeyReader
from idp.store.proposals import Proposal

EMERGENCY: Final = "keys.emergency"
EMERGENCY_LIFETIME: Final = 3600
"""Seconds within which a second person must carry a plan out: later, the keys are others and so is the danger."""
LONGEST_REASON: Final = 2000
_SIGNATURES: Final = (
    "id_token_signed_response_alg",
    "userinfo_signed_response_alg",
    "introspection_signed_response_alg",
)
"""What an application registers of our signatures, as members of a client."""


@dataclass(frozen=True, slots=True)
class KeyState:
    """A key now. Times are Unix seconds.

    `since` is when it came into its state; `until` when the next one is due: a key that is `next` begins to sign,
    an `active` one is rotated, a `retired` one is removed.
    """

    key: KeyStatus
    since: int
    until: int


@dataclass(frozen=True, slots=True)
class ReaderState:
    """A client at an address from which it calls, and whether the newest key was in what was last read there.

    `applications` call from there, this one counted: where it is not alone, any of them may have read, and nobody can
    tell which.
    """

    reader: KeyReader
    has_newest: bool
    applications: int = 1

    @property
    def sure(self) -> bool:
        """Whether this very application has the newest key, as far as an address can say it."""
        return self.has_newest and self.applications == 1


@dataclass(frozen=True, slots=True)
class KeysNow:
    """Every key, by algorithm and generation, when the newest was published (0 without keys), and who reads them.

    `stranded` are the applications that registered a signature which the house does not make any more: their sign-ins
    fail until they register another one.
    """

    keys: Sequence[KeyState]
    newest_at: int
    readers: Sequence[ReaderState]
    stranded: Sequence[str]

    @property
    def behind(self) -> tuple[str, ...]:
        """The applications that call from somewhere and have the newest key nowhere."""
        have = {one.reader.client_id for one in self.readers if one.has_newest}
        return tuple(sorted({one.reader.client_id for one in self.readers} - have))

    @property
    def unsure(self) -> tuple[str, ...]:
        """The applications that may have the newest key: it was read where they call from, and where others do too."""
        sure = {one.reader.client_id for one in self.readers if one.sure}
        return tuple(sorted({one.reader.client_id for one in self.readers if one.has_newest} - sure))


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a rotation did: nothing where one is under way.

    `behind` are the applications that had not read the set of before: they are the ones to ask whether they fetch it.
    """

    changes: Sequence[Change]
    behind: Sequence[str]


@dataclass(frozen=True, slots=True)
class DroppedKey:
    """A key that an emergency drops, as it was when the plan was made."""

    kid: str
    algorithm: str
    use: str
    state: str


@dataclass(frozen=True, slots=True)
class EmergencyPlan:
    """What an emergency does: the whole of it, for whoever reviews it.

    No access token issued before counts here any more. `jwt_access_tokens` is how many members' living ones are signed
    (those for a named resource), beside what programs hold for themselves: resource servers that do not ask refuse the
    ones that these keys signed, and believe the others until they expire. `tokens_until`, in Unix seconds, is when the
    last token of today would have expired. `behind` are the applications that had not read the
    newest keys even before.
    """

    reason: str
    drops: Sequence[DroppedKey]
    jwt_access_tokens: int
    tokens_until: int
    behind: Sequence[str]

    def told(self) -> dict[str, Any]:
        """Return the plan as JSON values."""
        return {**asdict(self), "drops": [asdict(one) for one in self.drops], "behind": list(self.behind)}


@dataclass(frozen=True, slots=True)
class PreparedEmergency:
    """A plan that waits for a second person."""

    plan: EmergencyPlan
    proposal: Proposal


class KeyActs:
    """What may be done with the keys.

    Args:
        store: counts the tokens that are alive.
        eyes: keeps what waits for a second person.
        management: the stored keys.
        readers: who has read them.
        trail: told of each change, in its transaction.
        clock: Unix seconds.
    """

    def __init__(
        self,
        store: Store,
        eyes: FourEyes,
        management: KeyManagement,
        readers: KeyReaders,
        trail: AuditLog,
        clock: Clock,
    ) -> None:
        self._store = store
        self._eyes = eyes
        self._management = management
        self._readers = readers
        self._trail = trail
        self._clock = clock

    def status(self, actor: Actor) -> KeysNow:
        """Return the keys and who has read the newest, never anything private.

        Raises:
            ForbiddenError: not the actor's to see.
            Unavailable: the store does not answer.
        """
        actor.permit("keys.status", self._clock())
        return self._now()

    def rotate(self, actor: Actor, algorithm: str | None = None) -> Rotation:
        """Publish a new key now, to sign once readers have had time to see it; the old one stays published.

        Args:
            actor: who does it.
            algorithm: whose key; None: of every algorithm that the house signs or is encrypted to with.

        Raises:
            ForbiddenError, StaleSignInError: not now, or not by this actor.
            ConflictError: no keys of this algorithm are kept.
            Unavailable: nothing was done.
        """
        actor.permit("keys.rotate", self._clock())
        if algorithm is not None and algorithm not in self._management.algorithms:
            raise ConflictError("no keys of this algorithm are kept", "algorithm")
        self._eyes.ask(actor, "keys.rotate", {"algorithm": algorithm})
        behind = self._now().behind

        def told(store: KeyStore, changes: Sequence[Change]) -> None:
            made = " ".join(one.kid for one in changes if one.action != "retire")
            asked = {"algorithm": algorithm} if algorithm else {}
            self._trail.within_session(store.session, "keys_rotated", kids=made, **asked, **actor.facts())

        return Rotation(self._management.rotate(algorithm, told), behind)

    def prepare_emergency(self, actor: Actor, algorithms: Collection[str], reason: str) -> PreparedEmergency:
        """Plan to drop all keys of some algorithms at once, for a second person to carry out; nothing is dropped yet.

        Args:
            actor: who does it.
            algorithms: whose keys; empty: of every algorithm that signs.
            reason: why, kept on record.

        Raises:
            ForbiddenError, StaleSignInError: not now, or not by this actor.
            RefusedError: there is no reason.
            ConflictError: there are no keys of one of the algorithms, or too many proposals wait.
            Unavailable: nothing was done.
        """
        actor.permit(EMERGENCY, self._clock())
        why = " ".join(reason.split())
        if not why or len(why) > LONGEST_REASON:
            raise RefusedError(f"an emergency has a reason, of {LONGEST_REASON} characters at most", "reason")
        plan = self._plan(frozenset(algorithms), why)
        return PreparedEmergency(plan, self._eyes.propose(actor, EMERGENCY, plan.told(), EMERGENCY_LIFETIME))

    @property
    def carries(self) -> Mapping[str, Carry]:
        """What a second person may approve."""

        def rotate(actor: Actor, told: Arguments) -> str:
            self.rotate(actor, told["algorithm"])
            return ""

        return {"keys.rotate": rotate, EMERGENCY: self._emergency}

    def _emergency(self, actor: Actor, told: Arguments) -> str:
        """Drop the keys of a plan, as the second person; the new ones sign at once, and access tokens begin anew."""
        actor.permit(EMERGENCY, self._clock())
        kids = [one["kid"] for one in told["drops"]]

        def recorded(store: KeyStore, changes: Sequence[Change]) -> None:
            number = replace_token_secret(store.session, self._management.sealer)
            for action in ("drop", "create"):
                facts = {"action": action, "kids": " ".join(one.kid for one in changes if one.action == action)}
                if action == "create":
                    facts["token_secret"] = str(number)
                self._trail.within_session(
                    store.session, "keys_replaced", reason=told["reason"], **facts, **actor.facts()
                )

        try:
            self._management.replace(kids, recorded)
        except KeysChangedError:
            raise ConflictError("the keys are not those of the plan any more: prepare another one") from None
        return ""

    def _plan(self, algorithms: frozenset[str], why: str) -> EmergencyPlan:
        found, now = self._now(), self._clock()
        rows = [one.key for one in found.keys]
        wanted = algorithms or {one.algorithm for one in rows if one.use == "sig"}
        if not wanted or not wanted <= {one.algorithm for one in rows}:
            raise ConflictError("there are no keys of this algorithm", "algorithms")
        drops = [DroppedKey(one.kid, one.algorithm, one.use, one.state) for one in rows if one.algorithm in wanted]
        with self._store.reading() as unit:
            alive = unit.grants.signed_alive(now)
        return EmergencyPlan(why, drops, alive, now + self._management.longest_token, found.behind)

    def _now(self) -> KeysNow:
        rows, now = self._management.status(), self._clock()
        newest = _newest(rows)
        found = self._readers.report()
        there = Counter(one.address for one in found)
        readers = [ReaderState(one, (one.newest_read or -1) >= newest, there[one.address]) for one in found]
        return KeysNow([_state(row, now) for row in rows], newest, readers, self._stranded())

    def _stranded(self) -> list[str]:
        kept = {None, "", *self._management.algorithms}
        with self._store.reading() as unit:
            found = [one for one in unit.clients.list() if one.enabled]
        return [one.client_id for one in found if not {getattr(one, name) for name in _SIGNATURES} <= kept]


def _newest(rows: Sequence[KeyStatus]) -> int:
    """Return when the newest key that readers can see was published; 0 without keys.

    A key to encrypt to stands in the JWKS only while it is in force.
    """
    return max((row.published_at for row in rows if row.use == "sig" or row.state == "active"), default=0)


def _state(row: KeyStatus, now: int) -> KeyState:
    if row.state == "next":
        return KeyState(row, row.published_at, row.active_from)
    if row.state == "active":
        return KeyState(row, row.active_from, row.retire_at)
    # A key whose algorithm was given up keeps its planned end until the worker has looked.
    return KeyState(row, min(row.retire_at, now), row.drop_at)
