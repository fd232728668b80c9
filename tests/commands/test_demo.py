"""`idp demo`, as a newcomer runs it: real processes, and members who sign in over HTTP."""

import fcntl
import os
import re
import signal
import socket
import stat
import sys
import time
from collections.abc import Iterator, Mapping
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
import requests
from click.testing import CliRunner
from joserfc import jwt
from joserfc.jwk import ECKey

from idp.commands.demo import demo
from idp.demo.clients import MACHINE_SCOPE
from idp.demo.contract import read
from idp.demo.supervisor import other_port
from tests.conftest import RunProgram
from tests.support import demonstrations, processes

COMMAND = demonstrations.COMMAND
READY = "The demonstration is ready."
_PARENT = """
import subprocess, sys
subprocess.Popen(sys.argv[1:]).wait()
"""


class Visitor:
    """A browser without scripts: follows redirects, keeps cookies, fills the form it is shown."""

    def __init__(self) -> None:
        self.session = requests.Session()
        self.session.trust_env = False
        self.page = requests.Response()

    def go(self, address: str) -> None:
        """Open a page, following redirects."""
        self.page = self.session.get(address, timeout=10)

    def follow(self, element: str) -> None:
        """Follow the link with this id."""
        tag = self._tag("a", element)
        self.go(urljoin(self.page.url, unescape(_attribute(tag, "href"))))

    def submit(self, button: str, **fields: str) -> None:
        """Submit the form that holds the button with this id, with what it says and the fields given."""
        form = next(
            found for found in re.findall(r"<form.*?</form>", self.page.text, re.DOTALL) if f'id="{button}"' in found
        )
        data = {}
        for tag in re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", form):
            data[_attribute(tag, "name")] = unescape(_attribute(tag, "value"))
        pressed = self._tag("button", button)
        if 'name="' in pressed:
            data[_attribute(pressed, "name")] = unescape(_attribute(pressed, "value"))
        action = re.search(r'<form[^>]*action="([^"]*)"', form)
        address = urljoin(self.page.url, unescape(action[1]) if action else "")
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(self.page.url))
        self.page = self.session.post(address, data=data | fields, headers={"Origin": origin}, timeout=10)

    def text(self, element: str) -> str:
        """Return the text of the element with this id."""
        found = re.search(rf'<(\w+)[^>]*\bid="{element}"[^>]*>(.*?)</\1>', self.page.text, re.DOTALL)
        assert found is not None, f"{self.page.url} has no {element}: {self.page.text[:3000]}"
        return unescape(re.sub(r"<[^>]+>", "", found[2])).strip()

    def _tag(self, name: str, element: str) -> str:
        found = re.search(rf'<{name}\b[^>]*\bid="{element}"[^>]*>', self.page.text)
        assert found is not None, f"{self.page.url} has no {element}: {self.page.text[:3000]}"
        return found[0]


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return found[1] if found else ""


def start(run_program: RunProgram, data: Path, port: int) -> processes.Program:
    """Start a demonstration and return once it says that it is ready."""
    command = (*COMMAND, "--port", str(port), "--data", str(data))
    program = run_program(command, ready=f"http://127.0.0.1:{port}/healthz", seconds=60)
    program.wait_until(lambda: READY in program.output(), 30)
    return program


def contract_of(data: Path) -> Mapping[str, Any]:
    """Return the contract of a demonstration that has started."""
    contract = read(data / "demo.json")
    assert contract is not None
    return contract


