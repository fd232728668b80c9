"""Start several programs, wait until each answers, and stop them together.

Each program runs in its own process group, so that Ctrl-C reaches this process alone and the programs are stopped in
order. A program that dies takes the others with it: half a demonstration only confuses.
"""

import contextlib
import errno
import http.client
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

GRACE: Final = 5.0
"""Seconds a program has to stop before it is killed."""
_POLL: Final = 0.1
_TAIL: Final = 30


class StartFailure(Exception):
    """A program could not be started, or did not answer in time; the message says which and shows its log."""


@dataclass(frozen=True, slots=True)
class Program:
    """One program. `ready_path` answers 200 on `port` of the loopback once it can serve.

    `authority` is the certificate that vouches for a program on https; None for one on http.
    """

    name: str
    command: tuple[str, ...]
    port: int
    ready_path: str
    log: Path
    environment: Mapping[str, str]
    directory: Path
    authority: Path | None = None


def granian(
    factory: str, port: int, *, host: str = "127.0.0.1", tls: tuple[Path, Path] | None = None
) -> tuple[str, ...]:
    """Return the command that serves a WSGI factory (`module:function`) with Granian.

    Args:
        factory: what makes the application.
        port: where it listens.
        host: the address of the interface; the loopback unless said otherwise.
        tls: files of the certificate and of its key, for https.
    """
    encryption = () if tls is None else ("--ssl-certificate", str(tls[0]), "--ssl-keyfile", str(tls[1]))
    return (
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", "--no-ws"),
        *("--host", host, "--port", str(port), "--blocking-threads", "4", *encryption, factory),
    )


def busy_ports(ports: Sequence[int]) -> list[int]:
    """Return those of the ports on which something already listens, on either loopback address.

    Asked before the start because Granian shares a port silently with another Granian.
    """
    return [port for port in ports if not (_free("127.0.0.1", port) and _free("::1", port))]


def other_port(port: int) -> int:
    """Return a port that, with the two after it, nothing listens on, and that is not the one asked for."""
    offered = (first for first in range(9000, 10_000, 100) if first != port)
    return next((first for first in offered if not busy_ports([first, first + 1, first + 2])), 9000)


@contextlib.contextmanager
def stop_signals() -> Iterator[threading.Event]:
    """Turn Ctrl-C, a termination and a closed terminal into an event, for as long as the context lasts."""
    event = threading.Event()
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, lambda *_: event.set()) for number in numbers}
    try:
        yield event
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Supervisor:
    """Runs programs until one dies or `stop` is set. `tell` receives the lines meant for the person in front."""

    def __init__(self, stop: threading.Event, tell: Callable[[str], None]) -> None:
        self._stop = stop
        self._tell = tell
        self._running: list[tuple[Program, subprocess.Popen[bytes]]] = []

    def start(self, program: Program) -> None:
        """Start one program; its output goes to its log, which is emptied first.

        Raises:
            StartFailure: when the command cannot be run.
        """
        program.log.parent.mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, **program.environment, "PYTHONUNBUFFERED": "1"}
        try:
            with program.log.open("wb") as log:
                process = subprocess.Popen(  # noqa: S603 - our own command line, no shell
                    program.command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env=environment,
                    cwd=program.directory,
                    start_new_session=True,
                )
        except OSError as error:
            raise StartFailure(f"{program.name} cannot be started: {error}") from error
        self._running.append((program, process))

    def wait_ready(self, seconds: float) -> bool:
        """Wait until every program answers. Return False when asked to stop meanwhile.

        Raises:
            StartFailure: when a program dies or does not answer within `seconds`.
        """
        deadline = time.monotonic() + seconds
        waiting = [program for program, _ in self._running]
        while waiting:
            if self._stop.wait(_POLL):
                return False
            if (dead := self._dead()) is not None:
                raise StartFailure(_obituary(*dead))
            waiting = [program for program in waiting if not _answers(program)]
            if waiting and time.monotonic() > deadline:
                late = waiting[0]
                raise StartFailure(
                    f"{late.name} does not answer on port {late.port} after {seconds:.0f} s.\n{_tail(late)}"
                )
        return True

    def watch(self) -> int:
        """Wait for the end. Return 0 when asked to stop, 1 when a program died (its log is told)."""
        while not self._stop.wait(_POLL):
            if (dead := self._dead()) is not None:
                self._tell(_obituary(*dead))
                return 1
        return 0

    def stop_all(self) -> None:
        """Stop every program, the last started first; kill those that have not stopped after the grace."""
        for _, process in reversed(self._running):
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + GRACE
        for program, process in reversed(self._running):
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self._tell(f"{program.name} did not stop in time and was killed.")
            _kill_group(process)
        self._running.clear()

    def _dead(self) -> tuple[Program, int] | None:
        for program, process in self._running:
            if (code := process.poll()) is not None:
                return program, code
        return None


def _free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        # A machine without IPv6 fails in other ways, and has nobody listening there.
        return error.errno not in (errno.EADDRINUSE, errno.EACCES)
    return True


def _answers(program: Program) -> bool:
    try:
        connection = _connection(program)
    except OSError:
        return False
    try:
        connection.request("GET", program.ready_path, headers={"Host": f"localhost:{program.port}"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _connection(program: Program) -> http.client.HTTPConnection:
    if program.authority is None:
        return http.client.HTTPConnection("127.0.0.1", program.port, timeout=2)
    context = ssl.create_default_context(cafile=str(program.authority))
    return http.client.HTTPSConnection("127.0.0.1", program.port, timeout=2, context=context)


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    """Make sure that no worker of the program outlives it."""
    # Already gone is what is wanted; macOS says EPERM for a group of zombies.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _obituary(program: Program, code: int) -> str:
    how = f"signal {-code}" if code < 0 else f"code {code}"
    return f"{program.name} stopped unexpectedly ({how}).\n{_tail(program)}"


def _tail(program: Program) -> str:
    try:
        lines = program.log.read_text(encoding="utf-8", errors="replace").splitlines()[-_TAIL:]
    except OSError:
        lines = []
    return "\n".join([f"Its log, {program.log}, ends with:", *(f"    {line}" for line in lines)])
