"""Many dossiers at a time: read, insert and update thousands in a handful of statements."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, cast

from sqlalchemy import CursorResult, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from idp.protocol.names import STAFF
from idp.store.accounts import ACCOUNTS
from idp.store.errors import StoreBusy
from idp.store.grants import GRANTS
from idp.store.member_names import MemberNames
from idp.store.session import Session

Row = Mapping[str, Any]
"""One account, by column name."""

# What an import may change; identity, times of creation and what the member chose here stay out.
WRITTEN: Final = tuple(
    column.name for column in ACCOUNTS.columns if column.name not in {"id", "subject", "dossier", "created_at"}
)


class BulkAccounts:
    """Dossiers by the thousand, in one unit of work; a call takes 5000 at most (SQLite's bound on parameters)."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._postgresql = session.dialect.name == "postgresql"

    def known(self, dossiers: Sequence[str], *, lock: bool) -> dict[str, Row]:
        """Return the accounts that exist, by number; `lock` holds them until the unit ends."""
        query = select(ACCOUNTS).where(ACCOUNTS.c.dossier.in_(dossiers)).order_by(ACCOUNTS.c.dossier)
        found = self._session.execute(query.with_for_update() if lock else query)
        return {row["dossier"]: cast("Row", row) for row in found.mappings()}

    def insert(self, rows: Sequence[Row]) -> None:
        """Insert accounts that were not known.

        Raises:
            StoreBusy: one of them came in meanwhile; the unit is to be done again.
        """
        if not rows:
            return
        make = postgresql.insert if self._postgresql else sqlite.insert
        statement = make(ACCOUNTS).on_conflict_do_nothing(index_elements=["dossier"])
        options = {"preserve_rowcount": True}
        result = cast(
            "CursorResult[Any]",
            self._session.execute(statement, [dict(row) for row in rows], execution_options=options),
        )
        if result.rowcount != len(rows):
            raise StoreBusy("a dossier was created beside the import")
        MemberNames(self._session).replace(rows, new=True)

    def update(self, rows: Sequence[Row]) -> None:
        """Bring known accounts up to date, found by `id`."""
        if not rows:
            return
        statement = (
            update(ACCOUNTS)
            .where(ACCOUNTS.c.id == bindparam("key"))
            .values({name: bindparam(f"new_{name}", type_=ACCOUNTS.c[name].type) for name in WRITTEN})
        )
        values = [{"key": row["id"]} | {f"new_{name}": row[name] for name in WRITTEN} for row in rows]
        self._session.connection().execute(statement, values)
        MemberNames(self._session).replace(rows)

    def with_grants(self, account_ids: Sequence[str]) -> Sequence[str]:
        """Return those of some accounts that still have a grant to revoke."""
        if not account_ids:
            return []
        live = GRANTS.c.account_id.in_(account_ids) & GRANTS.c.revoked_at.is_(None)
        return list(self._session.scalars(select(GRANTS.c.account_id).where(live).distinct()))

    def pages(self, size: int = 1000) -> Iterator[Sequence[Row]]:
        """Yield every dossier in the order of its number, a page at a time; one snapshot on SQLite."""
        last = ""
        while True:
            members = (ACCOUNTS.c.dossier > last) & (ACCOUNTS.c.situation != STAFF)
            query = select(ACCOUNTS).where(members).order_by(ACCOUNTS.c.dossier).limit(size)
            page = [cast("Row", row) for row in self._session.execute(query).mappings()]
            if not page:
                return
            yield page
            last = page[-1]["dossier"]
