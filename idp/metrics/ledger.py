"""Counters, durations and levels of this process. A lock and a dictionary: cheap enough for every request.

prometheus-client's own, in the mode for several processes, cost ten times as much (docs/performance.md); its text
format is used where the figures leave (`idp.metrics.exposition`).
"""

from bisect import bisect_left
from collections.abc import Sequence
from threading import Lock
from typing import Final, Literal

MOST_SERIES: Final = 4000
"""Different labels that one figure may have in a process; what comes on top is counted as `other`."""

SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of durations' buckets."""

Labels = tuple[object, ...]
Merge = Literal["sum", "max"]


class Figure:
    """What every figure has: the name that Prometheus sees, a sentence, the names of its labels."""

    def __init__(self, name: str, words: str, labels: Sequence[str] = ()) -> None:
        self.name: Final = name
        self.words: Final = words
        self.labels: Final = tuple(labels)
        self._lock = Lock()

    def _other(self) -> Labels:
        return ("other",) * len(self.labels)


class Counter(Figure):
    """Only grows; named `…_total`.

    Args:
        name: as Prometheus sees it.
        words: a sentence.
        labels: their names.
        known: labels that are shown from the start, at 0, so that the first one of a rare kind is seen as growth.
    """

    def __init__(
        self, name: str, words: str, labels: Sequence[str] = (), *, known: Sequence[Labels] | None = None
    ) -> None:
        super().__init__(name, words, labels)
        begun: Sequence[Labels] = known if known is not None else () if labels else ((),)
        self._cells: dict[Labels, float] = dict.fromkeys(begun, 0)

    def add(self, *labels: object, by: float = 1) -> None:
        """Count one more, or `by` more. Labels are words of ours, never a stranger's."""
        with self._lock:
            cells = self._cells
            if labels not in cells and len(cells) >= MOST_SERIES:
                labels = self._other()
            cells[labels] = cells.get(labels, 0) + by

    def cells(self) -> list[tuple[Labels, float]]:
        """Return every label's count."""
        with self._lock:
            return list(self._cells.items())


class Histogram(Figure):
    """Durations in seconds, by bucket.

    Args:
        name: ends in `_seconds`.
        words: a sentence.
        labels: their names.
        counter: name of a counter beside it that has the last label too, which the buckets then do without.
    """

    def __init__(self, name: str, words: str, labels: Sequence[str] = (), *, counter: str | None = None) -> None:
        super().__init__(name, words, labels)
        self.counter: Final = counter
        self._cells: dict[Labels, list[float]] = {}

    def observe(self, seconds: float, *labels: object) -> None:
        """Take one duration."""
        bucket = bisect_left(SECONDS, seconds)
        with self._lock:
            cell = self._cells.get(labels)
            if cell is None:
                cell = self._new(labels)
            cell[bucket] += 1
            cell[-1] += seconds

    def _new(self, labels: Labels) -> list[float]:
        if len(self._cells) >= MOST_SERIES:
            labels = self._other()
        return self._cells.setdefault(labels, [0] * (len(SECONDS) + 1) + [0.0])

    def cells(self) -> list[tuple[Labels, list[float]]]:
        """Return every label's buckets, the one above the last bound among them, and behind them the sum of seconds."""
        with self._lock:
            return [(labels, list(cell)) for labels, cell in self._cells.items()]


class Level(Figure):
    """Goes up and down in this process; a node shows the sum of its processes."""

    def __init__(self, name: str, words: str) -> None:
        super().__init__(name, words)
        self._value = 0

    def move(self, by: int) -> None:
        """Raise or lower it."""
        with self._lock:
            self._value += by

    @property
    def value(self) -> int:
        """Where it stands."""
        return self._value


class Gauge(Figure):
    """Read when figures are written down; `merge` says what a node shows of what its processes read."""

    def __init__(self, name: str, words: str, labels: Sequence[str] = (), *, merge: Merge = "sum") -> None:
        super().__init__(name, words, labels)
        self.merge: Final = merge


Reading = tuple[Gauge, Labels, float]
"""What a gauge shows now."""
