"""Which of the two stores holds what may vanish: a row a step, Redis first, so that all nodes agree on one order.

Steps go round in fours: Redis is used, it is being left, the database stands in, the database is being left, Redis is
used again. Two nodes that take the same step at the same time write the same row, and one of them does. What a step
keeps is kept under its own mark, which no other step has: whatever was left behind in either store is never read
again (`idp.store.kv_stand_in`).
"""

from typing import Final, Literal

from sqlalchemy import bindparam, func, select, update

from idp.records import dataclass
from idp.store.prepared import Prepared
from idp.store.rows import insert_if_absent, table
from idp.store.session import Session
from idp.store.tables import EraRow

ERAS: Final = table(EraRow)

Place = Literal["redis", "leaving redis", "database", "leaving database"]
REDIS: Final = "redis"
DATABASE: Final = "database"
_PLACES: Final[tuple[Place, ...]] = (REDIS, "leaving redis", DATABASE, "leaving database")
_STANDS_IN: Final = _PLACES.index(DATABASE)

_CURRENT: Final = Prepared(select(ERAS).where(ERAS.c.step == select(func.max(ERAS.c.step)).scalar_subquery()))
_DOUBT: Final = Prepared(
    update(ERAS)
    .where(ERAS.c.step == bindparam("of"), ERAS.c.doubted_at < bindparam("at"))
    .values(doubted_at=bindparam("at"))
)


@dataclass(frozen=True, slots=True)
class Era:
    """One step. Times are Unix seconds; `doubted_at` is when a node last could not use Redis while it stood."""

    step: int
    mark: str
    began_at: int
    doubted_at: int

    @property
    def place(self) -> Place:
        """Where values are kept; while a store is being left, nowhere."""
        return _PLACES[self.step % len(_PLACES)]

    @property
    def prefix(self) -> str:
        """What the names of this step's values begin with; nothing in a house whose Redis was never lost."""
        return f"era-{self.mark}:" if self.mark else ""


FIRST: Final = Era(0, "", 0, 0)
"""The step of a house without rows."""


class Eras:
    """The steps, in one unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def current(self) -> Era:
        """Return the latest step. One statement."""
        row = _CURRENT.first(self._session)
        return FIRST if row is None else Era(*row)

    def begin(self, step: int, mark: str, now: int) -> bool:
        """Take a step; return whether this transaction does, and no other did.

        Args:
            step: the one after the latest.
            mark: random, for this step alone.
            now: Unix seconds.
        """
        values = {"step": step, "mark": mark, "began_at": now, "doubted_at": now}
        return insert_if_absent(self._session, ERAS, values, "step")

    def doubt(self, step: int, now: int) -> bool:
        """Note that a node cannot use Redis during a step; return whether that is news."""
        return _DOUBT.count(self._session, of=step, at=now) == 1

    def stood_in(self, since: int) -> int:
        """Return how often the database began to stand in, at or after a time."""
        stands_in = ERAS.c.step % len(_PLACES) == _STANDS_IN
        query = select(func.count()).select_from(ERAS).where(stands_in, ERAS.c.began_at >= since)
        return int(self._session.execute(query).scalar_one())
