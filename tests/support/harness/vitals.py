"""What a house uses: memory, open files, connections, work that waits. Everything comes back to where it was (I10)."""

import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, func, select, text

from idp.store.tables import OutboxRow
from tests.support.harness.house import House

_AT_WORK = 180
"""MiB of a process that has answered a few hundred requests of every kind."""
_MEMORY = 60
"""MiB by which a process may differ from another that did other work."""
_FILES = 64
"""Files and sockets by which the whole house may differ: two pools a process, filled when they are first needed."""


@dataclass(frozen=True, slots=True)
class Vitals:
    """One look. Memory is the largest process's, in MiB; the rest is of all of them; -1 where nobody can say."""

    memory: int
    files: int
    connections: int
    waiting: int

    def beyond(self, before: "Vitals", pool: int, hashes: int) -> list[str]:
        """Return what has grown beyond what is usual; `hashes` are the MiB that every thread may keep for one."""
        grown = []
        if self.memory > max(before.memory, _AT_WORK) + _MEMORY + hashes:
            grown.append(f"memory {before.memory} -> {self.memory} MiB")
        if self.files > before.files + _FILES:
            grown.append(f"files {before.files} -> {self.files}")
        if self.connections > max(before.connections, pool):
            grown.append(f"database connections {before.connections} -> {self.connections}")
        if self.waiting > before.waiting:
            grown.append(f"queue {before.waiting} -> {self.waiting}")
        return grown


def look(house: House) -> Vitals:
    """Look at a house that runs."""
    pids = house.worker_pids()
    with house.application.store.reading() as unit:
        open_tasks = select(func.count()).select_from(OutboxRow).where(OutboxRow.done_at.is_(None))
        waiting = unit.session.execute(open_tasks).scalar_one()
    return Vitals(
        memory=max((_memory(pid) for pid in pids), default=0),
        files=sum(_files(pid) for pid in pids),
        connections=_connections(house),
        waiting=int(waiting) if house.worker is not None else 0,
    )


def settles(house: House, before: Vitals, seconds: float = 60) -> list[str]:
    """Wait until a house uses what it used before, and return what does not come back in time."""
    deadline, pool = time.monotonic() + seconds, (house.workers + 1) * 8  # the harness has a pool of its own
    own = house.application.settings
    hashes = own.server.threads * own.passwords.memory_kib // 1024
    while grown := look(house).beyond(before, pool, hashes):
        if time.monotonic() > deadline:
            return grown
        time.sleep(0.5)
    return []


def memory(house: House) -> Iterator[int]:
    """Give the memory of each serving process, in MiB."""
    return (_memory(pid) for pid in house.worker_pids())


def _memory(pid: int) -> int:
    shown = subprocess.run(["/bin/ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return int(shown.stdout.strip() or 0) // 1024


def _files(pid: int) -> int:
    folder = Path(f"/proc/{pid}/fd")
    try:
        return len(list(folder.iterdir()))
    except OSError:
        return 0


def _connections(house: House) -> int:
    if house.stores.postgres is None:
        return -1
    engine = create_engine(house.stores.direct_url)
    try:
        with engine.connect() as connection:
            query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            return int(connection.execute(text(query)).scalar_one())
    finally:
        engine.dispose()
