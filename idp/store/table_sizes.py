"""How large the tables are: measured now, and the samples of the days before."""

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError

from idp.records import dataclass
from idp.store.rows import insert_if_absent, purge, table
from idp.store.session import Session
from idp.store.tables_admin import SizeSampleRow

SAMPLES: Final = table(SizeSampleRow)
DAY: Final = 86400
WHOLE: Final = "(database)"
"""The name under which a database stands that cannot tell its tables apart."""

_POSTGRESQL: Final = """
    SELECT c.relname, pg_total_relation_size(c.oid)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND n.nspname = current_schema()
"""
_SQLITE: Final = """
    SELECT m.tbl_name, SUM(s.pgsize)
    FROM dbstat s JOIN sqlite_master m ON m.name = s.name
    WHERE s.aggregate = TRUE GROUP BY m.tbl_name
"""
"""Each page of the file is looked at: for the housekeeping, once a day, and for no request."""
_SQLITE_WHOLE: Final = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"


@dataclass(frozen=True, slots=True)
class SizeSample:
    """The size in bytes of one table with its indexes, on one day, numbered in UTC from 1970."""

    day: int
    name: str
    bytes: int


class TableSizes:
    """Sizes, in one unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def measure(self) -> Mapping[str, int]:
        """Return the bytes of each table with its indexes, as they are now."""
        if self._session.dialect.name == "postgresql":
            return self._by_name(_POSTGRESQL)
        try:
            return self._by_name(_SQLITE)
        except OperationalError:
            # A SQLite built without the table of its pages.
            return {WHOLE: int(self._session.execute(text(_SQLITE_WHOLE)).scalar_one())}

    def sampled(self, day: int) -> bool:
        """Whether a day has its samples."""
        return self._session.execute(select(SAMPLES.c.name).where(SAMPLES.c.day == day).limit(1)).first() is not None

    def keep(self, day: int, sizes: Mapping[str, int]) -> None:
        """Keep what was measured on a day; what is there of it already stays."""
        for name, size in sorted(sizes.items()):
            insert_if_absent(self._session, SAMPLES, {"day": day, "name": name, "bytes": size}, "day", "name")

    def days(self, since: int) -> tuple[int, int] | None:
        """Return the first and the last day that have samples, from a day on; None where none has."""
        query = select(func.min(SAMPLES.c.day), func.max(SAMPLES.c.day)).where(SAMPLES.c.day >= since)
        first, last = self._session.execute(query).one()
        return None if first is None else (first, last)

    def on(self, days: Sequence[int]) -> Sequence[SizeSample]:
        """Return the samples of some days."""
        query = select(SAMPLES).where(SAMPLES.c.day.in_(days)).order_by(SAMPLES.c.day, SAMPLES.c.name)
        return [SizeSample(**row._asdict()) for row in self._session.execute(query)]

    def purge(self, before: int, limit: int = 500) -> int:
        """Delete at most `limit` samples of days before a day; return how many."""
        return purge(self._session, SAMPLES.c.day, SAMPLES.c.day < before, limit)

    def _by_name(self, query: str) -> Mapping[str, int]:
        return {str(name): int(size) for name, size in self._session.execute(text(query))}
