"""Work that leaves the house, written in the transaction that caused it (decision D11)."""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, func, select, update

from idp.records import dataclass
from idp.store.addressed import Whose
from idp.store.rows import changed, insert_if_absent, purge, table
from idp.store.session import Session
from idp.store.tables import OutboxRow

OUTBOX: Final = table(OutboxRow)

PATIENCE: Final = 3 * 86400
"""Seconds for which work is tried again, unless whoever failed at it knows better."""


class Undelivered(Exception):
    """Work was not handed over.

    Args:
        cause: short and machine-readable; it is stored and logged, so it names nobody.
        patience: seconds, from when the work was queued, for which trying again is worth while.
    """

    def __init__(self, cause: str, patience: int = PATIENCE) -> None:
        super().__init__(cause)
        self.cause = cause
        self.patience = patience


@dataclass(frozen=True, slots=True)
class Task:
    """One piece of work. `attempts` counts this one; `key` lets the other side recognise a repetition."""

    id: str
    kind: str
    key: str
    payload: Mapping[str, Any]
    created_at: int
    attempts: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """Work of one kind that met one obstacle: how much, and the oldest's time. `cause` is None before a first try."""

    kind: str
    cause: str | None
    count: int
    oldest: int


@dataclass(frozen=True, slots=True)
class GivenUp:
    """Work that will not be tried again; `account_id` is None where the task did not say whose it was."""

    id: str
    kind: str
    cause: str
    account_id: str | None
    created_at: int
    ended_at: int
    attempts: int


State = Literal["waiting", "failing", "done", "given_up"]
"""How far a task got: not tried to an end yet, tried in vain and to be tried again, handed over, given up."""