def person(contract: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Return one person of the contract."""
    found: Mapping[str, Any] = next(entry for entry in contract["personas"] if entry["key"] == key)
    return found


def listens(port: int) -> bool:
    """Whether something answers on a port of the loopback."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Any]]:
    """The contract of a running demonstration, which the visitors of this file share."""
    folder = tmp_path_factory.mktemp("demo")
    with demonstrations.started(folder / "var", folder / "output.log"):
        yield contract_of(folder / "var")


def sign_in_with_password(visitor: Visitor, contract: Mapping[str, Any], key: str) -> None:
    """Sign in to the Espace Personnel with dossier number and password."""
    who = person(contract, key)
    visitor.go(contract["relying_party"])
    visitor.follow("sign-in")
    visitor.submit("sign-in", situation=who["situation"], dossier=who["dossier"], password=who["password"])


class TestDemo:
    """From an empty directory to a member who is signed in, and to the end."""

    def test_first_and_second_start(self, run_program: RunProgram, tmp_path: Path) -> None:
        """The first start fills the directory; a stop frees the ports; the second writes nothing and keeps all."""
        data, port = tmp_path / "var", processes.free_port(3)
        program = start(run_program, data, port)
        before = contract_of(data)
        assert 0o600 == stat.S_IMODE((data / "demo.json").stat().st_mode)
        assert person(before, "angela")["password"] in program.output()
        assert 0 == program.stop(how=signal.SIGINT)
        assert not any(listens(number) for number in (port, port + 1, port + 2))
        assert not (data / "demo.json").exists()
        assert "writing" in program.output()
        program = start(run_program, data, port)
        assert "writing" not in program.output()
        assert before == contract_of(data)
        assert 0 == program.stop()

    def test_password_single_sign_on_refresh_and_logout(self, running: Mapping[str, Any]) -> None:
        """A member signs in with a password, opens a second application without a page, refreshes and leaves."""
        visitor = Visitor()
        sign_in_with_password(visitor, running, "angela")
        assert "1234567" == visitor.text("numero-dossier")
        assert "Affilié" == visitor.text("situation")
        visitor.submit("refresh")
        assert "à jour" in visitor.text("notice")
        visitor.follow("documents")
        assert visitor.page.url.startswith(f"{running['relying_party']}/documents")
        assert "1234567" == visitor.text("numero-dossier")
        visitor.go(running["relying_party"])
        visitor.submit("logout")
        assert "déconnecté" in visitor.text("notice")
        visitor.follow("sign-in")
        assert visitor.page.url.startswith(f"{running['issuer']}/connexion/")

    def test_step_up_asks_again(self, running: Mapping[str, Any]) -> None:
        """A member who confirms their identity sees the sign-in page although they are signed in."""
        visitor = Visitor()
        sign_in_with_password(visitor, running, "angela")
        visitor.follow("step-up")
        assert visitor.page.url.startswith(f"{running['issuer']}/connexion/")
        who = person(running, "angela")
        visitor.submit("sign-in", situation=who["situation"], dossier=who["dossier"], password=who["password"])
        assert "1234567" == visitor.text("numero-dossier")

    def test_scripts_can_use_the_clients(self, running: Mapping[str, Any]) -> None:
        """A script gets a token with the private JWK, and another with the secret, that the contract tells."""
        clients = {entry["client_id"]: entry for entry in running["clients"]}
        endpoint = f"{running['issuer']}/token"
        form = {"grant_type": "client_credentials", "scope": MACHINE_SCOPE}
        key, now = ECKey.import_key(clients["batch"]["private_jwk"]), int(time.time())
        claims = {
            "iss": "batch",
            "sub": "batch",
            "aud": running["issuer"],
            "iat": now,
            "exp": now + 60,
            "jti": "1" * 22,
        }
        assertion = {
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": jwt.encode({"alg": "ES256", "kid": key.kid}, claims, key),
        }
        basic = ("demo-scripts", clients["demo-scripts"]["client_secret"])
        for answer in (
            requests.post(endpoint, data=form | assertion, timeout=5),
            requests.post(endpoint, data={"grant_type": "client_credentials"}, auth=basic, timeout=5),
        ):
            assert 200 == answer.status_code, answer.text
            assert answer.json()["access_token"]

    def test_third_party_asks_for_consent(self, running: Mapping[str, Any]) -> None:
        """A third party's application gets the member's data only once the member has agreed."""
        visitor = Visitor()
        sign_in_with_password(visitor, running, "angela")
        visitor.go(f"{running['relying_party']}/simulateur")
        visitor.follow("sign-in")
        assert visitor.page.url.startswith(f"{running['issuer']}/consentement/")
        visitor.submit("consent-allow")
        assert "Angela" in visitor.text("greeting")

    def test_franceconnect_opens_the_account_and_tells_the_member(self, running: Mapping[str, Any]) -> None:
        """A member who agrees with one dossier on every field is signed in at once, and told by mail."""
        visitor = Visitor()
        identity = person(running, "angela")["franceconnect"]
        visitor.go(running["relying_party"])
        visitor.follow("sign-in")
        visitor.follow("franceconnect")
        visitor.submit(identity["provider"])
        visitor.submit("idp-login", persona=identity["login"], password=identity["password"])
        visitor.submit("continue")
        assert "1234567" == visitor.text("numero-dossier")
        assert "FranceConnect" in visitor.page.text
        deadline = time.monotonic() + 20
        told: list[str] = []
        while not told and time.monotonic() < deadline:
            time.sleep(0.2)
            messages = requests.get(running["mailbox_messages"], timeout=5).json()["messages"]
            told = [message["to"] for message in messages if "FranceConnect" in message["subject"]]
        assert [person(running, "angela")["email"]] == told

    def test_a_dead_program_ends_the_demonstration(self, run_program: RunProgram, tmp_path: Path) -> None:
        """When one of the three programs dies, the others stop and its name is told."""
        data, port = tmp_path / "var", processes.free_port(3)
        program = start(run_program, data, port)
        found = re.search(r"main PID: (\d+)", (data / "log" / "emulator.log").read_text(encoding="utf-8"))
        assert found is not None
        os.kill(int(found[1]), signal.SIGKILL)
        assert 1 == program.process.wait(20)
        assert "emulator stopped unexpectedly" in program.output()
        assert not any(listens(number) for number in (port, port + 2))

    def test_it_ends_with_the_program_that_started_it(self, run_program: RunProgram, tmp_path: Path) -> None:
        """Where that one is killed without a word, the demonstration and its three programs stop."""
        data, port = tmp_path / "var", processes.free_port(3)
        command = (sys.executable, "-c", _PARENT, *COMMAND, "--port", str(port), "--data", str(data))
        parent = run_program(command, ready=(data / "demo.json").exists, seconds=90)
        parent.process.kill()
        parent.process.wait()
        deadline = time.monotonic() + 60
        while any(listens(number) for number in (port, port + 1, port + 2)) or (data / "demo.json").exists():
            assert time.monotonic() < deadline
            time.sleep(0.1)


class TestRefusals:
    """What stops a start, said in one sentence."""

    def test_busy_port(self, tmp_path: Path) -> None:
        """A port that is taken is named, with the way around; nothing is written."""
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            port = listener.getsockname()[1]
            result = CliRunner().invoke(demo, ["--port", str(port), "--data", str(tmp_path / "var")])
        assert 1 == result.exit_code
        assert str(port) in result.output
        assert re.search(r"PORT=9\d00 make demo", result.output)
        assert not (tmp_path / "var").exists()

    def test_other_ports_are_offered(self) -> None:
        """None that was asked for, none of which one is taken, as long as there are others."""
        free = other_port(8000)
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", free + 2))
            listener.listen()
            offered = {other_port(8000), other_port(free)}
        assert offered.isdisjoint({free})
        assert free != other_port(free)

    def test_the_ports_are_another_demonstrations(self, running: Mapping[str, Any], tmp_path: Path) -> None:
        """That of another directory is recognised, by whichever of its ports is wanted, and told by its address."""
        first = urlsplit(running["issuer"]).port
        assert first is not None
        for port in range(first, first + 3):
            result = CliRunner().invoke(demo, ["--port", str(port), "--data", str(tmp_path / "var")])
            assert 1 == result.exit_code
            assert f"its examples are at {running['relying_party']}/" in result.output, result.output
            assert "another program" not in result.output
            assert re.search(r"PORT=9\d00 make demo", result.output)
        assert not (tmp_path / "var").exists()

    def test_the_ports_are_its_own(self, tmp_path: Path) -> None:
        """A second start of the same demonstration is told that it runs, not that another program has the port."""
        with socket.socket() as listener, (tmp_path / "demo.lock").open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            port = listener.getsockname()[1]
            result = CliRunner().invoke(demo, ["--port", str(port), "--data", str(tmp_path)])
        assert (1, True) == (result.exit_code, f"already runs from {tmp_path}" in result.output)
        assert "another program" not in result.output

    def test_another_name_needs_https(self, tmp_path: Path) -> None:
        """Under another name than localhost the provider is served on https only."""
        result = CliRunner().invoke(demo, ["--host", "idp.test", "--data", str(tmp_path / "var")])
        assert 2 == result.exit_code
        assert "--host needs --tls" in result.output
        assert not (tmp_path / "var").exists()

    def test_damaged_contract(self, tmp_path: Path) -> None:
        """A damaged contract is told, and left for a person to look at."""
        (tmp_path / "demo.json").write_text("{}", encoding="utf-8")
        port = processes.free_port(3)
        result = CliRunner().invoke(demo, ["--port", str(port), "--data", str(tmp_path)])
        assert 1 == result.exit_code
        assert "demo.json" in result.output


def test_a_directory_serves_one_demonstration(tmp_path: Path) -> None:
    """A second start in the same directory would rewrite the first one's addresses, so it is refused."""
    with (tmp_path / "demo.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        arguments = ["--port", str(processes.free_port(3)), "--data", str(tmp_path)]
        result = CliRunner().invoke(demo, arguments)
    assert 1 == result.exit_code
    assert "already runs" in result.output
    assert not (tmp_path / "demo.json").exists()
