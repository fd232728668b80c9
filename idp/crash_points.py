"""Crash points: named places where the tests of faults end this process as a power cut would (`docs/faults.md`).

Off unless the variable `IDP_CRASH_POINTS` names a folder when the process starts: `reached` is then a function that
does nothing, bound once. On, a process that reaches a point whose name is a file in that folder removes the file and
kills itself: each file costs one process, whichever comes first. No setting and no request can turn it on.
"""

import logging
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Final

log = logging.getLogger("idp.crash_points")

VARIABLE: Final = "IDP_CRASH_POINTS"


def _nothing(_point: str) -> None:
    """Go on."""


def _armed(folder: Path) -> Callable[[str], None]:
    log.warning("crash points are armed: this process ends itself where %s says", folder)

    def reached(point: str) -> None:
        try:
            # Of several threads and processes that come by, the one that removes the file dies.
            (folder / point).unlink()
        except FileNotFoundError:
            return
        os.kill(os.getpid(), signal.SIGKILL)

    return reached


reached: Final[Callable[[str], None]] = _armed(Path(os.environ[VARIABLE])) if os.environ.get(VARIABLE) else _nothing
"""Say that a point was reached: what was done before it is done, what follows it may never be."""
