"""The seam's other half: what the fund's staff see and decide of the people who come by an upstream."""

from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, Literal, Protocol

from idp.records import dataclass
from idp.upstream import CivilStatus, Status


@dataclass(frozen=True, slots=True)
class ExplainedDossier:
    """A dossier that an identity opens, or may be: `fields` holds name, result and reason of each comparison.

    `linked`: `this` identity, an `other` one, `ended_by_choice`, or `no`.
    """

    account_id: str
    dossier: str
    situation: str
    status: Status
    linked: str
    outcome: str
    fields: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """What would happen to an identity now: the decision, the rule that made it, the dossiers that it looked at.

    `passed_over`: how many share the birth date and nothing that counts.
    """

    decision: str
    rule: str
    dossiers: tuple[ExplainedDossier, ...]
    passed_over: int


CaseStatus = Literal["open", "linked", "refused", "undone", "proven", "expired"]
"""A case of the desk: waiting, decided, taken back, settled by a proof of the person, or not heard of any more."""

CaseOutcome = Literal["done", "changed", "not_possible", "unknown"]
"""`changed`: somebody else decided first. `not_possible`: the dossier is shut, another's, or not one of the case."""


@dataclass(frozen=True, slots=True)
class LinkCase:
    """A person of an upstream whose dossier nobody could tell. Times are Unix seconds, `decided_at` 0 while open."""

    id: str
    reason: str
    status: CaseStatus
    opened_at: int
    seen_at: int
    account_id: str
    decided_at: int
    decided_by: str
    note: str


@dataclass(frozen=True, slots=True)
class CaseDossier:
    """A dossier of a case: how it compares, and what it holds."""

    compared: ExplainedDossier
    held: CivilStatus


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case with both sides; `presented` is None once the identity is no longer kept."""

    case: LinkCase
    presented: CivilStatus | None
    dossiers: tuple[CaseDossier, ...]


NO_FACTS: Final[Mapping[str, str]] = MappingProxyType({})
"""What the audit keeps of whoever decides, where nothing more is known than their name."""

QUEUE: Final = 500
"""Cases that the desk returns at most."""


Ended = Callable[[Any, str], None]
"""Told that the link of an account ended, with the session of the transaction and the account."""


def nothing_more(_session: Any, _account_id: str) -> None:
    """Do nothing about a link that ended: an `Ended`."""


class LinkDesk(Protocol):
    """What the fund's staff decide of an upstream's people.

    `by` names who, `note` says why; both are kept, and a decision without one raises ValueError. `facts` is what the
    audit keeps of whoever decides, beside the decision and in its transaction. `ended` is called in that transaction
    for an account whose link a decision ended: whoever came by it may not stay.
    """

    def queue(
        self, *, decided: bool = False, after: tuple[int, str] | None = None, limit: int = QUEUE
    ) -> Sequence[LinkCase]:
        """Return the open cases, oldest first, `limit` at most; with `decided` those of the past too.

        `after` goes on behind a case: its `opened_at` and `id`.
        """
        ...

    def presented(self, case_ids: Collection[str]) -> Mapping[str, CivilStatus]:
        """Return the identities of the people of these cases, by case; those that are no longer kept are missing."""
        ...

    def waiting_for(self, account_id: str) -> Sequence[LinkCase]:
        """Return the open cases of which a dossier may be the person's, oldest first."""
        ...

    def look(self, case_id: str) -> CaseFile | None:
        """Return one case with its dossiers, or None."""
        ...

    def link(
        self,
        case_id: str,
        account_id: str,
        *,
        by: str,
        note: str,
        facts: Mapping[str, str] = NO_FACTS,
        ended: Ended = nothing_more,
    ) -> CaseOutcome:
        """Link the person to a dossier of an open case; the member is told by mail, and an older link ends."""
        ...

    def refuse(self, case_id: str, *, by: str, note: str, facts: Mapping[str, str] = NO_FACTS) -> CaseOutcome:
        """Close an open case without a link."""
        ...

    def undo(
        self,
        case_id: str,
        *,
        by: str,
        note: str,
        facts: Mapping[str, str] = NO_FACTS,
        ended: Ended = nothing_more,
    ) -> CaseOutcome:
        """Take a decision back; a link that it made ends, and the member is told by mail."""
        ...
