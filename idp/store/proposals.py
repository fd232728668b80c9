"""Acts that wait for a second person. A proposal is decided by one conditional update: of two people one decides."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, field
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, func, select, update

from idp.records import dataclass
from idp.store.rows import changed, purge, table
from idp.store.session import Session
from idp.store.tables_admin import ProposalRow

PROPOSALS: Final = table(ProposalRow)

ProposalStatus = Literal["open", "approved", "done", "failed", "refused", "withdrawn"]
"""`approved` is being carried out, or its process died; `done` and `failed` say how that ended."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """An act that somebody proposed. Times are Unix seconds.

    `sealed` is what it is to be done with, None once that was decided; `note` is why it was refused, or why it could
    not be carried out.
    """

    id: str
    act: str
    sealed: bytes | None = field(repr=False)
    made_by: str
    door: str
    made_at: int
    expires_at: int
    status: ProposalStatus = "open"
    decided_by: str | None = None
    decided_at: int | None = None
    note: str | None = None

    def waits(self, now: int) -> bool:
        """Whether it can still be decided."""
        return self.status == "open" and now < self.expires_at


class Proposals:
    """The proposals, in one unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, proposal: Proposal) -> None:
        """Keep a new proposal."""
        self._session.execute(PROPOSALS.insert().values(**asdict(proposal)))

    def get(self, proposal_id: str) -> Proposal | None:
        """Return one proposal; may be missing."""
        row = self._session.execute(select(PROPOSALS).where(PROPOSALS.c.id == proposal_id)).one_or_none()
        return None if row is None else Proposal(**row._asdict())

    def waiting(self, now: int) -> int:
        """Return how many can still be decided."""
        return self._session.execute(select(func.count()).where(_open(now))).scalar_one()

    def listed(
        self, acts: Collection[str], now: int, limit: int, *, decided: bool, after: tuple[int, str] | None = None
    ) -> Sequence[Proposal]:
        """Return the proposals of some acts, the newest first: those that wait, or with `decided` all of them.

        With `after` those behind the proposal of this `made_at` and `id`, which need not exist any more.
        """
        where: ColumnElement[bool] = PROPOSALS.c.act.in_(list(acts))
        if after is not None:
            made_at, last = after
            same = (PROPOSALS.c.made_at == made_at) & (PROPOSALS.c.id > last)
            where &= (PROPOSALS.c.made_at < made_at) | same
        query = select(PROPOSALS).where(where if decided else where & _open(now))
        rows = self._session.execute(query.order_by(PROPOSALS.c.made_at.desc(), PROPOSALS.c.id).limit(limit))
        return [Proposal(**row._asdict()) for row in rows]

    def decide(self, proposal_id: str, status: ProposalStatus, by: str, now: int, note: str | None = None) -> bool:
        """Decide a proposal that waits and wipe what it was to be done with; of two at once one gets True."""
        values: dict[str, Any] = {"status": status, "decided_by": by, "decided_at": now, "note": note, "sealed": None}
        return changed(self._session, update(PROPOSALS).where(_open(now), _is(proposal_id)).values(**values)) == 1

    def settle(self, proposal_id: str, status: ProposalStatus, note: str | None = None) -> None:
        """Say how an approved proposal ended."""
        approved = PROPOSALS.c.status == "approved"
        self._session.execute(update(PROPOSALS).where(approved, _is(proposal_id)).values(status=status, note=note))

    def wipe(self, now: int) -> int:
        """Forget what proposals nobody decided in time were to be done with; return how many there were."""
        over = (PROPOSALS.c.expires_at <= now) & PROPOSALS.c.sealed.is_not(None)
        return changed(self._session, update(PROPOSALS).where(over).values(sealed=None))

    def purge(self, before: int, limit: int) -> int:
        """Delete at most `limit` proposals that were over before a moment; return how many went."""
        return purge(self._session, PROPOSALS.c.expires_at, PROPOSALS.c.expires_at < before, limit)


def _is(proposal_id: str) -> ColumnElement[bool]:
    return PROPOSALS.c.id == proposal_id


def _open(now: int) -> ColumnElement[bool]:
    return (PROPOSALS.c.status == "open") & (PROPOSALS.c.expires_at > now)
