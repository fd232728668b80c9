"""The journals of unfinished imports: one row each, advanced in the transaction of the batch it tells of."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import delete, select, update

from idp.records import dataclass
from idp.store.rows import changed, insert_if_absent, table
from idp.store.session import Session
from idp.store.tables_members import ImportRow

IMPORTS: Final = table(ImportRow)


@dataclass(frozen=True, slots=True)
class Journal:
    """How far an import got: lines done, and what was counted in them."""

    records: int
    counts: Mapping[str, int]


class Imports:
    """The journals, in one unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def open(self, import_id: str, counts: Mapping[str, int], now: int) -> Journal:
        """Begin a journal, or find the one that an interrupted import left."""
        fresh = {"id": import_id, "records": 0, "counts": dict(counts), "started_at": now, "updated_at": now}
        if insert_if_absent(self._session, IMPORTS, fresh, "id"):
            return Journal(0, counts)
        columns = (IMPORTS.c.records, IMPORTS.c.counts)
        return Journal(*self._session.execute(select(*columns).where(IMPORTS.c.id == import_id)).one())

    def advance(self, import_id: str, before: int, after: Journal, now: int) -> bool:
        """Move a journal on; False when it does not stand at `before`: somebody else imports the same file."""
        here = (IMPORTS.c.id == import_id) & (IMPORTS.c.records == before)
        values = {"records": after.records, "counts": dict(after.counts), "updated_at": now}
        return changed(self._session, update(IMPORTS).where(here).values(**values)) == 1

    def close(self, import_id: str, before: int) -> bool:
        """Delete a journal that stands at `before`; whether it did."""
        here = (IMPORTS.c.id == import_id) & (IMPORTS.c.records == before)
        return changed(self._session, delete(IMPORTS).where(here)) == 1

    def forget(self, before: int) -> int:
        """Delete the journals that nobody has gone on with since a time; return how many."""
        return changed(self._session, delete(IMPORTS).where(IMPORTS.c.updated_at < before))
