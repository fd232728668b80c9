"""Proposals: acts that wait for a second person, seen, approved or refused.

Whoever approves has the role of the act itself, is not the one who proposed it, and has signed in just now; an
application is nobody's second person, and whoever registered or changed it, and so may know its secret, none to it,
also where another application of theirs did. The proposal is taken first, in one conditional update, then carried out
by the same act: so it is done once at most, and what came of it stands beside it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import Final

from idp.admin.actor import Actor, ForbiddenError, StaleSignInError
from idp.admin.acts.refusals import ConflictError, RefusedError, UnknownError
from idp.admin.four_eyes import Arguments, Carry, FourEyes
from idp.admin.roles import ACTS, Role
from idp.clock import Clock
from idp.protocol.names import ADMIN_SCOPE
from idp.records import dataclass
from idp.services.audit import AuditLog
from idp.store.audit import AuditFilter
from idp.store.db import Store, Unit, once
from idp.store.proposals import Proposal, ProposalStatus

PAGE: Final = 100
"""Proposals of one list at most."""
LONGEST_REASON: Final = 2000


@dataclass(frozen=True, slots=True)
class Opened:
    """A proposal with what it is to be done with: None once it is decided or over.

    `own`: whoever looks has made it. `decides`: they have the act's role, and it waits.
    """

    proposal: Proposal
    arguments: Arguments | None = field(repr=False)
    own: bool
    decides: bool


class ProposalActs:
    """What may be done with proposals.

    Args:
        eyes: keeps them.
        store: where they are.
        carries: does each act that can be proposed, by its name.
        trail: told of each look and decision.
        clock: Unix seconds.
    """

    def __init__(
        self, eyes: FourEyes, store: Store, carries: Mapping[str, Carry], trail: AuditLog, clock: Clock
    ) -> None:
        self._eyes = eyes
        self._store = store
        self._carries = dict(carries)
        self._trail = trail
        self._clock = clock

    @property
    def known(self) -> frozenset[str]:
        """The acts that can be proposed."""
        return frozenset(self._carries)

    def list(
        self, actor: Actor, *, decided: bool = False, after: tuple[int, str] | None = None, limit: int = PAGE
    ) -> Sequence[Proposal]:
        """Return the proposals that the actor may see, the newest first: those that wait, with `decided` all.

        Args:
            actor: who looks.
            decided: those of the past too.
            after: go on behind a proposal, named by its `made_at` and `id`.
            limit: how many at most.

        Raises:
            ForbiddenError: not the actor's to see.
            Unavailable: the store does not answer.
        """
        now = self._clock()
        actor.permit("proposals.list", now)
        seen = [name for name in self._carries if _sees(actor, name)]
        with self._store.reading() as unit:
            return unit.proposals.listed(seen, now, limit, decided=decided, after=after)

    def called(self, actor: Actor, *ids: str | None) -> Mapping[str, str]:
        """Return the logins of those of some actors who are administrators, for whoever may look at proposals.

        Raises:
            ForbiddenError: not the actor's to see.
            Unavailable: the store does not answer.
        """
        actor.permit("proposals.list", self._clock())
        with self._store.reading() as unit:
            known = [unit.administrators.get(one) for one in {one for one in ids if one}]
        return {one.account_id: one.login for one in known if one is not None}

    def show(self, actor: Actor, proposal_id: str) -> Opened:
        """Return one proposal; the look is on record before it is shown, since arguments may be a member's.

        Raises:
            ForbiddenError: not the actor's to see.
            UnknownError: there is none.
            Unavailable: the store does not answer, or the look could not be recorded.
        """
        now = self._clock()
        actor.permit("proposals.show", now)
        found = self._find(actor, proposal_id)
        self._trail("proposal_seen", act=found.act, **(actor.facts() | {"proposal": found.id}))
        waits = found.waits(now)
        decides = waits and ACTS[found.act].role in actor.roles
        return Opened(found, self._eyes.arguments(found) if waits else None, found.made_by == actor.id, decides)

    def approve(self, actor: Actor, proposal_id: str) -> str:
        """Carry a proposal out as the second person; return what only this answer shows, or nothing.

        Raises:
            ForbiddenError, StaleSignInError: not now, or not by this actor.
            UnknownError: there is no such proposal.
            ConflictError: it is the actor's own, is decided or over, or who made it may not do it any more.
            RefusedError: the act itself refuses; the proposal has failed, and says why.
            Unavailable: a store does not answer; the proposal says how far it came.
        """
        now = self._clock()
        actor.permit("proposals.approve", now)
        found = self._find(actor, proposal_id)
        actor.permit(found.act, now)
        if actor.door == "api":
            raise ConflictError("an application is nobody's second person")
        if found.made_by == actor.id:
            raise ConflictError("nobody approves a proposal of their own", "", "own")
        arguments = self._eyes.arguments(found) if found.waits(now) else None
        if arguments is None:
            raise _over()
        self._decide(actor, found, "approved")
        second = replace(actor, proposal=found.id, proposed_by=found.made_by)
        try:
            shown = self._carries[found.act](second, arguments)
        except (RefusedError, ForbiddenError, StaleSignInError) as refusal:
            self._settle(second, found, "failed", str(refusal) or "the sign-in became too old")
            raise
        self._settle(second, found, "done")
        return shown

    def refuse(self, actor: Actor, proposal_id: str, reason: str) -> None:
        """Refuse a proposal, or take one's own back; with a reason.

        Raises:
            ForbiddenError: not the actor's to decide.
            RefusedError: there is no reason.
            UnknownError, ConflictError, Unavailable: as `approve`.
        """
        now = self._clock()
        actor.permit("proposals.refuse", now)
        found, why = self._find(actor, proposal_id), reason.strip()
        if ACTS[found.act].role not in actor.roles:
            actor.permit(found.act, now)
        if not why or len(why) > LONGEST_REASON:
            raise RefusedError(f"a decision has a reason, of {LONGEST_REASON} characters at most", "reason")
        self._decide(actor, found, "withdrawn" if found.made_by == actor.id else "refused", why)

    def _find(self, actor: Actor, proposal_id: str) -> Proposal:
        with self._store.reading() as unit:
            found = unit.proposals.get(proposal_id)
        if found is None or found.act not in self._carries:
            raise UnknownError("there is no such proposal")
        if not _sees(actor, found.act):
            actor.permit(found.act, self._clock())
        return found

    def _decide(self, actor: Actor, found: Proposal, status: ProposalStatus, why: str | None = None) -> None:
        now = self._clock()

        def work() -> None:
            with self._store.begin() as unit:
                if status == "approved" and not _still_trusted(unit, found):
                    raise ConflictError("whoever proposed this may not do it any more", "", "proposer")
                if status == "approved" and found.door == "api":
                    _not_the_keepers(unit, actor, found.made_by)
                if not unit.proposals.decide(found.id, status, actor.id, now, why):
                    raise _over()
                facts = {"act": found.act, "proposed_by": found.made_by} | ({"reason": why} if why else {})
                self._trail.within(unit, f"proposal_{status}", **(facts | actor.facts() | {"proposal": found.id}))

        once(work)

    def _settle(self, actor: Actor, found: Proposal, status: ProposalStatus, note: str | None = None) -> None:
        def work() -> None:
            with self._store.begin() as unit:
                unit.proposals.settle(found.id, status, note)
                if note is not None:
                    self._trail.within(unit, "proposal_failed", outcome="refused", act=found.act, **actor.facts())

        once(work)


def _sees(actor: Actor, act: str) -> bool:
    """Whether an actor may look at proposals of an act: its role may, and an auditor."""
    return ACTS[act].role in actor.roles or Role.AUDITOR in actor.roles


def _still_trusted(unit: Unit, found: Proposal) -> bool:
    """Whether who proposed something may still do it: an administrator, or a program; an operator has the machine."""
    role = ACTS[found.act].role.value
    if found.door == "api":
        program = unit.clients.get(found.made_by)
        if program is None or _another_since(unit, found.made_by, found.made_at):
            return False
        return program.enabled and f"{ADMIN_SCOPE}{role}" in program.scopes
    if found.door != "console":
        return True
    known = unit.administrators.get(found.made_by)
    return known is not None and known.enabled and role in known.roles


def _not_the_keepers(unit: Unit, actor: Actor, client_id: str) -> None:
    """Refuse whoever had a hand in a program, and so may know its secret or keys, or in one that had.

    An application that had a hand in it is followed to whoever had one in that, as far as it goes. One that was deleted
    since, also where its id is used anew, has taken its versions with it: whose it was nobody knows any more.
    """
    known, ahead, lost = {client_id}, [client_id], False
    while ahead:
        for hand in unit.client_versions.hands(ahead.pop()):
            if hand.actor == actor.id:
                raise ConflictError("nobody approves what an application of theirs proposed", "", "program")
            if hand.door != "api":
                continue
            lost = lost or _another_since(unit, hand.actor, hand.first_at)
            if hand.actor not in known:
                known.add(hand.actor)
                ahead.append(hand.actor)
    if lost:
        raise ConflictError("an application that is gone had a hand in the one that proposed this", "", "lost")


def _another_since(unit: Unit, client_id: str, moment: int) -> bool:
    """Whether the application that had an id at a moment is gone, whatever has that id now."""
    present = unit.clients.kept(client_id)
    if present is None or present.created_at > moment:
        return True
    # Within one second the times do not say which was first; the record says whether anything was deleted.
    removals = AuditFilter(event="client_removed", client_id=client_id, since=moment)
    return bool(unit.audit.matching(removals, None, 1))


def _over() -> ConflictError:
    return ConflictError("the proposal is decided or over: look at it again", "", "over")
