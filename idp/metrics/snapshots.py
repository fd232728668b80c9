"""One process' figures as a file, and the sum of a node's files.

A file is replaced whole, so that whoever reads finds an earlier or a later state and never half of one. Counters of
processes that have ended stay in the sum, which must not go back while the node lives; their gauges do not.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from idp.metrics import points
from idp.metrics.ledger import Gauge, Reading

Key = tuple[str, ...]

_GAUGES: Final[dict[str, Gauge]] = {one.name: one for one in points.GAUGES}
_LEVELS: Final = {one.name for one in points.LEVELS}


@dataclass
class Sums:
    """The figures of a node, by name and labels."""

    counters: dict[str, dict[Key, float]] = field(default_factory=dict)
    histograms: dict[str, dict[Key, list[float]]] = field(default_factory=dict)
    gauges: dict[str, dict[Key, float]] = field(default_factory=dict)

    def take(self, figures: dict[str, Any], *, alive: bool) -> None:
        """Add what one process wrote; the gauges only of one that is alive."""
        for name, cells in figures["counters"].items():
            held = self.counters.setdefault(name, {})
            for labels, value in cells:
                held[tuple(labels)] = held.get(tuple(labels), 0) + value
        for name, cells in figures["histograms"].items():
            buckets = self.histograms.setdefault(name, {})
            for labels, values in cells:
                before = buckets.get(tuple(labels), [0.0] * len(values))
                buckets[tuple(labels)] = [one + more for one, more in zip(before, values, strict=True)]
        if alive:
            self.read((name, tuple(labels), value) for name, labels, value in figures["gauges"])

    def read(self, gauges: Iterable[tuple[str, Key, float]]) -> None:
        """Add readings of gauges and levels."""
        for name, labels, value in gauges:
            held = self.gauges.setdefault(name, {})
            before = held.get(labels)
            if before is None:
                held[labels] = value
            else:
                adds = name in _LEVELS or _GAUGES[name].merge == "sum"
                held[labels] = before + value if adds else max(before, value)


def named(readings: Iterable[Reading]) -> list[tuple[str, Key, float]]:
    """Return readings as they are written down."""
    return [(gauge.name, tuple(map(str, labels)), value) for gauge, labels, value in readings]


def write(directory: Path, readings: Iterable[Reading]) -> None:
    """Write this process' figures.

    Raises:
        OSError: the directory is not there or full.
    """
    gauges = [*named(readings), *((level.name, (), level.value) for level in points.LEVELS)]
    text = json.dumps(
        {
            "counters": {one.name: _cells(one.cells()) for one in points.COUNTERS},
            "histograms": {one.name: _cells(one.cells()) for one in points.HISTOGRAMS},
            "gauges": gauges,
        },
        separators=(",", ":"),
    )
    draft = directory / f"{os.getpid()}.part"
    draft.write_text(text, encoding="ascii")
    draft.replace(directory / f"{os.getpid()}.json")


def _cells(cells: Iterable[tuple[tuple[object, ...], Any]]) -> list[tuple[list[str], Any]]:
    return [([str(label) for label in labels], value) for labels, value in cells]


def read(directory: Path) -> Sums:
    """Return the sum of all that the processes of a node have written."""
    sums = Sums()
    for file in sorted(directory.glob("*.json")):
        sums.take(json.loads(file.read_text(encoding="ascii")), alive=_alive(int(file.stem)))
    return sums


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
