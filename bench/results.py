"""What was measured, kept as JSON part by part: a part that was not measured again stays, with its own day and machine.

The file is what `--compare` takes, and what the report is written from.
"""

import json
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from tests.support import postgresql, redis_server
from tests.support.sources import ROOT

FILE: Final = ROOT / "bench" / "results.json"
PARTS: Final = ("peers", "few", "sign-ins", "growth", "memory", "cold-start", "tables")


class Results:
    """The parts by name; each is `{"measured", "machine", "how", "found"}`."""

    def __init__(self, parts: dict[str, dict[str, Any]] | None = None) -> None:
        self.parts = parts or {}

    @classmethod
    def read(cls, file: Path) -> "Results":
        """Return what a file keeps; nothing when there is none."""
        return cls(json.loads(file.read_text(encoding="utf-8")) if file.exists() else {})

    def write(self, file: Path) -> None:
        """Keep them in a file."""
        text = json.dumps(self.parts, indent=1, ensure_ascii=False, sort_keys=True)
        # A reading on one line: a thousand lines say less.
        text = re.sub(r"\{\s+([^{}\[\]]+?)\s+\}", lambda found: "{" + re.sub(r"\s+", " ", found[1]) + "}", text)
        text = re.sub(r"\[\s+([^{}\[\]]+?)\s+\]", lambda found: "[" + re.sub(r"\s+", " ", found[1]) + "]", text)
        file.write_text(text + "\n", encoding="utf-8")

    def add(self, part: str, found: Any, how: str) -> None:
        """Take in a part that has just been measured; `how` says with what command."""
        self.parts[part] = {
            "measured": datetime.now(UTC).date().isoformat(),
            "machine": machine(),
            "how": how,
            "found": plain(found),
        }

    def processors(self, part: str) -> int:
        """Return how many processors the machine had that a part was measured on; 1 where it was never measured."""
        return int((self.parts.get(part, {}).get("machine") or "1").split()[0])

    def found(self, part: str) -> Any:
        """Return what a part found, or None when it was never measured."""
        return self.parts.get(part, {}).get("found")


def machine() -> str:
    """Return what it was measured on: processors, memory, versions, and how busy it was."""
    return (
        f"{os.cpu_count()} processors ({_processor()}), {_memory()} GiB, {platform.system()} {platform.release()}; "
        f"Python {platform.python_version()} ({_build()}), Granian {version('granian')}, "
        f"{_postgresql()}, {_redis()}{_node()}; "
        f"load average {os.getloadavg()[0]:.1f}"
    )


def plain(found: Any) -> Any:
    """Return values as JSON keeps them: four digits after the point."""
    if is_dataclass(found) and not isinstance(found, type):
        return plain(asdict(found))
    if isinstance(found, dict):
        return {str(name): plain(value) for name, value in found.items()}
    if isinstance(found, list | tuple):
        return [plain(value) for value in found]
    return round(found, 4) if isinstance(found, float) else found


def _build() -> str:
    """Return who compiled this Python: one compiled without a profile of its work takes a tenth to a quarter longer."""
    if sys.base_prefix == "/usr":
        return "the system's"
    profiled = "--enable-optimizations" in str(sysconfig.get_config_var("CONFIG_ARGS"))
    return "compiled with a profile" if profiled else "compiled without a profile"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _memory() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)


def _said(*command: str | Path) -> str:
    done = subprocess.run(  # noqa: S603 - by absolute path
        [str(part) for part in command], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def _postgresql() -> str:
    folder = postgresql.programs()
    return _said(folder / "postgres", "--version").replace("postgres (PostgreSQL)", "PostgreSQL") if folder else ""


def _redis() -> str:
    program = redis_server.program()
    found = re.search(r"v=([\d.]+)", _said(program, "--version")) if program else None
    return f"Redis {found[1]}" if found else ""


def _node() -> str:
    """Return Node's version; nothing where it is missing, as it may for all that is not beside the peer."""
    found = shutil.which("node")
    return f", Node {_said(found, '--version').lstrip('v')}" if found else ""
