"""What `idp serve` says before it listens, and what it then answers on; what `idp worker` logs."""

import json
import socket
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner, Result

from idp import config
from idp.admin.roles import Role
from idp.admin.seeded import SeededAdministrators
from idp.app import build
from idp.cli import main
from idp.commands.serving import taken, unshielded
from idp.config import Server
from idp.demo.tls import TlsFiles, ensure
from tests.conftest import RunProgram
from tests.support import processes
from tests.support.provider import open_provider, running


@pytest.mark.parametrize("host", ["127.0.0.1", "127.3.2.1", "::1", "localhost"])
def test_loopback_needs_no_proxy(host: str) -> None:
    """Nobody else reaches the server, or the proxy is on this machine."""
    assert not unshielded(Server(host=host))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.1.2.3", "idp.internal"])  # noqa: S104 - what is warned of
def test_a_server_open_to_others_needs_its_proxy_named(host: str) -> None:
    """Slow bodies hold a thread each, so that a proxy which buffers them must stand in front."""
    assert unshielded(Server(host=host))
    assert not unshielded(Server(host=host, trusted_proxies=("10.0.0.0/8",)))


def test_a_port_in_use_is_seen(free_port: int) -> None:
    """Two servers must not share a port silently: what listens already is seen before anything is started."""
    server = Server(port=free_port)
    assert not taken(server)
    with socket.create_server(("127.0.0.1", free_port)):
        assert taken(server)


def served(tmp_path: Path, port: int, more: str = "") -> Result:
    """Serve from settings that name files of a folder, where that is refused."""
    file = tmp_path / "idp.toml"
    file.write_text(
        f'[server]\nport = {port}\n[database]\nurl = "sqlite:///{tmp_path}/idp.sqlite3"\n'
        f'[keys]\nkek_file = "{tmp_path}/kek"\nalgorithms = ["RS256"]\nencryption = []\n{more}',
        "utf-8",
    )
    return CliRunner().invoke(main, ["--config", str(file), "serve"], env={"IDP_CONFIG": None})


