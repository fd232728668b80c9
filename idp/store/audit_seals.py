"""Seals over the security events: what shows afterwards that one was changed, taken away or put in between.

A seal covers a run of events and names the seal before it. It is made once, by whoever is first; only its list of
digests is wiped when retention takes its events away.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, field
from typing import Any, Final

from sqlalchemy import func, select, update

from idp.records import dataclass
from idp.store.audit import AUDIT
from idp.store.rows import changed, insert_if_absent, table
from idp.store.session import Session
from idp.store.tables import AuditSealRow

SEALS: Final = table(AuditSealRow)


@dataclass(frozen=True, slots=True)
class Seal:
    """One seal. Ids are those of the events; times are Unix seconds; `digest`, `previous` and `mac` are hex.

    `digests` holds one keyed digest an event, in their order; empty once retention has taken the events (`wiped_at`).
    """

    number: int
    first_id: int
    last_id: int
    last_time: int
    sealed_at: int
    digest: str
    previous: str
    mac: str
    digests: bytes = field(repr=False)
    wiped_at: int | None = None


class AuditSeals:
    """The seals, in one unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def latest(self) -> Seal | None:
        """Return the newest seal, or None."""
        row = self._session.execute(select(SEALS).order_by(SEALS.c.number.desc()).limit(1)).one_or_none()
        return None if row is None else Seal(**row._asdict())

    def add(self, seal: Seal) -> bool:
        """Add a seal; False when somebody else has made the one of this number."""
        return insert_if_absent(self._session, SEALS, asdict(seal), "number")

    def after(self, number: int, limit: int) -> Sequence[Seal]:
        """Return the seals that follow a number, in order."""
        query = select(SEALS).where(SEALS.c.number > number).order_by(SEALS.c.number).limit(limit)
        return [Seal(**row._asdict()) for row in self._session.execute(query)]

    def events(self, after: int, limit: int, *, last: int | None = None) -> Sequence[Mapping[str, Any]]:
        """Return whole events with an id above one, in order, at most up to `last`."""
        query = select(AUDIT).where(AUDIT.c.id > after).order_by(AUDIT.c.id).limit(limit)
        if last is not None:
            query = query.where(AUDIT.c.id <= last)
        return [row._asdict() for row in self._session.execute(query)]

    def waiting(self, after: int) -> tuple[int, int | None]:
        """Return how many events follow an id, and the time of the oldest of them."""
        query = select(func.count(), func.min(AUDIT.c.time)).where(AUDIT.c.id > after)
        count, oldest = self._session.execute(query).one()
        return int(count), oldest

    def wipe(self, before: int, now: int, limit: int = 500) -> int:
        """Delete the events of the oldest seals whose every event is older than a time; return how many went.

        Enough seals for `limit` events, the last of them whole. The seals stay, their digests of single events do not:
        the chain still holds, and says what was kept once.
        """
        query = (
            select(SEALS.c.number, SEALS.c.first_id, SEALS.c.last_id)
            .where(SEALS.c.wiped_at.is_(None), SEALS.c.last_time < before)
            .order_by(SEALS.c.number)
            .limit(limit)
        )
        gone = 0
        for number, first, last in self._session.execute(query).all():
            if gone >= limit:
                break
            gone += changed(self._session, AUDIT.delete().where(AUDIT.c.id >= first, AUDIT.c.id <= last))
            done = update(SEALS).where(SEALS.c.number == number).values(wiped_at=now, digests=b"")
            self._session.execute(done)
        return gone