class Outbox:
    """The work to deliver, in one unit of work. Delivery is at least once."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, kind: str, key: str, payload: Mapping[str, Any], *, task_id: str, now: int, lease: int = 0) -> bool:
        """Queue work; idempotent by `key`. Return whether it is new.

        With a `lease` the caller makes the first attempt itself, within so many seconds; then it is due for anybody.
        """
        values = {
            "id": task_id,
            "kind": kind,
            "key": key,
            "payload": dict(payload),
            "created_at": now,
            "not_before": now + lease,
            "attempts": 1 if lease else 0,
            "last_error": None,
            "done_at": None,
        }
        return insert_if_absent(self._session, OUTBOX, values, "key")

    def due(self, now: int, limit: int = 10, lease: int = 120, kinds: Collection[str] | None = None) -> Sequence[Task]:
        """Lease work that is due: nobody else is given it for `lease` seconds, then it is due again.

        So a worker that dies in the middle loses nothing; what it had sent may be sent twice.

        Args:
            now: Unix seconds.
            limit: so many tasks at most.
            lease: seconds.
            kinds: only work of these kinds; None for all.
        """
        ready = _ready(now, kinds)
        query = select(OUTBOX.c.id, OUTBOX.c.not_before).where(ready).order_by(OUTBOX.c.not_before).limit(limit)
        leased = []
        for task_id, not_before in self._session.execute(query).all():
            mine = (OUTBOX.c.id == task_id) & (OUTBOX.c.not_before == not_before) & OUTBOX.c.done_at.is_(None)
            values = {"not_before": now + lease, "attempts": OUTBOX.c.attempts + 1}
            if changed(self._session, update(OUTBOX).where(mine).values(**values)) == 1:
                leased.append(task_id)
        return self.tasks(leased)

    def tasks(self, ids: Collection[str]) -> Sequence[Task]:
        """Return the tasks with these ids that are not over, oldest first."""
        columns = [OUTBOX.c[name] for name in ("id", "kind", "key", "payload", "created_at", "attempts")]
        open_ones = OUTBOX.c.id.in_(ids) & OUTBOX.c.done_at.is_(None)
        rows = self._session.execute(select(*columns).where(open_ones).order_by(OUTBOX.c.created_at))
        return [Task(*row) for row in rows]

    def any_due(self, now: int, kinds: Collection[str] | None = None) -> bool:
        """Whether work is due: a read, so that an idle worker takes no write lock."""
        return self._session.execute(select(OUTBOX.c.id).where(_ready(now, kinds)).limit(1)).first() is not None

    def states(self, ids: Collection[str]) -> Mapping[str, State]:
        """Return how far each task got; one that was purged, or never was, is missing."""
        query = select(OUTBOX.c.id, OUTBOX.c.done_at, OUTBOX.c.last_error).where(OUTBOX.c.id.in_(ids))
        return {row.id: state_of(row.done_at, row.last_error) for row in self._session.execute(query)}

    def done(self, task_id: str, now: int, kept: Mapping[str, str] = MappingProxyType({})) -> None:
        """Mark work as delivered; its payload is emptied, since it may name a person, but for what is `kept`."""
        values: dict[str, Any] = {"done_at": now, "last_error": None, "payload": dict(kept)}
        self._session.execute(update(OUTBOX).where(OUTBOX.c.id == task_id).values(**values))

    def failed(self, task_id: str, error: str, *, not_before: int) -> None:
        """Put work back, due again at `not_before`. `error` is a short machine-readable cause."""
        values = {"last_error": error[:200], "not_before": not_before}
        where = (OUTBOX.c.id == task_id) & OUTBOX.c.done_at.is_(None)
        self._session.execute(update(OUTBOX).where(where).values(**values))

    def abandon(self, task_id: str, error: str, now: int, kept: Mapping[str, str] = MappingProxyType({})) -> None:
        """Give work up for good: it is not due any more; why and what is `kept` stay to be read until it is purged."""
        values: dict[str, Any] = {"done_at": now, "last_error": error[:200], "payload": dict(kept)}
        where = (OUTBOX.c.id == task_id) & OUTBOX.c.done_at.is_(None)
        self._session.execute(update(OUTBOX).where(where).values(**values))

    def oldest(self, kinds: Collection[str]) -> int | None:
        """Return when the oldest work of these kinds that waits was queued, None where none does."""
        waiting = OUTBOX.c.done_at.is_(None) & OUTBOX.c.kind.in_(kinds)
        found = self._session.execute(select(func.min(OUTBOX.c.created_at)).where(waiting)).scalar_one()
        return None if found is None else int(found)

    def obstacles(self) -> Sequence[Waiting]:
        """Return what waits, by kind and by what it met last, the oldest first."""
        oldest = func.min(OUTBOX.c.created_at)
        query = (
            select(OUTBOX.c.kind, OUTBOX.c.last_error, func.count(), oldest)
            .where(OUTBOX.c.done_at.is_(None))
            .group_by(OUTBOX.c.kind, OUTBOX.c.last_error)
            .order_by(oldest, OUTBOX.c.kind)
        )
        return [Waiting(*row) for row in self._session.execute(query)]

    def given_up(self, since: int, limit: int = 200) -> Sequence[GivenUp]:
        """Return what was given up since a time, the latest first."""
        columns = [
            OUTBOX.c[name] for name in ("id", "kind", "last_error", "payload", "created_at", "done_at", "attempts")
        ]
        over = (OUTBOX.c.done_at >= since) & OUTBOX.c.last_error.is_not(None)
        rows = self._session.execute(select(*columns).where(over).order_by(OUTBOX.c.done_at.desc()).limit(limit))
        return [
            GivenUp(row.id, row.kind, row.last_error, row.payload.get("account_id"), *row[4:]) for row in rows.all()
        ]

    def waiting(self) -> int:
        """Return how much work is not delivered, for health and metrics."""
        query = select(func.count()).select_from(OUTBOX).where(OUTBOX.c.done_at.is_(None))
        return int(self._session.execute(query).scalar_one())

    def purge(self, before: int, limit: int = 500) -> int:
        """Delete at most `limit` rows delivered before a time; return how many."""
        return purge(self._session, OUTBOX.c.done_at, OUTBOX.c.done_at < before, limit)


def addressed_to(account_id: str) -> ColumnElement[bool]:
    """Return the condition for the tasks that name an account, found by their index."""
    return Whose(OUTBOX.c.payload) == account_id


def _ready(now: int, kinds: Collection[str] | None) -> ColumnElement[bool]:
    ready = OUTBOX.c.done_at.is_(None) & (OUTBOX.c.not_before <= now)
    return ready if kinds is None else ready & OUTBOX.c.kind.in_(kinds)


def state_of(done_at: int | None, last_error: str | None) -> State:
    """Return how far a task got, from its row."""
    if done_at is None:
        return "waiting" if last_error is None else "failing"
    return "done" if last_error is None else "given_up"
