"""Programs that the tests start for themselves: wait until they answer, and be sure that they end."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from tests.support import last_wish

POLL_SECONDS = 0.02
HOST = "127.0.0.1"


class StartError(RuntimeError):
    """A program ended, or did not answer in time; the message carries the end of its output."""


@dataclass(slots=True)
class Program:
    """A running program in a process group of its own, its output going to a file."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        """The process id, which is also that of its group."""
        return self.process.pid

    def output(self) -> str:
        """Return what the program has printed so far, on both streams."""
        return self.log.read_text(errors="replace")

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Return once `ready()` holds.

        Raises:
            StartError: the program ended first, or `seconds` passed.
        """
        deadline = time.monotonic() + seconds
        while not ready():
            if (code := self.process.poll()) is not None:
                raise StartError(f"ended with code {code} before it was ready:\n{self._tail()}")
            if time.monotonic() > deadline:
                raise StartError(f"not ready after {seconds} s:\n{self._tail()}")
            time.sleep(POLL_SECONDS)

    def stop(self, *, how: signal.Signals = signal.SIGTERM, seconds: float = 10) -> int:
        """End the program with signal `how`, its whole group if that takes longer than `seconds`.

        Returns:
            the exit code; negative when a signal ended it.
        """
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return self.kill()
        finally:
            self._signal_group(signal.SIGKILL)
            last_wish.ended(self.pid)

    def kill(self) -> int:
        """End the whole group without letting it tidy up, as a crash would."""
        self._signal_group(signal.SIGKILL)
        code = self.process.wait()
        last_wish.ended(self.pid)
        return code

    def _signal_group(self, how: signal.Signals) -> None:
        try:
            os.killpg(self.pid, how)
        except (ProcessLookupError, PermissionError):
            # No member is left; macOS says "not permitted" of a group of zombies.
            return

    def _tail(self) -> str:
        return self.output()[-4000:]


def start(
    command: Sequence[str | Path],
    log: Path,
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    uid: int | None = None,
    gid: int | None = None,
) -> Program:
    """Start a program in a process group of its own.

    Args:
        command: the program's path and arguments.
        log: the file that takes its output.
        env: variables added to our own.
        cwd: where it runs.
        uid: the user it runs as; only root may say another than itself.
        gid: the group it runs as.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=os.environ | dict(env or {}),
            cwd=cwd,
            user=uid,
            group=gid,
            extra_groups=None if uid is None else [],
            start_new_session=True,
        )
    last_wish.started(process.pid)
    return Program(process, log)


def answers(url: str) -> bool:
    """Whether a GET of a local `http://` URL has any answer below 500."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or HOST, parts.port or 80, timeout=2)
    try:
        connection.request("GET", parts.path or "/")
        return connection.getresponse().status < 500
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def listens(port: int) -> bool:
    """Whether something accepts connections on a port of the loopback."""
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex((HOST, port)) == 0


def free_port(count: int = 1) -> int:
    """Return a TCP port of the loopback that is free now, as are the `count - 1` after it.

    Raises:
        OSError: none was found in 50 tries.
    """
    for _ in range(50):
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            first: int = probe.getsockname()[1]
        if all(_is_free(port) for port in range(first, first + count)):
            return first
    raise OSError(f"no {count} free ports in a row")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError):
            return False
    return True
