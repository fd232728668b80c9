"""Real processes, started and stopped together."""

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.demo import supervisor as module
from idp.demo.supervisor import Program, StartFailure, Supervisor, busy_ports, granian, stop_signals
from tests.support.processes import free_port

WSGI = """
def factory():
    def app(environ, start_response):
        path = environ["PATH_INFO"]
        start_response("200 OK" if path == "/healthz" else "404 Not Found", [("Content-Type", "text/plain")])
        return [b"ok"]
    return app
"""


@pytest.fixture
def stop() -> threading.Event:
    """The event that asks for the end."""
    return threading.Event()


@pytest.fixture
def told() -> list[str]:
    """What was said to the person in front."""
    return []


@pytest.fixture
def supervisor(stop: threading.Event, told: list[str]) -> Iterator[Supervisor]:
    """A supervisor whose programs end with the test."""
    running = Supervisor(stop, told.append)
    yield running
    running.stop_all()


def program(tmp_path: Path, name: str, command: tuple[str, ...] = (), port: int = 0) -> Program:
    """Return a tiny WSGI program, or the command given."""
    (tmp_path / "tiny.py").write_text(WSGI, encoding="utf-8")
    port = port or free_port()
    log = tmp_path / "log" / f"{name}.log"
    return Program(name, command or granian("tiny:factory", port), port, "/healthz", log, {}, tmp_path)


def python(code: str) -> tuple[str, ...]:
    """Return a command that runs a line of Python."""
    return (sys.executable, "-c", code)


def listens(port: int) -> bool:
    """Whether something answers on a port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class TestSupervisor:
    """From start to stop."""

    def test_serves_until_asked_to_stop(
        self, supervisor: Supervisor, stop: threading.Event, told: list[str], tmp_path: Path
    ) -> None:
        """Two programs answer, a stop ends both, and nothing of them is left listening."""
        programs = [program(tmp_path, "one"), program(tmp_path, "two")]
        for each in programs:
            supervisor.start(each)
        assert supervisor.wait_ready(20)
        assert all(listens(each.port) for each in programs)
        threading.Timer(0.3, stop.set).start()
        assert 0 == supervisor.watch()
        supervisor.stop_all()
        assert not any(listens(each.port) for each in programs)
        assert [] == told

    def test_a_death_is_told_with_the_log(self, supervisor: Supervisor, told: list[str], tmp_path: Path) -> None:
        """When one program dies the watch ends with its name, its code and the end of its log."""
        supervisor.start(program(tmp_path, "healthy"))
        supervisor.start(program(tmp_path, "short", python("print('out of paper'); raise SystemExit(3)")))
        assert 1 == supervisor.watch()
        assert "short stopped unexpectedly (code 3)" in told[0]
        assert "out of paper" in told[0]

    def test_death_before_ready(self, supervisor: Supervisor, tmp_path: Path) -> None:
        """A program that dies while starting is a failure that shows its log, without waiting for the deadline."""
        supervisor.start(program(tmp_path, "broken", python("raise SystemExit('no such module')")))
        with pytest.raises(StartFailure, match="no such module"):
            supervisor.wait_ready(60)

    def test_silence_is_a_failure(self, supervisor: Supervisor, tmp_path: Path) -> None:
        """A program that never answers is named with its port."""
        silent = program(tmp_path, "silent", python("import time; time.sleep(60)"))
        supervisor.start(silent)
        with pytest.raises(StartFailure, match=f"silent does not answer on port {silent.port}"):
            supervisor.wait_ready(0.3)

    def test_stop_while_starting(self, supervisor: Supervisor, stop: threading.Event, tmp_path: Path) -> None:
        """Ctrl-C during the start ends the wait at once."""
        supervisor.start(program(tmp_path, "silent", python("import time; time.sleep(60)")))
        stop.set()
        assert not supervisor.wait_ready(60)

    def test_command_that_does_not_exist(self, supervisor: Supervisor, tmp_path: Path) -> None:
        """A command that cannot be run is told in one sentence."""
        with pytest.raises(StartFailure, match="absent cannot be started"):
            supervisor.start(program(tmp_path, "absent", (str(tmp_path / "nothing"),)))

    def test_stubborn_program_is_killed(
        self, supervisor: Supervisor, told: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A program that ignores the polite signal is killed after the grace, and that is told."""
        monkeypatch.setattr(module, "GRACE", 0.3)
        ready = tmp_path / "ready"
        code = (
            "import pathlib, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
            f"pathlib.Path({str(ready)!r}).touch(); time.sleep(60)"
        )
        supervisor.start(program(tmp_path, "stubborn", python(code)))
        while not ready.exists():
            time.sleep(0.02)
        supervisor.stop_all()
        assert ["stubborn did not stop in time and was killed."] == told


class TestBusyPorts:
    """Asking before starting."""

    @pytest.mark.parametrize(("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
    def test_a_listener_is_found(self, family: socket.AddressFamily, host: str) -> None:
        """A port with a listener is named, on either loopback and even where it may be shared."""
        with socket.socket(family) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            try:
                listener.bind((host, 0))
            except OSError:
                pytest.skip("this machine has no IPv6 loopback")
            listener.listen()
            port = listener.getsockname()[1]
            assert [port] == busy_ports([port])
        assert [] == busy_ports([port])


class TestStopSignals:
    """Signals become an event."""

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    def test_each_signal_asks_for_the_end(self, number: signal.Signals) -> None:
        """Ctrl-C, a termination and a closed terminal set the event; the earlier handler is back afterwards."""
        before = signal.getsignal(number)
        with stop_signals() as stop:
            os.kill(os.getpid(), number)
            assert stop.wait(2)
        assert before == signal.getsignal(number)
