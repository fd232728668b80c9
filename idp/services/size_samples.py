"""How the tables grow: one sample a day, and what it says of the disk. The measuring is the housekeeping's."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from idp.clock import Clock
from idp.records import dataclass
from idp.store.db import Store
from idp.store.table_sizes import DAY

KEPT: Final = 400
"""Days for which samples are kept."""
LOOKED_BACK: Final = 90
"""Days over which growth is measured, where there are so many."""
ENOUGH: Final = 7
"""Days between two samples from which their difference says something."""
MONTH: Final = 30
_BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class TableSize:
    """One table with its indexes: bytes, and how many more in thirty days, None where that is not known yet."""

    name: str
    bytes: int
    growth: int | None


@dataclass(frozen=True, slots=True)
class Sizes:
    """The tables, the largest first, as they were measured at a time (Unix seconds).

    `capacity` is in bytes, None where nobody said it; `full_in_months` is None where that is not known, or never.
    """

    measured_at: int
    tables: Sequence[TableSize]
    capacity: int | None

    @property
    def bytes(self) -> int:
        """All tables."""
        return sum(one.bytes for one in self.tables)

    @property
    def growth(self) -> int | None:
        """What all tables grow in thirty days."""
        known = [one.growth for one in self.tables if one.growth is not None]
        return sum(known) if known else None

    @property
    def full_in_months(self) -> int | None:
        """Months of thirty days after which the capacity is reached, as growth has been; 0 where it is."""
        if self.capacity is None or self.growth is None or self.growth <= 0:
            return None
        return max(0, self.capacity - self.bytes) // self.growth


class SizeSamples:
    """Takes and reads the samples.

    Args:
        store: whose tables, and where the samples are.
        clock: Unix seconds.
        capacity: bytes that there is room for; None: as much as the disk of a SQLite file has free, unknown otherwise.
    """

    def __init__(self, store: Store, clock: Clock, capacity: int | None = None) -> None:
        self._store = store
        self._clock = clock
        self._capacity = capacity

    def sample(self) -> bool:
        """Take the day's sample and forget the oldest, unless that was done; return whether it was taken now."""
        today = self._clock() // DAY
        with self._store.reading() as unit:
            if unit.table_sizes.sampled(today):
                return False
            sizes = unit.table_sizes.measure()
        with self._store.begin() as unit:
            unit.table_sizes.keep(today, sizes)
            unit.table_sizes.purge(today - KEPT, _BATCH)
        return True

    def read(self) -> Sizes | None:
        """Return the last sample and the growth up to it; None before the first one."""
        since = self._clock() // DAY - LOOKED_BACK
        with self._store.reading() as unit:
            days = unit.table_sizes.days(since)
            if days is None:
                return None
            first, last = days
            found = unit.table_sizes.on(sorted(set(days)))
        before = {one.name: one.bytes for one in found if one.day == first}
        span = last - first
        tables = [
            TableSize(one.name, one.bytes, _growth(before.get(one.name, 0), one.bytes, span))
            for one in found
            if one.day == last
        ]
        tables.sort(key=lambda one: (-one.bytes, one.name))
        return Sizes(last * DAY, tables, self._room(sum(one.bytes for one in tables)))

    def _room(self, held: int) -> int | None:
        if self._capacity is not None:
            return self._capacity
        url = self._store.engine.url
        if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
            return None
        return held + shutil.disk_usage(Path(str(url.database)).parent).free


def _growth(before: int, now: int, span: int) -> int | None:
    return round((now - before) * MONTH / span) if span >= ENOUGH else None
