"""Cases that only the fund's desk can decide: the table `federation_cases` and its verbs.

A case is one upstream person (issuer, sub) whose dossier nobody could tell. The identity is sealed, and wiped a month
after the decision; the decision stays. No function here commits.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Any, Final

from sqlalchemy import JSON, BigInteger, Column, Index, LargeBinary, Table, Text, insert, or_, select, update

from federation.links import metadata
from idp.records import dataclass
from idp.upstream_desk import CaseStatus
from idp.upstream_sql import SqlSession

OPEN: Final[CaseStatus] = "open"
WIPED: Final = b""
"""Value of ``identity`` once it is no longer kept."""

federation_cases = Table(
    "federation_cases",
    metadata,
    Column("id", Text, primary_key=True),
    Column("issuer", Text, nullable=False),
    Column("sub", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("identity", LargeBinary, nullable=False),
    Column("candidates", JSON, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("account_id", Text, nullable=False, default="", server_default=""),
    Column("decided_at", BigInteger, nullable=False, default=0, server_default="0"),
    Column("decided_by", Text, nullable=False, default="", server_default=""),
    Column("note", Text, nullable=False, default="", server_default=""),
    Index("ix_federation_cases_status", "status", "opened_at"),
    Index("ix_federation_cases_person", "issuer", "sub"),
)
_open = federation_cases.c.status == OPEN
Index(
    "uq_federation_cases_open",
    federation_cases.c.issuer,
    federation_cases.c.sub,
    unique=True,
    sqlite_where=_open,
    postgresql_where=_open,
)


@dataclass(frozen=True, slots=True)
class Case:
    """One row. Times are Unix seconds; ``decided_at`` is 0 while nobody has decided.

    ``identity`` is the sealed civil status; ``candidates`` are account ids; ``account_id`` is the one that was linked.
    """

    id: str
    issuer: str
    sub: str
    reason: str
    identity: bytes
    candidates: tuple[str, ...]
    opened_at: int
    seen_at: int
    status: CaseStatus = OPEN
    account_id: str = ""
    decided_at: int = 0
    decided_by: str = ""
    note: str = ""


def add(session: SqlSession, case: Case) -> None:
    """Insert a case; the database refuses a second open one of a person (IntegrityError)."""
    session.execute(insert(federation_cases).values(asdict(case) | {"candidates": list(case.candidates)}))


def get(session: SqlSession, case_id: str) -> Case | None:
    """Return one case, or None."""
    found = _some(session, federation_cases.c.id == case_id)
    return found[0] if found else None


def some(session: SqlSession, case_ids: Collection[str]) -> Sequence[Case]:
    """Return the cases that have these ids, oldest first."""
    return _some(session, federation_cases.c.id.in_(case_ids))


def of_person(session: SqlSession, issuer: str, sub: str) -> Sequence[Case]:
    """Return the cases of an upstream person, oldest first."""
    return _some(session, (federation_cases.c.issuer == issuer) & (federation_cases.c.sub == sub))


def queue(
    session: SqlSession, issuer: str, *, decided: bool, limit: int, after: tuple[int, str] | None = None
) -> Sequence[Case]:
    """Return the open cases of an issuer, oldest first; with ``decided`` those of the past too.

    ``after`` names a case by its ``opened_at`` and ``id``: those behind it.
    """
    table = federation_cases
    wanted = table.c.issuer == issuer
    if not decided:
        wanted &= _open
    if after is not None:
        opened_at, case_id = after
        wanted &= (table.c.opened_at > opened_at) | ((table.c.opened_at == opened_at) & (table.c.id > case_id))
    return _some(session, wanted, limit)


def of_account(session: SqlSession, account_id: str) -> Sequence[Case]:
    """Return the cases that ended at an account, oldest first."""
    return _some(session, federation_cases.c.account_id == account_id)


def touch(session: SqlSession, case_id: str, now: int) -> None:
    """Note that the person came again."""
    session.execute(update(federation_cases).where(federation_cases.c.id == case_id).values(seen_at=now))


def move(session: SqlSession, case_id: str, before: CaseStatus, after: CaseStatus, **values: str | int) -> bool:
    """Change the status of a case that is as it was; of two that decide at once one does. Return whether it was."""
    done: Any = session.execute(
        update(federation_cases)
        .where(federation_cases.c.id == case_id, federation_cases.c.status == before)
        .values(status=after, **values)
    )
    return bool(done.rowcount == 1)


def wipe(session: SqlSession, before: int) -> int:
    """Wipe the identities of cases decided, or not seen any more, before a time; return how many.

    An open case is over with it: the person who comes again opens another.
    """
    table = federation_cases
    stale = or_((table.c.decided_at > 0) & (table.c.decided_at < before), _open & (table.c.seen_at < before))
    session.execute(update(table).where(stale, _open).values(status="expired", decided_at=before))
    old = (table.c.decided_at > 0) & (table.c.decided_at <= before) & (table.c.identity != WIPED)
    done: Any = session.execute(update(table).where(old).values(identity=WIPED))
    return int(done.rowcount)


def _some(session: SqlSession, condition: Any, limit: int | None = None) -> Sequence[Case]:
    table = federation_cases
    found = session.execute(select(table).where(condition).order_by(table.c.opened_at, table.c.id).limit(limit))
    return [Case(**dict(row) | {"candidates": tuple(row["candidates"])}) for row in found.mappings()]
