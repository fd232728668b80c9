"""What applications did, day by day: one row an application, day, kind and aspect, however often it happened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from typing import Final

from sqlalchemy import case, func, select
from sqlalchemy.dialects import postgresql, sqlite

from idp.protocol.client_notes import FAULTS, Kind
from idp.store.prepared import Prepared
from idp.store.rows import purge, table
from idp.store.session import Session
from idp.store.tables import ClientRow
from idp.store.tables_clients import HAS_REFERENCE, ClientDayRow

CLIENTS: Final = table(ClientRow)
DAYS: Final = table(ClientDayRow)
DAY: Final = 86400
"""Seconds; the days are those of UTC, numbered from 1970."""
_USED: Final = tuple(kind.value for kind in (Kind.ANSWERED, Kind.REDEEMED, Kind.REFRESHED, Kind.OWN_TOKEN))
_REFUSED: Final = tuple(kind.value for kind in FAULTS)
_KEY: Final = ("client_id", "day", "kind", "aspect")


@dataclass(slots=True)
class Noted:
    """What one application did in a day, of one kind: how often, when first and last (Unix seconds).

    `sent` and `registered` are the two sides of the last near miss, or empty; `reference` is of the last request that
    was refused, empty for what was none.
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
    reference: str = ""


_NAMES: Final = tuple(one.name for one in fields(Noted))


@cache
def _adding(dialect: str) -> Prepared:
    statement = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(DAYS)
    new = statement.excluded
    # Notes wait in several processes: what comes later may be older.
    later = new.last_at >= DAYS.c.last_at
    near = later & ((new.sent != "") | (new.registered != ""))
    both = {
        "count": DAYS.c["count"] + new["count"],
        "first_at": case((new.first_at < DAYS.c.first_at, new.first_at), else_=DAYS.c.first_at),
        "last_at": case((later, new.last_at), else_=DAYS.c.last_at),
        "reference": case((later, new.reference), else_=DAYS.c.reference),
        "sent": case((near, new.sent), else_=DAYS.c.sent),
        "registered": case((near, new.registered), else_=DAYS.c.registered),
    }
    return Prepared(statement.on_conflict_do_update(index_elements=list(_KEY), set_=both))


class ClientDays:
    """The days of the applications, in one unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, some: Sequence[Noted]) -> None:
        """Add to what is noted of the days, with the commit; the later near miss and reference stay.

        A statement each, all in one exchange: one of two hundred rows took SQLAlchemy as long as a thousand requests.
        """
        adding = _adding(self._session.dialect.name)
        for one in some:
            adding.later(self._session, **{name: getattr(one, name) for name in _NAMES})

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
        query = select(func.max(DAYS.c.last_at)).where((DAYS.c.client_id == client_id) & DAYS.c.kind.in_(_USED))
        found: int | None = self._session.execute(query).scalar_one()
        return found

    def summary(self, since: int) -> Mapping[str, tuple[int, int | None, int]]:
        """Return of every application, by id, when it was created and last used, and how often it was refused.

        Args:
            since: the day of this time, Unix seconds, is the first whose refusals count.
        """
        used = case((DAYS.c.kind.in_(_USED), DAYS.c.last_at))
        refused = case((DAYS.c.kind.in_(_REFUSED) & (DAYS.c.day >= since // DAY), DAYS.c["count"]), else_=0)
        query = (
            select(CLIENTS.c.client_id, CLIENTS.c.created_at, func.max(used), func.sum(refused))
            .select_from(CLIENTS.outerjoin(DAYS, CLIENTS.c.client_id == DAYS.c.client_id))
            .group_by(CLIENTS.c.client_id, CLIENTS.c.created_at)
        )
        rows = self._session.execute(query)
        return {client_id: (created, last, int(count)) for client_id, created, last, count in rows}

    def of_reference(self, reference: str) -> Noted | None:
        """Return the refusal of a day whose last request has a reference.

        By an index of the rows that have one, which both databases use only where the statement says so too.
        """
        named = (DAYS.c.reference == reference) & HAS_REFERENCE
        row = self._session.execute(select(DAYS).where(named).limit(1)).first()
        return None if row is None else Noted(**row._asdict())

    def purge(self, before: int, limit: int = 500) -> int:
        """Delete at most `limit` rows of days before a time; return how many."""
        return purge(self._session, DAYS.c.day, DAYS.c.day < before // DAY, limit)
