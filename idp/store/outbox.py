"""Work that leaves the house, written in the transaction that caused it (decision D11)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from idp.store.rows import changed, insert_if_absent, purge, table
from idp.store.tables import OutboxRow

OUTBOX: Final = table(OutboxRow)


@dataclass(frozen=True, slots=True)
class Task:
    """One piece of work. `attempts` counts this one; `key` lets the other side recognise a repetition."""

    id: str
    kind: str
    key: str
    payload: Mapping[str, Any]
    created_at: int
    attempts: int


class Outbox:
    """The work to deliver, in one unit of work. Delivery is at least once."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, kind: str, key: str, payload: Mapping[str, Any], *, task_id: str, now: int) -> bool:
        """Queue work; idempotent by `key`. Return whether it is new."""
        values = {
            "id": task_id,
            "kind": kind,
            "key": key,
            "payload": dict(payload),
            "created_at": now,
            "not_before": now,
            "attempts": 0,
            "last_error": None,
            "done_at": None,
        }
        return insert_if_absent(self._session, OUTBOX, values, "key")

    def due(self, now: int, limit: int = 10, lease: int = 120) -> Sequence[Task]:
        """Lease work that is due: nobody else is given it for `lease` seconds, then it is due again.

        So a worker that dies in the middle loses nothing; what it had sent may be sent twice.
        """
        ready = (OUTBOX.c.done_at.is_(None)) & (OUTBOX.c.not_before <= now)
        query = select(OUTBOX.c.id, OUTBOX.c.not_before).where(ready).order_by(OUTBOX.c.not_before).limit(limit)
        leased = []
        for task_id, not_before in self._session.execute(query).all():
            mine = (OUTBOX.c.id == task_id) & (OUTBOX.c.not_before == not_before) & OUTBOX.c.done_at.is_(None)
            values = {"not_before": now + lease, "attempts": OUTBOX.c.attempts + 1}
            if changed(self._session, update(OUTBOX).where(mine).values(**values)) == 1:
                leased.append(task_id)
        columns = [OUTBOX.c[name] for name in ("id", "kind", "key", "payload", "created_at", "attempts")]
        rows = self._session.execute(select(*columns).where(OUTBOX.c.id.in_(leased)).order_by(OUTBOX.c.created_at))
        return [Task(*row) for row in rows]

    def any_due(self, now: int) -> bool:
        """Whether work is due: a read, so that an idle worker takes no write lock."""
        ready = OUTBOX.c.done_at.is_(None) & (OUTBOX.c.not_before <= now)
        return self._session.execute(select(OUTBOX.c.id).where(ready).limit(1)).first() is not None

    def done(self, task_id: str, now: int) -> None:
        """Mark work as delivered; its payload is emptied, since it may name a person."""
        values: dict[str, Any] = {"done_at": now, "last_error": None, "payload": {}}
        self._session.execute(update(OUTBOX).where(OUTBOX.c.id == task_id).values(**values))

    def failed(self, task_id: str, error: str, *, not_before: int) -> None:
        """Put work back, due again at `not_before`. `error` is a short machine-readable cause."""
        values = {"last_error": error[:200], "not_before": not_before}
        where = (OUTBOX.c.id == task_id) & OUTBOX.c.done_at.is_(None)
        self._session.execute(update(OUTBOX).where(where).values(**values))

    def abandon(self, task_id: str, error: str, now: int) -> None:
        """Give work up for good: it is not due any more, and its last error stays to be read until it is purged."""
        values: dict[str, Any] = {"done_at": now, "last_error": error[:200], "payload": {}}
        where = (OUTBOX.c.id == task_id) & OUTBOX.c.done_at.is_(None)
        self._session.execute(update(OUTBOX).where(where).values(**values))

    def waiting(self) -> int:
        """Return how much work is not delivered, for health and metrics."""
        query = select(func.count()).select_from(OUTBOX).where(OUTBOX.c.done_at.is_(None))
        return int(self._session.execute(query).scalar_one())

    def purge(self, before: int, limit: int = 500) -> int:
        """Delete at most `limit` rows delivered before a time; return how many."""
        return purge(self._session, OUTBOX, OUTBOX.c.done_at < before, limit)
