"""Security events: appended, read, never changed; `audit_seals` purges them by age (N-153, N-154)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import field, fields
from typing import Any, Final

from sqlalchemy import ColumnElement, func, insert, select

from idp.records import dataclass
from idp.store.prepared import Prepared
from idp.store.rows import table
from idp.store.session import Session
from idp.store.tables import AuditRow

AUDIT: Final = table(AuditRow)
PROOF: Final = "federation.proof"
"""A proof of a dossier after an upstream; it names an account where what was given is right, but nothing opens."""
_ADD: Final = Prepared(insert(AUDIT).inline(), [column.name for column in AUDIT.columns if column.name != "id"])


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


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedEvent(AuditEvent):
    """A security event with the number under which it is recorded."""

    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which events: each member that is not empty must fit; times are Unix seconds, `until` excluded."""

    account_id: str = ""
    event: str = ""
    outcome: str = ""
    client_id: str = ""
    actor: str = ""
    reference: str = ""
    since: int | None = None
    until: int | None = None


_MEMBERS: Final = tuple(one.name for one in fields(AuditEvent))


class AuditTrail:
    """The security events, in one unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, event: AuditEvent) -> None:
        """Append one event; it is kept if and only if the unit commits."""
        _ADD.later(self._session, **{name: getattr(event, name) for name in _MEMBERS})

    def of_account(self, account_id: str, limit: int = 100) -> Sequence[AuditEvent]:
        """Return the latest events of an account, newest first."""
        query = (
            select(*(column for column in AUDIT.columns if column.name != "id"))
            .where(AUDIT.c.account_id == account_id)
            .order_by(AUDIT.c.time.desc(), AUDIT.c.id.desc())
            .limit(limit)
        )
        return [AuditEvent(**row._asdict()) for row in self._session.execute(query)]

    def matching(self, wanted: AuditFilter, below: int | None, limit: int) -> Sequence[RecordedEvent]:
        """Return events that fit, the newest first, those below an id where one is given."""
        query = select(AUDIT).where(*_conditions(wanted))
        if below is not None:
            query = query.where(AUDIT.c.id < below)
        ordered = query.order_by(AUDIT.c.id.desc()).limit(limit)
        return [RecordedEvent(**row._asdict()) for row in self._session.execute(ordered)]

    def done_to(self, account_id: str, but: Collection[str], limit: int) -> Sequence[RecordedEvent]:
        """Return what administrators, programs and operators did to an account, newest first, but for some events."""
        where = (AUDIT.c.account_id == account_id) & AUDIT.c.details["actor"].as_string().is_not(None)
        query = select(AUDIT).where(where, AUDIT.c.event.not_in(but)).order_by(AUDIT.c.id.desc()).limit(limit)
        return [RecordedEvent(**row._asdict()) for row in self._session.execute(query)]

    def last(self, account_id: str, event: str) -> int:
        """Return when an event last went well for an account; 0 when the trail does not reach back so far."""
        where = (AUDIT.c.account_id == account_id) & (AUDIT.c.event == event) & (AUDIT.c.outcome == "ok")
        return int(self._session.execute(select(func.max(AUDIT.c.time)).where(where)).scalar_one() or 0)

    def refused_sign_ins(self, account_id: str, since: int, limit: int) -> Sequence[tuple[int, AuditEvent]]:
        """Return the sign-ins and proofs of an account that opened no session, each with its id, newest first."""
        query = select(AUDIT).where(_refused(account_id), AUDIT.c.time >= since)
        ordered = query.order_by(AUDIT.c.time.desc(), AUDIT.c.id.desc()).limit(limit)
        return [_numbered(row._asdict()) for row in self._session.execute(ordered)]

    def refused_sign_in(self, account_id: str, event_id: int) -> AuditEvent | None:
        """Return one of them by its id; None when it is another account's, another event, or gone."""
        row = self._session.execute(select(AUDIT).where(_refused(account_id), AUDIT.c.id == event_id)).one_or_none()
        return None if row is None else _numbered(row._asdict())[1]


def _conditions(wanted: AuditFilter) -> list[ColumnElement[bool]]:
    exact = ("account_id", "event", "outcome", "client_id", "reference")
    found = [AUDIT.c[name] == getattr(wanted, name) for name in exact if getattr(wanted, name)]
    if wanted.actor:
        found.append(AUDIT.c.details["actor"].as_string() == wanted.actor)
    if wanted.since is not None:
        found.append(AUDIT.c.time >= wanted.since)
    if wanted.until is not None:
        found.append(AUDIT.c.time < wanted.until)
    return found


def _refused(account_id: str) -> ColumnElement[bool]:
    tried = AUDIT.c.event.in_(("sign_in", PROOF))
    return (AUDIT.c.account_id == account_id) & tried & (AUDIT.c.outcome != "ok")


def _numbered(members: dict[str, Any]) -> tuple[int, AuditEvent]:
    return members.pop("id"), AuditEvent(**members)
