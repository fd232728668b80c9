"""Configuration as code: the file of what the database holds, what differs from one, and a file applied.

A file is applied through the acts of each thing, one after the other, each with its own line on record. Everything is
judged before the first; what stops half-way leaves the rest as a difference, and applying the file again goes on there.
Whoever may apply a file may do what it says, whichever role that takes by hand.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from typing import Final

from idp.admin.actor import Actor
from idp.admin.acts.configuration_steps import Steps
from idp.admin.acts.refusals import ConflictError, RefusedError, UnknownError
from idp.admin.configuration import document
from idp.admin.configuration.difference import Difference, Plan, compare
from idp.admin.configuration.document import Document, Fault, FaultyError, Held
from idp.admin.four_eyes import Arguments, Ask, Carry, alone
from idp.admin.roles import Role
from idp.clock import Clock
from idp.protocol.client_metadata.choices import Choices
from idp.protocol.errors import Unavailable
from idp.records import dataclass
from idp.services.audit import AuditLog
from idp.services.upstream_switch import UpstreamSwitch
from idp.store.configurations import Configuration
from idp.store.db import Store, once

_DIGEST: Final = 16
"""Characters of a digest on record."""


class StoppedError(RefusedError):
    """A file was applied in part: `done` of its changes were made, and `at` was refused.

    `secrets` are those of the applications that were made: nobody will see them again.
    """

    def __init__(self, applied: "Applied", done: int, at: Difference, reason: str) -> None:
        said = f"{done} changes were made, then {at.kind}.{at.name} was refused: {reason}"
        super().__init__(said, at.name, "stopped")
        self.applied = applied
        self.done = done
        self.at = at


@dataclass(frozen=True, slots=True)
class Applied:
    """A file that was applied: its number among those that are kept, what was changed.

    `secrets` are those of the applications that were made, by id: the only time that they are known.
    """

    number: int
    plan: Plan
    secrets: dict[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Drift:
    """The file that was applied last, and what would change if it were applied again.

    `plan` is None where no file ever was, or where it cannot be used any more: `faults` say why.
    """

    last: Configuration | None
    plan: Plan | None
    faults: tuple[Fault, ...] = ()


class ConfigurationActs:
    """What may be done with the configuration that the database holds.

    Args:
        store: where it is.
        steps: makes single changes.
        switch: pauses upstreams.
        names: the upstreams that are enabled.
        choices: returns what an application may register.
        trail: told of each file.
        clock: Unix seconds.
        ask: whether a second person is wanted.
    """

    def __init__(
        self,
        store: Store,
        steps: Steps,
        switch: UpstreamSwitch,
        names: Sequence[str],
        choices: Callable[[], Choices],
        trail: AuditLog,
        clock: Clock,
        ask: Ask = alone,
    ) -> None:
        self._store = store
        self._steps = steps
        self._switch = switch
        self._names = tuple(names)
        self._choices = choices
        self._trail = trail
        self._clock = clock
        self._ask = ask

    def export(self, actor: Actor) -> str:
        """Return what the database holds as a file (TOML), without a secret; the same state is the same text.

        Raises:
            ForbiddenError: not the actor's to see.
            Unavailable: the store does not answer.
        """
        actor.permit("config.export", self._clock())
        return document.export(self._held())

    def diff(self, actor: Actor, text: str, *, prune: bool = False) -> Plan:
        """Return what applying a file would change.

        Args:
            actor: who asks.
            text: the file.
            prune: disable the applications that it does not name.

        Raises:
            ForbiddenError: not the actor's to see.
            FaultyError: the file cannot be used; every fault at once.
            Unavailable: the store does not answer.
        """
        actor.permit("config.diff", self._clock())
        return self._judged(text, prune=prune)[2]

    def apply(self, actor: Actor, text: str, *, prune: bool = False, seen: str | None = None) -> Applied:
        """Make the database be as a file says.

        Args:
            actor: who does it.
            text: the file.
            prune: disable the applications that it does not name.
            seen: digest of the plan that the actor agreed to; None agrees to whatever there is to change.

        Raises:
            ForbiddenError, StaleSignInError: not now, or not by this actor.
            FaultyError: the file cannot be used; every fault at once, and nothing was done.
            ConflictError: what would change is not what the actor saw; nothing was done.
            RefusedError: an address of an application says otherwise than it does; nothing was done.
            StoppedError: it was applied in part.
            Unavailable: the store does not answer; nothing was done.
        """
        actor.permit("config.apply", self._clock())
        held, wanted, plan = self._judged(text, prune=prune)
        if seen is not None and seen != plan.digest:
            raise ConflictError("what would change is not what was shown: look again", "plan", "changed")
        self._steps.look_outside(wanted, plan)
        self._ask(actor, "config.apply", {"text": text, "prune": prune, "plan": plan.digest})
        applied = Applied(self._keep(actor, text, held, plan), plan)
        inner = replace(actor, roles=frozenset(Role), part_of="config.apply")
        for done, one in enumerate(_in_order(plan)):
            try:
                self._steps.do(inner, one, held, wanted, f"configuration {applied.number}", applied.secrets)
            except (RefusedError, Unavailable) as refusal:
                # Whatever it was: the secrets of what was made are known to nobody but the caller.
                raise StoppedError(applied, done, one, str(refusal)) from None
        return applied

    @property
    def carries(self) -> Mapping[str, Carry]:
        """What a second person may approve; the secrets of the applications that were made are theirs to hand over."""

        def apply(actor: Actor, told: Arguments) -> str:
            said = []
            try:
                applied = self.apply(actor, told["text"], prune=told["prune"], seen=told["plan"])
            except StoppedError as stopped:
                # What was made has its secrets in this answer or nowhere.
                applied, said = stopped.applied, [str(stopped)]
            return "\n".join([*(f"{name}: {secret}" for name, secret in applied.secrets.items()), *said])

        return {"config.apply": apply}

    def drift(self, actor: Actor) -> Drift:
        """Return how far the database is from the file that was applied last.

        Raises:
            ForbiddenError: not the actor's to see.
            Unavailable: the store does not answer.
        """
        actor.permit("config.diff", self._clock())
        with self._store.reading() as unit:
            last = unit.configurations.last()
        if last is None:
            return Drift(None, None)
        try:
            return Drift(last, self._judged(last.text)[2])
        except FaultyError as error:
            return Drift(last, None, error.faults)

    def versions(self, actor: Actor) -> Sequence[Configuration]:
        """Return the files that are kept, the newest first, without their texts.

        Raises:
            ForbiddenError: not the actor's to see.
            Unavailable: the store does not answer.
        """
        actor.permit("config.export", self._clock())
        with self._store.reading() as unit:
            return unit.configurations.list()

    def version(self, actor: Actor, number: int) -> Configuration:
        """Return one file that is kept; applying its text again is how a file is rolled back.

        Raises:
            ForbiddenError: not the actor's to see.
            UnknownError: there is none.
            Unavailable: the store does not answer.
        """
        actor.permit("config.export", self._clock())
        with self._store.reading() as unit:
            found = unit.configurations.get(number)
        if found is None:
            raise UnknownError("there is no such file", "version", "unknown")
        return found

    def _judged(self, text: str, *, prune: bool = False) -> tuple[Held, Document, Plan]:
        held = self._held()
        wanted = document.read(text, held)
        return held, wanted, compare(held.state, wanted.state, prune=prune)

    def _keep(self, actor: Actor, text: str, held: Held, plan: Plan) -> int:
        """Keep the file, before it the state that it finds where no file that is kept says the same; on record."""
        now, found = self._clock(), document.export(held)
        told: dict[str, str | int] = {"changes": len(plan.differences), "file": _digest(text)[:_DIGEST]}

        def work() -> int:
            with self._store.begin() as unit:
                last = unit.configurations.last()
                if last is None or not self._says(last.text, held):
                    unit.configurations.add(
                        kind="found", digest=_digest(found), actor="", door="", kept_at=now, text=found
                    )
                number = unit.configurations.add(
                    kind="applied", digest=_digest(text), actor=actor.id, door=actor.door, kept_at=now, text=text
                )
                facts = {"version": number} | told | actor.facts()
                self._trail.within(unit, "config_applied", account_id=None, outcome="ok", **facts)
            return number

        return once(work)

    def _says(self, text: str, held: Held) -> bool:
        """Whether a file says all that there is."""
        try:
            plan = compare(held.state, document.read(text, held).state)
        except FaultyError:
            return False
        return not plan.differences and not plan.unnamed

    def _held(self) -> Held:
        with self._store.reading() as unit:
            # The versions first: what changes between the two readings is then a conflict, never overwritten.
            versions = unit.clients.versions()
            clients, administrators = unit.clients.list(), unit.administrators.all()
        pauses = {name: self._switch.paused(name) for name in self._names}
        return Held(
            clients={one.client_id: one for one in clients},
            roles={one.login: one.roles for one in administrators if one.enabled},
            pauses={name: document.pause_of(pause) for name, pause in pauses.items()},
            choices=self._choices(),
            now=self._clock(),
            versions=versions,
        )


def _in_order(plan: Plan) -> list[Difference]:
    """Return the changes so that somebody always has the role security: whoever gains it comes before whoever loses."""

    def loses(one: Difference) -> bool:
        return any(Role.SECURITY.value not in (member.after or ()) for member in one.members)

    return sorted(plan.differences, key=lambda one: one.kind == "administrators" and loses(one))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
