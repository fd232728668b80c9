"""The reconciliation desk: people of an upstream whose dossier nobody could tell, decided by the fund's staff.

Every decision has a reason, is recorded with it and under its actor in its own transaction, and can be taken back. A
link that a decision ends takes every session and token of the dossier with it: they may be a stranger's. Who looked at
a case is on record too, or at a name in the list: both are members' data.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, fields
from operator import attrgetter
from typing import Any, Final

from idp.admin.actor import Actor
from idp.admin.acts.masked import email_part, post_part
from idp.admin.acts.refusals import ConflictError, RefusedError, UnknownError
from idp.clock import Clock
from idp.members.holding import end_open
from idp.records import dataclass
from idp.services.audit import AuditLog
from idp.store.accounts import Account
from idp.store.db import Store, Unit, once
from idp.upstream import CivilStatus
from idp.upstream_desk import CaseFile, CaseOutcome, LinkCase, LinkDesk

PAGE: Final = 100
"""Cases of one page at most."""
LONGEST_REASON: Final = 2000


@dataclass(frozen=True, slots=True)
class Listed:
    """A case of the queue, and the upstream by which the person came."""

    upstream: str
    case: LinkCase


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a member of a case is reached: each address in part, empty where there is none."""

    email: str
    post: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A case with both its sides, and the upstream by which the person came.

    `reach` holds the addresses of each dossier, by account. `differing` names in what the dossiers of the case are
    not alike, whole addresses compared: what tells one from another where the identity fits both.
    """

    upstream: str
    file: CaseFile
    reach: Mapping[str, Reach] = field(default_factory=dict)
    differing: tuple[str, ...] = ()


class CaseActs:
    """What may be done with the cases.

    Args:
        desks: returns the desk of each upstream, by its name.
        store: says whether a member has an e-mail address.
        trail: told of each look.
        clock: Unix seconds.
    """

    def __init__(
        self, desks: Callable[[], Mapping[str, LinkDesk]], store: Store, trail: AuditLog, clock: Clock
    ) -> None:
        self._desks = desks
        self._store = store
        self._trail = trail
        self._clock = clock

    def list(
        self, actor: Actor, *, decided: bool = False, after: tuple[int, str] | None = None, limit: int | None = None
    ) -> Sequence[Listed]:
        """Return the cases that wait, the oldest first, of every upstream.

        Args:
            actor: who looks.
            decided: those of the past too.
            after: go on behind a case, named by its `opened_at` and `id`.
            limit: how many at most; None: as many as the desks give.

        Raises:
            ForbiddenError: not the actor's to see.
            Unavailable: the store does not answer.
        """
        actor.permit("cases.list", self._clock())
        bound = {} if limit is None else {"limit": limit}
        found = [
            Listed(name, case)
            for name, desk in self._desks().items()
            for case in desk.queue(decided=decided, after=after, **bound)
        ]
        return sorted(found, key=lambda one: (one.case.opened_at, one.case.id))[:limit]

    def people(self, actor: Actor, listed: Sequence[Listed]) -> Mapping[str, CivilStatus]:
        """Return who presented themselves in each of these cases, by its id, for a list that says their names.

        Each is on record as seen before, as if it had been opened; one whose identity is no longer kept is missing.

        Raises:
            ForbiddenError: not the actor's to see.
            Unavailable: the store does not answer, or the look could not be recorded.
        """
        actor.permit("cases.show", self._clock())
        found: dict[str, CivilStatus] = {}
        for name, desk in self._desks().items():
            ids = [one.case.id for one in listed if one.upstream == name]
            found |= desk.presented(ids) if ids else {}

        def work() -> None:
            with self._store.begin() as unit:
                for case_id in found:
                    facts: dict[str, str | int] = {"case": case_id, "count": len(found), **actor.facts()}
                    self._trail.within(unit, "federation.case_seen", account_id=None, outcome="ok", **facts)

        if found:
            once(work)
        return found

    def show(self, actor: Actor, case_id: str) -> Opened:
        """Return one case; the look is on record before it is shown.

        Raises:
            ForbiddenError: not the actor's to see.
            UnknownError: there is no such case.
            Unavailable: the store does not answer, or the look could not be recorded.
        """
        actor.permit("cases.show", self._clock())
        opened = self._open(case_id)
        with self._store.reading() as unit:
            found = [unit.accounts.by_id(one.compared.account_id) for one in opened.file.dossiers]
        accounts = [one for one in found if one is not None]
        self._trail("federation.case_seen", account_id=None, case=case_id, **actor.facts())
        return Opened(
            upstream=opened.upstream,
            file=opened.file,
            reach={one.id: Reach(email_part(one), post_part(one)) for one in accounts},
            differing=_differing(accounts, [one.compared.linked for one in opened.file.dossiers]),
        )

    def link(self, actor: Actor, case_id: str, dossier: str, reason: str) -> bool:
        """Link the person of a case to one of its dossiers, named by its number or its account.

        Return whether the member has an e-mail address, to which a message goes.

        Raises:
            ForbiddenError: not the actor's to decide.
            RefusedError: there is no reason.
            UnknownError: there is no such case.
            ConflictError: somebody else decided first, or the dossier cannot be the person's.
            Unavailable: nothing was done.
        """
        actor.permit("cases.link", self._clock())
        why = _reason(reason)
        opened = self._open(case_id)
        compared = [one.compared for one in opened.file.dossiers]
        ids = [one.account_id for one in compared if dossier in {one.account_id, one.dossier}]
        if len(ids) != 1:
            raise _not_possible()
        desk, reached = self._desks()[opened.upstream], self._reached(ids[0])
        _settle(desk.link(case_id, ids[0], by=actor.id, note=why, facts=_facts(actor, why), ended=self._shut))
        return reached

    def refuse(self, actor: Actor, case_id: str, reason: str) -> None:
        """Close a case without a link; the person may still prove a dossier.

        Raises:
            ForbiddenError, RefusedError, UnknownError, ConflictError, Unavailable: as `link`.
        """
        actor.permit("cases.refuse", self._clock())
        why = _reason(reason)
        desk = self._desks()[self._open(case_id).upstream]
        _settle(desk.refuse(case_id, by=actor.id, note=why, facts=_facts(actor, why)))

    def undo(self, actor: Actor, case_id: str, reason: str) -> bool | None:
        """Take a decision back; a link that it made ends.

        Return whether the member has an e-mail address, to which a message goes; None where there was no link.

        Raises:
            ForbiddenError, RefusedError, UnknownError, ConflictError, Unavailable: as `link`.
        """
        actor.permit("cases.undo", self._clock())
        why = _reason(reason)
        opened = self._open(case_id)
        desk = self._desks()[opened.upstream]
        # A refusal has no account, and a link may have ended before.
        compared = [one.compared for one in opened.file.dossiers]
        ended = [
            one.account_id for one in compared if one.linked == "this" and one.account_id == opened.file.case.account_id
        ]
        reached = self._reached(ended[0]) if ended else None
        _settle(desk.undo(case_id, by=actor.id, note=why, facts=_facts(actor, why), ended=self._shut))
        return reached

    def _reached(self, account_id: str) -> bool:
        with self._store.reading() as unit:
            account = unit.accounts.by_id(account_id)
        return account is not None and bool(account.email)

    def _shut(self, session: Any, account_id: str) -> None:
        end_open(Unit(session), account_id, self._clock())

    def _open(self, case_id: str) -> Opened:
        for name, desk in self._desks().items():
            file = desk.look(case_id)
            if file is not None:
                return Opened(name, file)
        raise _unknown()


def _differing(accounts: Sequence[Account], linked: Sequence[str]) -> tuple[str, ...]:
    """Return in what the dossiers are not all alike."""
    compared: dict[str, Callable[[Account], object]] = {
        "situation": lambda one: one.situation,
        "status": lambda one: one.status,
        **{one.name: attrgetter(one.name) for one in fields(CivilStatus)},
        "email": lambda one: (one.email or "").lower(),
        "post": lambda one: dict(one.address or {}),
    }
    found = [name for name, read in compared.items() if any(read(one) != read(accounts[0]) for one in accounts)]
    return (*found, "linked") if len(set(linked)) > 1 else tuple(found)


def _facts(actor: Actor, why: str) -> dict[str, str]:
    return {"reason": why, **actor.facts()}


def _unknown() -> UnknownError:
    return UnknownError("there is no such case")


def _not_possible() -> ConflictError:
    return ConflictError(
        "this cannot be done: the dossier is not open, is plainly another person's, or is not of this case"
    )


def _reason(text: str) -> str:
    said = text.strip()
    if not said or len(said) > LONGEST_REASON:
        raise RefusedError(f"a decision has a reason, of {LONGEST_REASON} characters at most", "reason")
    return said


def _settle(outcome: CaseOutcome) -> None:
    if outcome == "unknown":
        raise _unknown()
    if outcome == "changed":
        raise ConflictError("somebody else has decided this case: look at it again")
    if outcome == "not_possible":
        raise _not_possible()
