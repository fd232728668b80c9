"""The upstream identity providers: how they are, paused and resumed by hand, and what they would do with a person."""

from collections.abc import Callable, Mapping, Sequence

from idp.admin.actor import Actor
from idp.admin.acts.refusals import RefusedError, UnknownError
from idp.admin.four_eyes import Arguments, Ask, Carry, alone
from idp.admin.pauses import LANGUAGES, LATEST, LONGEST_WORDS, sentence
from idp.clock import Clock
from idp.records import dataclass
from idp.services.audit import AuditLog
from idp.services.upstream_switch import UpstreamSwitch
from idp.upstream import Entrance, Outage, Upstream
from idp.upstream_desk import Explanation


@dataclass(frozen=True, slots=True)
class UpstreamState:
    """How an upstream is now. `members`: it opens members' accounts, and has a desk.

    `pause` is an operator's; `failing_since` (Unix seconds) is what the process that answers found out for itself,
    and None where its circuit breaker is closed.
    """

    name: str
    label: str
    members: bool
    pause: Outage | None
    failing_since: int | None


class UpstreamActs:
    """What may be done with the upstreams.

    Args:
        names: those that are enabled, in the order in which pages show them.
        switch: pauses them.
        upstreams: returns those that open members' accounts, by name.
        entrances: returns the others.
        trail: told of each identity that is explained.
        clock: Unix seconds.
        ask: whether a second person is wanted.
    """

    def __init__(
        self,
        names: Sequence[str],
        switch: UpstreamSwitch,
        upstreams: Callable[[], Mapping[str, Upstream]],
        entrances: Callable[[], Mapping[str, Entrance]],
        trail: AuditLog,
        clock: Clock,
        ask: Ask = alone,
    ) -> None:
        self._names = tuple(names)
        self._switch = switch
        self._upstreams = upstreams
        self._entrances = entrances
        self._trail = trail
        self._clock = clock
        self._ask = ask

    def pauses(self, actor: Actor) -> Mapping[str, Outage | None]:
        """Return the pause of each upstream, None for one that is offered.

        Raises:
            ForbiddenError: not the actor's to see.
        """
        actor.permit("federation.status", self._clock())
        return {name: self._switch.paused(name) for name in self._names}

    def status(self, actor: Actor) -> Sequence[UpstreamState]:
        """Return how each upstream is, as far as this process knows; nothing waits for one.

        Raises:
            ForbiddenError: not the actor's to see.
        """
        pauses, upstreams, entrances = self.pauses(actor), self._upstreams(), self._entrances()
        found = {**entrances, **upstreams}
        return [
            UpstreamState(name, found[name].label, name in upstreams, pause, found[name].failing_since())
            for name, pause in pauses.items()
        ]

    def pause(self, actor: Actor, name: str, *, until: int | None, words: Mapping[str, str], reason: str = "") -> None:
        """Withhold an upstream from the sign-in page, on every node within seconds.

        Args:
            actor: who does it.
            name: of the upstream.
            until: when the pause ends by itself, Unix seconds; None: when it is resumed.
            words: what members read instead of the house's sentence, by language (`fr`, `en`).
            reason: kept in the record; empty where nobody said one.

        Raises:
            ForbiddenError: not the actor's to do.
            UnknownError: no such upstream is enabled.
            RefusedError: the end is past or no date, or the words or the reason are none.
            Unavailable: nothing was done.
        """
        now = self._clock()
        actor.permit("federation.pause", now)
        self._known(name)
        if until is not None and not now < until <= LATEST:
            raise RefusedError("a pause ends in the future", "until")
        for language, text in words.items():
            if language not in LANGUAGES:
                raise RefusedError(f"words are in {' or '.join(LANGUAGES)}", "words")
            if not sentence(text):
                raise RefusedError(f"words are 1 to {LONGEST_WORDS} printable characters", "words")
        if reason and not sentence(reason):
            raise RefusedError(f"a reason is 1 to {LONGEST_WORDS} printable characters", "reason")
        why = {"reason": reason} if reason else {}
        self._ask(actor, "federation.pause", {"upstream": name, "until": until, "words": dict(words), **why})
        self._switch.pause(name, until=until, words=words, facts=actor.facts() | why)

    def resume(self, actor: Actor, name: str) -> bool:
        """Offer a paused upstream again; return whether it was paused.

        Raises:
            ForbiddenError: not the actor's to do.
            UnknownError: no such upstream is enabled.
            Unavailable: nothing was done.
        """
        actor.permit("federation.resume", self._clock())
        self._known(name)
        self._ask(actor, "federation.resume", {"upstream": name})
        return self._switch.resume(name, facts=actor.facts())

    @property
    def carries(self) -> Mapping[str, Carry]:
        """What a second person may approve."""

        def pause(actor: Actor, told: Arguments) -> str:
            why = told.get("reason", "")
            self.pause(actor, told["upstream"], until=told["until"], words=told["words"], reason=why)
            return ""

        def resume(actor: Actor, told: Arguments) -> str:
            self.resume(actor, told["upstream"])
            return ""

        return {"federation.pause": pause, "federation.resume": resume}

    def explain(self, actor: Actor, name: str, claims: Mapping[str, object]) -> Explanation:
        """Return what would happen to a person with these claims; nothing is changed, and the look is on record.

        Raises:
            ForbiddenError: not the actor's to ask.
            UnknownError: no such upstream opens members' accounts.
            Unavailable: the store does not answer, or the look could not be recorded.
        """
        actor.permit("federation.explain", self._clock())
        upstream = self._upstreams().get(name)
        if upstream is None:
            raise UnknownError(f"no upstream {name[:64]} opens members' accounts")
        found = upstream.explain(claims)
        self._trail(
            "federation.explained",
            account_id=found.dossiers[0].account_id if len(found.dossiers) == 1 else None,
            provider=name,
            dossiers=len(found.dossiers),
            **actor.facts(),
        )
        return found

    def _known(self, name: str) -> None:
        if name not in self._names:
            raise UnknownError(f"no upstream {name[:64]} is enabled")
