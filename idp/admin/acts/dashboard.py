"""The dashboard: sign-ins by hour and day, why others failed, deliveries, and how the tables grow. Counts, no names."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from idp.admin.actor import Actor
from idp.clock import Clock
from idp.records import dataclass
from idp.services.size_samples import Sizes, SizeSamples
from idp.store.db import Store
from idp.store.statistics import HOUR, Delivered, Opened

HOURS: Final = 48
DAYS: Final = 30
DELIVERIES: Final = 7
"""Days over which what was sent and given up is counted."""
_DAY: Final = 86400
_PARIS: Final = ZoneInfo("Europe/Paris")


@dataclass(frozen=True, slots=True)
class Span:
    """An hour or a day of Paris, by its first second (Unix seconds), and how many sessions each method opened in it."""

    begins: int
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        """All methods."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Dashboard:
    """What the dashboard says at a time (Unix seconds).

    `hours` and `days` have every one of the time looked at, the oldest first, and the present one last. `failures` are
    by reason, over the same days, the most frequent first. `sizes` are None before the first sample.
    """

    at: int
    hours: Sequence[Span]
    days: Sequence[Span]
    failures: Mapping[str, int]
    deliveries: Sequence[Delivered]
    letters_waiting: int
    letters_printed: int
    sizes: Sizes | None

    @property
    def methods(self) -> Sequence[str]:
        """The methods by which anybody came, the most used first."""
        used: Counter[str] = Counter()
        for day in (*self.days, *self.hours):
            used.update(day.counts)
        return [method for method, _ in sorted(used.items(), key=lambda one: (-one[1], one[0]))]


class DashboardActs:
    """What may be seen at a glance.

    Args:
        store: what is counted.
        sizes: the samples of the tables.
        clock: Unix seconds.
    """

    def __init__(self, store: Store, sizes: SizeSamples, clock: Clock) -> None:
        self._store = store
        self._sizes = sizes
        self._clock = clock

    def read(self, actor: Actor) -> Dashboard:
        """Return the counts of now.

        Raises:
            ForbiddenError: not the actor's to see.
            Unavailable: the store does not answer.
        """
        now = self._clock()
        actor.permit("dashboard.read", now)
        days = _days(now)
        with self._store.reading() as unit:
            opened = unit.statistics.opened(days[0])
            failures = unit.statistics.refused(days[0])
            deliveries = unit.statistics.deliveries(now - DELIVERIES * _DAY)
            waiting, printed = unit.statistics.letters(now - DELIVERIES * _DAY)
        hours = [now - now % HOUR - (HOURS - 1 - number) * HOUR for number in range(HOURS)]
        return Dashboard(
            at=now,
            hours=_spans(opened, hours),
            days=_spans(opened, days),
            failures=failures,
            deliveries=deliveries,
            letters_waiting=waiting,
            letters_printed=printed,
            sizes=self._sizes.read(),
        )


def _days(now: int) -> list[int]:
    """Return when the last days of Paris began, today's among them; those of a change of clocks have an hour less."""
    today = datetime.fromtimestamp(now, _PARIS).date()
    dates = [today - timedelta(days=DAYS - 1 - number) for number in range(DAYS)]
    return [int(datetime(one.year, one.month, one.day, tzinfo=_PARIS).timestamp()) for one in dates]


def _spans(opened: Sequence[Opened], begins: Sequence[int]) -> list[Span]:
    """Put hours into the spans that begin at these times, each of which ends with the next."""
    counts: list[Counter[str]] = [Counter() for _ in begins]
    for one in opened:
        place = sum(begin <= one.hour for begin in begins) - 1
        if place >= 0:
            counts[place][one.method] += one.count
    return [Span(begin, dict(held)) for begin, held in zip(begins, counts, strict=True)]
