"""What applications did, day by day: one row an application, day, kind and aspect, however often it happened."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

from sqlalchemy import func, select, update

from idp.protocol.client_notes import Kind
from idp.store.rows import changed, insert_if_absent, purge, table
from idp.store.session import Session
from idp.store.tables_clients import ClientDayRow

DAYS: Final = table(ClientDayRow)
DAY: Final = 86400
"""Seconds; the days are those of UTC, numbered from 1970."""
_KEY: Final = ("client_id", "day", "kind", "aspect")


@dataclass(frozen=True, slots=True)
class Noted:
    """What one application did in a day, of one kind: how often, when first and last (Unix seconds).

    `sent` and `registered` are the two sides of the last near miss, or empty.
    """

    client_id: str
    day: int
    kind: str
    aspect: str
    count: int
    first_at: int
    last_at: int
    sent: str = ""
    registered: str = ""


class ClientDays:
    """The days of the applications, in one unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, one: Noted) -> None:
        """Add to what is noted of the day; the later of two near misses stays."""
        if self._add(one):
            return
        values = asdict(one)
        if not insert_if_absent(self._session, DAYS, values, *_KEY):
            # Another process was quicker by a moment: its row is there now.
            self._add(one)

    def of(self, client_id: str, since: int, limit: int = 1000) -> Sequence[Noted]:
        """Return what is noted of an application from the day of a time on, the latest first."""
        query = (
            select(DAYS)
            .where((DAYS.c.client_id == client_id) & (DAYS.c.day >= since // DAY))
            .order_by(DAYS.c.day.desc(), DAYS.c.last_at.desc(), DAYS.c.kind, DAYS.c.aspect)
            .limit(limit)
        )
        return [Noted(**row._asdict()) for row in self._session.execute(query)]

    def last_used(self, client_id: str) -> int | None:
        """Return when an application last got something that it asked for, None where that is not known."""
        used = [kind.value for kind in (Kind.ANSWERED, Kind.REDEEMED, Kind.REFRESHED, Kind.OWN_TOKEN)]
        query = select(func.max(DAYS.c.last_at)).where((DAYS.c.client_id == client_id) & DAYS.c.kind.in_(used))
        found: int | None = self._session.execute(query).scalar_one()
        return found

    def purge(self, before: int, limit: int = 500) -> int:
        """Delete at most `limit` rows of days before a time; return how many."""
        return purge(self._session, DAYS, DAYS.c.day < before // DAY, limit)

    def _add(self, one: Noted) -> bool:
        mine = [DAYS.c[name] == getattr(one, name) for name in _KEY]
        values = {"count": DAYS.c["count"] + one.count, "last_at": one.last_at}
        if one.sent or one.registered:
            values |= {"sent": one.sent, "registered": one.registered}
        return changed(self._session, update(DAYS).where(*mine).values(**values)) == 1
