"""The sum of what a node's processes wrote."""

import json
import os
import subprocess
import sys
from pathlib import Path

from idp.metrics import points, snapshots


def ended() -> int:
    """Return the id of a process that is over."""
    process = subprocess.Popen([sys.executable, "-c", "pass"])
    process.wait()
    return process.pid


def test_counters_of_the_dead_stay_and_their_gauges_go(tmp_path: Path) -> None:
    """A counter must not go back when a process ends; how much memory that one had is nobody's any more."""
    points.TOKENS.add("of_this_test", by=3)
    points.HASH_TIME.observe(0.02)
    gauges = [(points.MEMORY, (), 100.0), (points.MEMORY_MOST, (), 70.0), (points.PROCESSES, (), 1.0)]
    snapshots.write(tmp_path, gauges)
    own = tmp_path / f"{os.getpid()}.json"
    written = json.loads(own.read_text("ascii"))
    alone = snapshots.read(tmp_path)
    (tmp_path / f"{os.getppid()}.json").write_text(json.dumps(written), "ascii")
    (tmp_path / f"{ended()}.json").write_text(json.dumps(written), "ascii")
    sums = snapshots.read(tmp_path)
    assert 9 == sums.counters["idp_tokens_issued_total"]["of_this_test",]
    before, after = (one.histograms["idp_password_hash_seconds"][()] for one in (alone, sums))
    assert [3 * count for count in before[:-1]] == after[:-1]
    shown = [sums.gauges[gauge.name][()] for gauge, _, _ in gauges]
    assert [200, 70, 2] == shown


def test_every_figure_is_declared_once() -> None:
    """A name stands for one figure, and those that count end in _total, those that measure time in _seconds."""
    figures = [*points.COUNTERS, *points.HISTOGRAMS, *points.LEVELS, *points.GAUGES]
    assert len(figures) == len({figure.name for figure in figures})
    assert {figure.name for figure in figures} == {
        one.name for one in vars(points).values() if hasattr(one, "name") and hasattr(one, "labels")
    }
    assert all(one.name.endswith("_total") for one in points.COUNTERS)
    assert all(one.name.endswith("_seconds") for one in points.HISTOGRAMS)
    assert all(one.name.startswith("idp_") and one.words.endswith(".") for one in figures)
