"""The two sides as the scenarios see them: where each listens, what it calls its endpoints, and what it costs."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from bench.wire import Wire, raw
from tests.support.cast import ISSUER
from tests.support.processes import Program

DISCOVERY: Final = "/.well-known/openid-configuration"
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PUBLISHED: Final = {
    "jwks": "jwks_uri",
    "authorize": "authorization_endpoint",
    "token": "token_endpoint",
    "userinfo": "userinfo_endpoint",
    "introspection": "introspection_endpoint",
    "revocation": "revocation_endpoint",
    "par": "pushed_authorization_request_endpoint",
}
"""Endpoints by the names that the bench has for them."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What one process holds, in KiB: all that is resident, and its share of what is (others' pages divided)."""

    resident: int
    share: int


@dataclass(frozen=True, slots=True)
class Side:
    """A running provider.

    `paths` are those of the endpoints that it publishes, by our names; `database` is empty for one that has none.
    """

    name: str
    port: int
    paths: dict[str, str]
    program: Program
    database: str = ""

    def seconds(self) -> float:
        """Return the processor time that it has used, in seconds, user and system."""
        return seconds_of(self.program.pid)

    def serving(self) -> list[int]:
        """Return the processes that answer: without the one that watches over them."""
        return [pid for pid in family(self.program.pid) if pid != self.program.pid] or [self.program.pid]

    def peak(self) -> int:
        """Return the most memory that one of its serving processes ever had resident, in KiB."""
        return max(peak_of(pid) for pid in self.serving())

    def memory(self) -> Memory:
        """Return what the largest of its serving processes holds now."""
        return max((memory_of(pid) for pid in self.serving()), key=lambda one: one.resident)


def endpoints(port: int) -> dict[str, str]:
    """Return the paths that a provider publishes, by our names."""
    wire = Wire(port)
    told = json.loads(
        wire.ask(raw("GET", DISCOVERY, {"Host": urlsplit(ISSUER).netloc, "X-Forwarded-Proto": "https"})).body
    )
    wire.close()
    found = {name: urlsplit(told[member]).path for name, member in _PUBLISHED.items() if member in told}
    return {"discovery": DISCOVERY, **found}


def seconds_of(pid: int) -> float:
    """Return the processor time of a program and all that it ever started, in seconds.

    A process that ended, and that its parent has taken note of, counts with its parent.
    """
    return sum(_times(one) for one in family(pid))


def family(ancestor: int) -> list[int]:
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


def peak_of(pid: int) -> int:
    """Return the most memory that a process ever had resident, in KiB."""
    return _told(Path(f"/proc/{pid}/status"), "VmHWM:")


def memory_of(pid: int) -> Memory:
    """Return what a process holds now."""
    file = Path(f"/proc/{pid}/smaps_rollup")
    return Memory(_told(file, "Rss:"), _told(file, "Pss:"))


def _stat(pid: int) -> list[str]:
    """Return the fields of a process after its name, the first being its state; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _times(pid: int) -> float:
    told = _stat(pid)
    return sum(int(one) for one in told[11:15]) / _TICKS if told else 0.0


def _told(file: Path, name: str) -> int:
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith(name):
            return int(line.split()[1])
    return 0
