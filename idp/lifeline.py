"""A serving process ends with the one that watches over it.

Where the parent is killed, the kernel gives its children to another: they would go on serving with nobody to stop
them, and keep the port from whoever starts the provider again (R-05).
"""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Final

log = logging.getLogger("idp.lifeline")

_EVERY: Final = 0.5
_GRACE: Final = 30
"""Seconds that requests under way have; no request may take longer."""


def end_with_parent() -> None:
    """Watch the parent from a thread of its own, and stop as for SIGTERM when it is gone."""
    threading.Thread(target=_watch, args=(os.getppid(), _end), name="idp-lifeline", daemon=True).start()


def _watch(parent: int, end: Callable[[], None], sleep: Callable[[float], None] = time.sleep) -> None:
    while os.getppid() == parent:
        sleep(_EVERY)
    end()


def _end() -> None:
    log.error("the parent process is gone: process %d stops", os.getpid())
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_GRACE)
    os._exit(1)
