"""The two sides as the scenarios see them: where each listens, what it calls its endpoints, and what it costs."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.support.processes import Program

_TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Side:
    """A running provider.

    `paths` are those of its endpoints by their names in the discovery document; `database` is empty for one that has
    none.
    """

    name: str
    port: int
    paths: dict[str, str]
    program: Program
    database: str = ""

    def pids(self) -> list[int]:
        """Return its processes."""
        return _family(self.program.pid)

    def seconds(self) -> float:
        """Return the processor time that it has used, in seconds, user and system."""
        return sum(_times(pid) for pid in self.pids())

    def peak(self) -> int:
        """Return the most memory that one of its serving processes ever had resident, in KiB."""
        return max((_peak(pid) for pid in self.pids() if pid != self.program.pid), default=_peak(self.program.pid))


def seconds_of(pid: int) -> float:
    """Return the processor time of a program and all that it started, in seconds."""
    return sum(_times(one) for one in _family(pid))


def _family(ancestor: int) -> list[int]:
    """Return a process with all its descendants: PostgreSQL's have process groups of their own."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (told := _stat(int(entry.name))):
            parents[int(entry.name)] = int(told[1])
    found, fresh = {ancestor}, {ancestor}
    while fresh:
        fresh = {pid for pid, parent in parents.items() if parent in fresh}
        found |= fresh
    return sorted(found)


def _stat(pid: int) -> list[str]:
    """Return the fields of a process after its name, the first being its state; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _times(pid: int) -> float:
    told = _stat(pid)
    return (int(told[11]) + int(told[12])) / _TICKS if told else 0.0


def _peak(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    return 0
