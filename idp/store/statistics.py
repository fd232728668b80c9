"""Counts for the dashboard: each query reads one range of one index, and returns a few rows, whatever there is."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Select, and_, case, func, or_, select

from idp.records import dataclass
from idp.store.audit import AUDIT
from idp.store.letters import LETTERS
from idp.store.outbox import OUTBOX
from idp.store.session import Session
from idp.store.sign_ins import SIGN_INS

HOUR: Final = 3600
MOST_REASONS: Final = 50


@dataclass(frozen=True, slots=True)
class Opened:
    """How many sessions were opened in an hour, which begins at a time in Unix seconds, by one method."""

    hour: int
    method: str
    count: int


@dataclass(frozen=True, slots=True)
class Delivered:
    """How work of one kind stands that leaves the house; the last two are counted over the time looked at.

    `waiting` has met no obstacle, `failing` has and is tried again.
    """

    kind: str
    waiting: int
    failing: int
    sent: int
    given_up: int


class Statistics:
    """Counts, in one unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def opened(self, since: int) -> Sequence[Opened]:
        """Return how many sessions were opened since a time, by hour and method, the oldest first."""
        return [Opened(*row) for row in self._session.execute(opened_query(since))]

    def refused(self, since: int) -> Mapping[str, int]:
        """Return how often a sign-in opened nothing since a time, by reason, the most frequent first."""
        return {row.outcome: row.times for row in self._session.execute(refused_query(since))}

    def deliveries(self, since: int) -> Sequence[Delivered]:
        """Return how deliveries stand, by kind; what is over is counted since a time."""
        return [Delivered(*row) for row in self._session.execute(deliveries_query(since))]

    def letters(self, since: int) -> tuple[int, int]:
        """Return how many letters wait to be printed, and how many were printed since a time."""
        waits = select(func.count()).where(LETTERS.c.printed_at.is_(None), LETTERS.c.sealed.is_not(None))
        printed = select(func.count()).where(LETTERS.c.printed_at >= since)
        return int(self._session.execute(waits).scalar_one()), int(self._session.execute(printed).scalar_one())


def opened_query(since: int) -> Select[Any]:
    """Return the query of `Statistics.opened`, so that its plan can be looked at."""
    hour = SIGN_INS.c.started_at - SIGN_INS.c.started_at % HOUR
    return (
        select(hour.label("hour"), SIGN_INS.c.provider, func.count())
        .where(SIGN_INS.c.started_at >= since)
        .group_by("hour", SIGN_INS.c.provider)
        .order_by("hour", SIGN_INS.c.provider)
    )


def refused_query(since: int) -> Select[Any]:
    """Return the query of `Statistics.refused`."""
    count = func.count().label("times")
    return (
        select(AUDIT.c.outcome, count)
        .where(AUDIT.c.event == "sign_in", AUDIT.c.time >= since, AUDIT.c.outcome != "ok")
        .group_by(AUDIT.c.outcome)
        .order_by(count.desc(), AUDIT.c.outcome)
        .limit(MOST_REASONS)
    )


def deliveries_query(since: int) -> Select[Any]:
    """Return the query of `Statistics.deliveries`."""
    waits, trouble = OUTBOX.c.done_at.is_(None), OUTBOX.c.last_error.is_not(None)
    states = (and_(waits, ~trouble), and_(waits, trouble), and_(~waits, ~trouble), and_(~waits, trouble))
    counts = [func.sum(case((state, 1), else_=0)) for state in states]
    # Two ranges of the index that the worker uses: what waits, and what was over since.
    return (
        select(OUTBOX.c.kind, *counts)
        .where(or_(waits, OUTBOX.c.done_at >= since))
        .group_by(OUTBOX.c.kind)
        .order_by(OUTBOX.c.kind)
    )
