"""A process' part in its node's figures: writes its own down every second, and answers for all where the port is free.

Of the processes of `idp serve` one gets the port; when it ends, another takes it within seconds. No process of its own
is needed, and one that is stuck is seen by its silence.
"""

import logging
import os
import socket
import tempfile
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from idp.metrics import points, snapshots
from idp.metrics.ledger import Reading

if TYPE_CHECKING:
    from idp.metrics.exposition import Exposition

log = logging.getLogger("idp.metrics")

DIRECTORY: Final = "IDP_METRICS_DIR"
"""Environment variable by which `idp serve` tells its processes where they write."""
_EVERY: Final = 1.0

Readings = Callable[[], Iterable[Reading]]


def new_directory() -> Path:
    """Make the folder of a node, ours alone, and name it to the processes that this one starts."""
    path = Path(tempfile.mkdtemp(prefix="idp-metrics-"))
    os.environ[DIRECTORY] = str(path)
    return path


class Node:
    """Start it once a process.

    Args:
        address: host and port for scrapes.
        token: what a reader must show; None for nothing.
        own: reads this process' gauges.
        stored: reads what the database knows; asked once a scrape, in the process that answers.
    """

    def __init__(self, address: tuple[str, int], token: str | None, own: Readings, stored: Readings) -> None:
        self._address = address
        self._token = token
        self._own = own
        self._stored = stored
        self._directory = Path(os.environ[DIRECTORY]) if DIRECTORY in os.environ else new_directory()
        self._exposition: Exposition | None = None
        self._stopping = threading.Event()
        self._cpu = 0.0

    def start(self) -> None:
        """Begin, in a thread that does not keep the process alive."""
        threading.Thread(target=self._run, name="idp-metrics", daemon=True).start()

    def stop(self) -> None:
        """Write the last figures and let the port go."""
        self._stopping.set()
        if self._exposition is not None:
            self._exposition.stop()

    def _run(self) -> None:
        said = False
        while True:
            try:
                self._turn()
                said = False
            except Exception:  # a thread that died of one fault would freeze every figure
                if not said:
                    log.exception("figures were not written")
                said = True
            if self._stopping.wait(_EVERY):
                return

    def _turn(self) -> None:
        spent = sum(os.times()[:2])
        points.CPU.add(by=spent - self._cpu)
        self._cpu = spent
        snapshots.write(self._directory, self._own())
        if self._exposition is None and _free(self._address):
            # prometheus-client, which only the process that answers needs.
            from idp.metrics.exposition import Exposition  # noqa: PLC0415 - see above

            try:
                self._exposition = Exposition(self._address, self._directory, self._stored, self._token)
            except OSError:
                # Another process of ours was quicker.
                return
            self._exposition.start()


def _free(address: tuple[str, int]) -> bool:
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError:
            return False
    return True
