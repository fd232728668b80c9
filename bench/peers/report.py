"""The report: goal and figure side by side, what falls short, and on what machine."""

import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from bench.peers.ours import NAME as OURS
from bench.peers.peer import NAME as PEER
from bench.peers.rounds import Row
from bench.peers.scenarios import Scenario
from tests.support.node import node

NO_WORSE: Final = 1.1
"""Share of the peer's 99th percentile that counts as no worse: what two runs of one side differ by."""
COSTS: Final = (
    "What one answer costs: processor time of the provider's own processes, of PostgreSQL and of Redis; transactions "
    "of PostgreSQL; commands of Redis.\n"
)


@dataclass(frozen=True, slots=True)
class Found:
    """What a run found: a row a side for each scenario, the peaks of memory in KiB by side, and how it was run."""

    rows: Sequence[tuple[Scenario, dict[str, Row]]]
    peaks: dict[str, int]
    rounds: int
    seconds: int


def written(found: Found) -> str:
    """Return the report, as Markdown."""
    parts = [_head(found), _table(found), _costs(found), _short(found)]
    return "\n\n".join(parts) + "\n"


def _head(found: Found) -> str:
    today = datetime.now(UTC).date().isoformat()
    return (
        "# Beside the npm package oidc-provider\n\n"
        f"Measured on {today} with `python -m bench.peers --rounds {found.rounds} --seconds {found.seconds}`: "
        f"{os.cpu_count()} processors ({_processor()}), {_versions()}. Load average at the end: "
        f"{os.getloadavg()[0]:.1f}. Both sides, PostgreSQL, Redis and wrk share the machine.\n\n"
        "Two server processes a side. Medians of the rounds; the sides took turns. Milliseconds."
    )


def _table(found: Found) -> str:
    lines = [
        "| work | ours, 1/s | peer, 1/s | times | goal | p50 | p95 | p99 | peer p50 | p95 | p99 | rounds differ by |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for scenario, rows in found.rows:
        own, other = rows[OURS], rows[PEER]
        own_ms, other_ms = (
            " | ".join(f"{row.latency(name):.1f}" for name in ("p50", "p95", "p99")) for row in (own, other)
        )
        lines.append(
            f"| {scenario.name} | {own.rate():.0f} | {other.rate():.0f} | **{own.rate() / other.rate():.2f}** "
            f"| {scenario.goal:g} | {own_ms} | {other_ms} | {max(own.spread(), other.spread()):.0%} |"
        )
    return "\n".join(lines)


def _costs(found: Found) -> str:
    lines = [
        COSTS,
        "| work | side | own | PostgreSQL | Redis | transactions | commands |",
        "|---|---|---|---|---|---|---|",
    ]
    for scenario, rows in found.rows:
        for name, row in rows.items():
            times = " | ".join(f"{row.cost(what):.2f}" for what in ("own", "postgres", "redis"))
            lines.append(
                f"| {scenario.name} | {name} | {times} | {row.cost('transactions'):.1f} | {row.cost('commands'):.1f} |"
            )
    peaks = ", ".join(f"{name} {peak / 1024:.0f} MiB" for name, peak in found.peaks.items())
    lines.append(f"\nMost memory that one serving process had resident: {peaks}.")
    return "\n".join(lines)


def _short(found: Found) -> str:
    short = []
    for scenario, rows in found.rows:
        own, other = rows[OURS], rows[PEER]
        times = own.rate() / other.rate()
        if times < scenario.goal:
            short.append(f"- {scenario.name}: {times:.2f} times the peer's rate, {scenario.goal:g} wanted.")
        if own.latency("p99") > other.latency("p99") * NO_WORSE:
            short.append(
                f"- {scenario.name}: 99 % within {own.latency('p99'):.1f} ms, the peer's {other.latency('p99'):.1f} ms."
            )
    return "## What falls short\n\n" + ("\n".join(short) or "Nothing.")


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _versions() -> str:
    command = [str(node()), "--version"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603 - by path
    return f"Python {platform.python_version()}, Granian {version('granian')}, Node {told.lstrip('v')}"
