"""Security events: appended, read by account, purged by age (N-153, N-154); never changed."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from idp.store.rows import purge, table
from idp.store.tables import AuditRow

AUDIT: Final = table(AuditRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """One security event. `reference` is the correlation id of the request, as a person may read it to the desk."""

    time: int
    event: str
    outcome: str = "ok"
    account_id: str | None = None
    client_id: str | None = None
    network: str | None = None
    reference: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


class AuditTrail:
    """The security events, in one unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, event: AuditEvent) -> None:
        """Append one event; it is kept if and only if the unit commits."""
        self._session.execute(insert(AUDIT).values(**asdict(event)))

    def of_account(self, account_id: str, limit: int = 100) -> Sequence[AuditEvent]:
        """Return the latest events of an account, newest first."""
        query = (
            select(*(column for column in AUDIT.columns if column.name != "id"))
            .where(AUDIT.c.account_id == account_id)
            .order_by(AUDIT.c.time.desc(), AUDIT.c.id.desc())
            .limit(limit)
        )
        return [AuditEvent(**row._asdict()) for row in self._session.execute(query)]

    def purge(self, before: int, limit: int = 500) -> int:
        """Delete at most `limit` events older than a time; return how many."""
        return purge(self._session, AUDIT, AUDIT.c.time < before, limit)
