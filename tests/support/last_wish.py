"""What the tests started ends with them, however they end: a killed run leaves no server behind.

A witness, a process of its own, holds the other end of a pipe. It is told of each process group that the tests start
and stop; when the pipe breaks, which it does whatever ended the run, it kills the groups that are left. Asking the
kernel for it (`PR_SET_PDEATHSIG`) would not do: that ends a program with the thread that started it.
"""

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from typing import Any

_lock = threading.Lock()
_witness: dict[int, int] = {}
"""The pipe of this process to its witness, by its id: a process that was forked from this one has none yet."""


def started(group: int) -> None:
    """A process group was started: it is to end with this process."""
    _tell(f"+{group}\n")


def ended(group: int) -> None:
    """A process group has ended: its number may be another's soon."""
    _tell(f"-{group}\n")


def _tell(line: str) -> None:
    with _lock:
        pipe = _witness.get(os.getpid())
        if pipe is None:
            theirs, pipe = os.pipe()
            # In a session of its own, so that a signal to the run's own group spares it.
            quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            process = subprocess.Popen(
                [sys.executable, "-S", "-E", __file__], stdin=theirs, start_new_session=True, **quiet
            )
            os.close(theirs)
            # Nobody waits for it: it outlives us, and that is no mistake to warn of.
            process.returncode = 0
            _witness[os.getpid()] = pipe
        os.write(pipe, line.encode())


def _watch() -> None:
    left: set[int] = set()
    for line in sys.stdin:
        group = int(line[1:])
        (left.add if line.startswith("+") else left.discard)(group)
    for group in left:
        if _is_still_theirs(group):
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(group, signal.SIGKILL)


def _is_still_theirs(group: int) -> bool:
    """Whether a number is still that of the group that was told: each leads a session of its own, or has ended."""
    try:
        return os.getsid(group) == group
    except ProcessLookupError:
        return True


if __name__ == "__main__":
    _watch()
