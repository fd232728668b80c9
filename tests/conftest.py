"""What every test may ask for: real servers, a browser, free ports, running programs."""

import gc
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import hypothesis
import pytest
from xdist.remote import Producer

from tests.support import browser, demonstrations, environment, network_guard, no_skip, processes, servers, sharing
from tests.support.harness import report

# The same examples on every machine, and no clock: a busy machine is not a slow property.
hypothesis.settings.register_profile("idp", derandomize=True, deadline=None)
hypothesis.settings.load_profile("idp")


class RunProgram(Protocol):
    """Starts a program that ends with the test."""

    def __call__(
        self,
        command: Sequence[str | Path],
        *,
        ready: str | Callable[[], bool],
        env: Mapping[str, str] | None = None,
        seconds: float = 20,
    ) -> processes.Program:
        """Start `command` and return once `ready` holds, or once that local URL answers."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the switch of `make test-faults`."""
    parser.addoption("--faults", action="store_true", help="long rounds of the cases of faults, and their report")


def pytest_configure(config: pytest.Config) -> None:
    """Set the machine aside before anything is collected, and take the no-skip switch."""
    environment.forget_the_shell()
    network_guard.install()
    no_skip.pytest_configure(config)
    if config.getoption("--faults"):
        config.pluginmanager.register(report.Report(f"{os.cpu_count()} processors"), "idp-faults")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what takes long; leave the long cases of faults to `make test-faults`."""
    if not config.getoption("--faults"):
        long = [item for item in items if item.get_closest_marker("long")]
        items[:] = [item for item in items if item not in long]
        config.hook.pytest_deselected(items=long)
    sharing.begin_with_the_long(items)


def pytest_collection_finish() -> None:
    """Spare every later search for garbage all that was imported: it is large and stays."""
    gc.collect()
    gc.freeze()


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> sharing.ByFile:
    """Share the tests between several processes (`-n`)."""
    return sharing.ByFile(config, log)


@pytest.fixture
def postgres_url() -> str:
    """The URL of an empty PostgreSQL database of the test's own."""
    return servers.postgresql_url()


@pytest.fixture
def redis_url() -> str:
    """The URL of an empty Redis."""
    return servers.redis_url()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database; the test runs once for each kind."""
    return servers.database_url(request.param, tmp_path)


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database with the present schema; the test runs once for each kind."""
    return servers.migrated_database_url(request.param, tmp_path)


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The program of the machine's Chromium; skips without one."""
    path = browser.chromium()
    if path is None:
        pytest.skip(browser.MISSING)
    return path


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[demonstrations.Demonstration]:
    """The demonstration, started once as a newcomer starts it; what one story links, the next one finds."""
    log = tmp_path_factory.mktemp("demo-output") / "output.log"
    with demonstrations.started(tmp_path_factory.mktemp("demo") / "var", log) as running:
        yield running


@pytest.fixture
def free_port() -> int:
    """A TCP port of the loopback that nothing listens on."""
    return processes.free_port()


@pytest.fixture
def run_program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunProgram]:
    """A function that starts programs and waits for them; all of them end with the test."""
    running: list[processes.Program] = []

    def run(
        command: Sequence[str | Path],
        *,
        ready: str | Callable[[], bool],
        env: Mapping[str, str] | None = None,
        seconds: float = 20,
    ) -> processes.Program:
        log = tmp_path_factory.mktemp("program") / "output.log"
        program = processes.start(command, log, env=env)
        running.append(program)
        check = (lambda: processes.answers(ready)) if isinstance(ready, str) else ready
        program.wait_until(check, seconds)
        return program

    yield run
    for program in reversed(running):
        program.stop()
