"""What `make test-faults` tells: a line a case while it runs, and a table with outcome and figures."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

FILE = Path("bench") / "report-faults.md"
_HEADING = """\
# Faults

Written by `make test-faults`, last on {day} ({machine}). Each case runs real programs: `idp serve`, its worker,
PostgreSQL, Redis, FranceConnect's emulator, a mail server; after each, the invariants I1 to I10 are judged by what
every browser and application wrote down and by the database. What each fault means for an operator: `docs/faults.md`.

| case | fault | outcome | figures |
| --- | --- | --- | --- |
"""


class Report:
    """Gathers the cases of a run; as a plugin of pytest."""

    def __init__(self, machine: str) -> None:
        self._machine = machine
        self._rows: dict[str, tuple[str, str, str, str]] = {}

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
        """Note how a case ended; a breach of an invariant shows after it, and counts."""
        result: Any = yield
        marker, report = item.get_closest_marker("case"), result.get_result()
        if marker is None or (report.when == "setup" and report.passed):
            return
        name, fault = marker.args
        _, _, before, _ = self._rows.get(item.nodeid, ("", "", "held", ""))
        outcome = before if report.passed else f"FAILED: {_first_line(call)}".replace("|", "/")
        figures = dict(item.user_properties)
        variant = item.name.partition("[")[2].rstrip("]")
        title = f"{fault} ({variant})" if variant else fault
        self._rows[item.nodeid] = (name, title, outcome, _told(figures))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the table, and write it down."""
        if not self._rows:
            return
        rows = sorted(self._rows.values())
        terminalreporter.section("faults")
        for row in rows:
            terminalreporter.line(" | ".join(row))
        day = datetime.now(UTC).strftime("%d %B %Y")
        told = {
            (name, title): f"| {name} | {title} | {outcome} | {figures} |" for name, title, outcome, figures in rows
        }
        table = "\n".join(line for _, line in sorted({**_earlier(), **told}.items()))
        FILE.write_text(_HEADING.format(day=day, machine=self._machine) + table + "\n", encoding="utf-8")


def _earlier() -> dict[tuple[str, str], str]:
    """Return the rows of earlier runs: one that picked some cases leaves the others' as they were."""
    lines = FILE.read_text(encoding="utf-8").splitlines() if FILE.exists() else []
    rows = [line for line in lines if line.startswith("| R-")]
    return {(cells[1], cells[2]): row for row in rows if (cells := [cell.strip() for cell in row.split("|")])}


def _first_line(call: pytest.CallInfo[None]) -> str:
    text = str(call.excinfo.value) if call.excinfo is not None else ""
    return text.strip().splitlines()[0][:160] if text.strip() else "no message"


def _told(figures: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {value}".replace("|", "/") for name, value in figures.items())