def test_a_port_for_figures_that_is_taken_is_told_before_anything_listens(free_port: int, tmp_path: Path) -> None:
    """Monitoring would read another program's figures, or none."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken_port = other.getsockname()[1]
        refused = served(tmp_path, free_port, f"[metrics]\nport = {taken_port}\n")
    assert (1, True) == (refused.exit_code, "choose another with metrics.port" in refused.output)


@pytest.mark.first_start
def test_the_folder_of_a_demonstration_is_not_served(free_port: int, tmp_path: Path) -> None:
    """Its passwords are written down; nothing is made there, and the sentence says what to do."""
    (tmp_path / "demo.seeded").touch()
    refused = served(tmp_path, free_port)
    assert (1, True, False) == (refused.exit_code, "idp demo" in refused.output, (tmp_path / "idp.sqlite3").exists())


def test_the_database_of_a_demonstration_is_not_served(free_port: int, tmp_path: Path) -> None:
    """Wherever it was taken: an administrator whose password is known is in it."""
    with running(open_provider(tmp_path)) as provider:
        house = provider.application
        administrators = SeededAdministrators(house.store, house.passwords, house.sealer, house.clock, house.audit)
        administrators.upsert("admin@example.org", "Camille", set(Role), "girafe-tunnel-orage-57", "A" * 32)
    refused = served(tmp_path, free_port)
    assert (1, True) == (refused.exit_code, "demonstration" in refused.output)


def test_https_by_settings(free_port: int, run_program: RunProgram, tmp_path: Path) -> None:
    """With a certificate and its key in the settings the server itself answers on https, and says so of itself."""
    files = TlsFiles(tmp_path / "authority.pem", tmp_path / "tls.pem", tmp_path / "tls.key")
    ensure(files, ("localhost", "127.0.0.1"), datetime.now(UTC))
    issuer = f"https://localhost:{free_port}"
    settings = tmp_path / "idp.toml"
    settings.write_text(
        f"""
        issuer = "{issuer}"
        [server]
        port = {free_port}
        tls_certificate = "{files.certificate}"
        tls_key = "{files.key}"
        [database]
        url = "sqlite:///{tmp_path}/idp.sqlite3"
        [keys]
        kek_file = "{tmp_path}/kek"
        algorithms = ["RS256"]
        encryption = []
        [mail]
        directory = "{tmp_path}/mailbox"
        """,
        encoding="utf-8",
    )
    command = (sys.executable, "-c", "from idp.cli import main; main()", "--config", settings, "serve")
    run_program(command, ready=lambda: processes.listens(free_port), seconds=40)
    with requests.Session() as session:
        session.trust_env, session.verify = False, str(files.authority)
        document = session.get(f"{issuer}/.well-known/openid-configuration", timeout=10).json()
    assert issuer == document["issuer"]
    assert f"{issuer}/token" == document["token_endpoint"]


def test_mail_that_reaches_nobody_is_warned_of_at_the_start(
    free_port: int, run_program: RunProgram, tmp_path: Path
) -> None:
    """A house with a public address whose messages stay in a folder says so once, before it listens."""
    settings = tmp_path / "idp.toml"
    settings.write_text(
        f'issuer = "https://id.example.org"\n[server]\nport = {free_port}\n'
        f'[database]\nurl = "sqlite:///{tmp_path}/idp.sqlite3"\n'
        f'[keys]\nkek_file = "{tmp_path}/kek"\nalgorithms = ["RS256"]\nencryption = []\n'
        f'[mail]\ndirectory = "{tmp_path}/mailbox"\n',
        encoding="utf-8",
    )
    command = (sys.executable, "-c", "from idp.cli import main; main()", "--config", settings, "serve")
    program = run_program(command, ready=lambda: processes.listens(free_port), seconds=40)
    assert 1 == program.output().count(f"stay in {tmp_path}/mailbox")


@pytest.mark.parametrize("level", ["INFO", "ERROR"])
def test_a_worker_apart_logs_as_the_settings_say(level: str, run_program: RunProgram, tmp_path: Path) -> None:
    """Each line is an object: the proof of erasure, a delivery that failed; or only what is as grave as is asked."""
    settings = tmp_path / "idp.toml"
    settings.write_text(
        f'[database]\nurl = "sqlite:///{tmp_path}/idp.sqlite3"\n'
        f'[keys]\nkek_file = "{tmp_path}/kek"\nalgorithms = ["RS256"]\nencryption = []\n'
        f'[mail]\ndirectory = "{tmp_path}/mailbox"\n[logs]\nlevel = "{level}"\n',
        encoding="utf-8",
    )
    house = build(config.load(settings))
    with house.store.begin() as unit:
        now = house.clock()
        unit.spent.claim("jti", "0" * 64, now - 60)
        unit.outbox.add("mail", "1", {}, task_id="1" * 32, now=now)
        unit.outbox.add("mail", "2", {}, task_id="2" * 32, now=now - 30 * 86400)
    command = (sys.executable, "-c", "from idp.cli import main; main()", "--config", settings, "worker")

    def done() -> bool:
        with house.store.reading() as unit:
            return not unit.spent.known("jti", "0" * 64)

    with closing(house):
        worker = run_program(command, ready=done, seconds=60)
    assert 0 == worker.stop(seconds=30)
    told = [line for line in worker.output().splitlines() if not line.startswith(f"Worker {worker.pid} at work")]
    lines = [json.loads(line) for line in told]
    found = {(one["level"], one["logger"], one["message"].split(" cause=")[0]) for one in lines}
    task = "kind=mail id="
    grave = {("error", "idp.worker", f"task given up {task}{'2' * 32} attempts=1")}
    light = {
        ("warning", "idp.worker", f"task failed {task}{'1' * 32} attempts=1"),
        ("info", "idp.worker", "purged spent=1"),
    }
    assert grave <= found
    assert light <= found if level == "INFO" else not light & found
