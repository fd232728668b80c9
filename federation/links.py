"""Which upstream person opens which dossier: the table `federation_links` and its verbs.

The person is known by (issuer, sub), never by a name or an e-mail (N-064). One subject may open
several dossiers (decision D1); a dossier is opened by one subject of an issuer at a time, and what
was before stays as history. No function here commits: the caller's unit of work does.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    BindParameter,
    Column,
    Index,
    MetaData,
    Table,
    Text,
    bindparam,
    insert,
    or_,
    select,
    update,
)

from idp.records import dataclass
from idp.upstream import LinkMethod
from idp.upstream_sql import Rows, SqlSession

Method = LinkMethod
IN_FORCE = 0
"""Value of ``ended_at`` for a link in force."""

REPLACED = "replaced_by_proof"
"""Reason of a link that ended because another subject proved the dossier; every other end was somebody's choice."""

metadata = MetaData()

federation_links = Table(
    "federation_links",
    metadata,
    Column("id", Text, primary_key=True),
    Column("issuer", Text, nullable=False),
    Column("sub", Text, nullable=False),
    Column("account_id", Text, nullable=False),
    Column("linked_at", BigInteger, nullable=False),
    Column("method", Text, nullable=False),
    Column("evidence", JSON, nullable=False),
    Column("ended_at", BigInteger, nullable=False, default=IN_FORCE, server_default="0"),
    Column("ended_reason", Text, nullable=False, default="", server_default=""),
    Index("ix_federation_links_person", "issuer", "sub"),
    Index("ix_federation_links_account", "account_id"),
)
_in_force = federation_links.c.ended_at == IN_FORCE
# One upstream person at a time opens a dossier. Partial, so that history may hold any number.
Index(
    "uq_federation_links_in_force",
    federation_links.c.issuer,
    federation_links.c.account_id,
    unique=True,
    sqlite_where=_in_force,
    postgresql_where=_in_force,
)


@dataclass(frozen=True, slots=True)
class Link:
    """One row. Times are Unix seconds; ``ended_at`` is 0 while the link is in force.

    ``evidence`` holds named reasons only (``{"birth_name": "same"}``), never the identity.
    """

    id: str
    issuer: str
    sub: str
    account_id: str
    linked_at: int
    method: LinkMethod
    evidence: Mapping[str, str]
    ended_at: int = IN_FORCE
    ended_reason: str = ""


@cache
def _known(places: int) -> Any:
    """Return the question for a person's links and those of so many accounts."""
    accounts: list[BindParameter[str]] = [bindparam(f"account_{place}") for place in range(places)]
    whose = or_(federation_links.c.sub == bindparam("of_sub"), federation_links.c.account_id.in_(accounts))
    query = select(federation_links).where(federation_links.c.issuer == bindparam("of_issuer"), whose)
    return query.order_by(federation_links.c.linked_at, federation_links.c.id)


@dataclass(frozen=True, slots=True)
class Known:
    """What was on record at one moment of an upstream person, and of accounts that the person may be.

    ``own``: what `of_person` returns, ``taken`` and ``held_back`` what `of_accounts` and `held_back` do.
    """

    own: tuple[Link, ...]
    taken: Mapping[str, Link]
    held_back: frozenset[str]


def known(rows: Rows, session: SqlSession, issuer: str, sub: str, account_ids: Sequence[str]) -> Known:
    """Return what is on record of a person and of these accounts, in one statement: each sign-in asks it.

    It has a place for each account, and places left over up to a power of two: so there are few such statements.
    """
    places = 1 << max(0, len(account_ids) - 1).bit_length()
    asked = {f"account_{place}": "" for place in range(places)}
    asked.update({f"account_{place}": account_id for place, account_id in enumerate(account_ids)})
    found = [Link(*row) for row in rows(session, _known(places), of_issuer=issuer, of_sub=sub, **asked)]
    own = tuple(link for link in found if link.sub == sub and link.ended_at == IN_FORCE)
    theirs = [link for link in found if link.account_id in account_ids]
    taken = {link.account_id: link for link in theirs if link.ended_at == IN_FORCE}
    last = {link.account_id: link.ended_reason for link in sorted(theirs, key=_since)}
    return Known(own, taken, _by_choice(last, taken))


def of_person(session: SqlSession, issuer: str, sub: str) -> tuple[Link, ...]:
    """Return the links in force of an upstream person, oldest first."""
    table = federation_links
    found = session.execute(
        select(table)
        .where(table.c.issuer == issuer, table.c.sub == sub, table.c.ended_at == IN_FORCE)
        .order_by(table.c.linked_at, table.c.id)
    )
    return tuple(_link(row) for row in found.mappings())


def of_accounts(session: SqlSession, issuer: str, account_ids: list[str]) -> dict[str, Link]:
    """Return ``{account_id: link in force}`` for one issuer; accounts without a link are absent."""
    if not account_ids:
        return {}
    table = federation_links
    found = session.execute(
        select(table).where(
            table.c.issuer == issuer,
            table.c.account_id.in_(account_ids),
            table.c.ended_at == IN_FORCE,
        )
    )
    return {link.account_id: link for link in (_link(row) for row in found.mappings())}


def history(session: SqlSession, account_id: str) -> tuple[Link, ...]:
    """Return every link an account has or had, oldest first."""
    table = federation_links
    found = session.execute(
        select(table).where(table.c.account_id == account_id).order_by(table.c.linked_at, table.c.id)
    )
    return tuple(_link(row) for row in found.mappings())


def held_back(session: SqlSession, issuer: str, account_ids: list[str]) -> frozenset[str]:
    """Return the accounts whose last link of an issuer was ended by choice and not made again since."""
    if not account_ids:
        return frozenset()
    table = federation_links
    found = session.execute(
        select(table.c.account_id, table.c.ended_at, table.c.ended_reason)
        .where(table.c.issuer == issuer, table.c.account_id.in_(account_ids))
        .order_by(table.c.linked_at, table.c.ended_at)
    )
    return _by_choice({row.account_id: row.ended_reason for row in found}, of_accounts(session, issuer, account_ids))


def _since(link: Link) -> tuple[int, int]:
    return link.linked_at, link.ended_at


def _by_choice(last: Mapping[str, str], linked: Mapping[str, Link]) -> frozenset[str]:
    """Return the accounts that are not linked and whose last link, by the reason of its end, somebody ended."""
    return frozenset(name for name, reason in last.items() if name not in linked and reason not in {"", REPLACED})


def add(session: SqlSession, link: Link) -> None:
    """Insert one link; the database refuses a second one in force (IntegrityError)."""
    session.execute(
        insert(federation_links).values(
            id=link.id,
            issuer=link.issuer,
            sub=link.sub,
            account_id=link.account_id,
            linked_at=link.linked_at,
            method=link.method,
            evidence=dict(link.evidence),
            ended_at=link.ended_at,
            ended_reason=link.ended_reason,
        )
    )


def end(session: SqlSession, link_id: str, *, now: int, reason: str) -> bool:
    """End a link in force, once; return whether this call did it."""
    table = federation_links
    done: Any = session.execute(
        update(table)
        .where(table.c.id == link_id, table.c.ended_at == IN_FORCE)
        .values(ended_at=now, ended_reason=reason)
    )
    return bool(done.rowcount == 1)


def _link(row: Any) -> Link:
    return Link(
        id=row["id"],
        issuer=row["issuer"],
        sub=row["sub"],
        account_id=row["account_id"],
        linked_at=row["linked_at"],
        method=row["method"],
        evidence=row["evidence"],
        ended_at=row["ended_at"],
        ended_reason=row["ended_reason"],
    )
