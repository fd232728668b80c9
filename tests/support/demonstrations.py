"""The demonstration as a newcomer starts it, for the stories told in a browser and by foreign libraries."""

import json
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import requests

from idp.demo.plan import Plan
from tests.support import processes
from tests.support.sources import ROOT

COMMAND: Final = (sys.executable, "-c", "from idp.cli import main; main()", "demo", "--end-with-parent")
"""Tests may be killed; what they started must not live on."""
READY: Final = "The demonstration is ready."


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the demonstration, with the dossier (the first, when several) and its password, if any."""

    key: str
    situation: str
    dossier: str
    password: str
    email: str


@dataclass(frozen=True, slots=True)
class Demonstration:
    """A running demonstration: its addresses, its people and its applications, as `demo.json` tells them."""

    plan: Plan
    contract: Mapping[str, Any]

    @property
    def issuer(self) -> str:
        """Address of the provider."""
        return self.plan.issuer

    @property
    def espace(self) -> str:
        """Address of Espace Personnel."""
        return f"{self.plan.relying_party}/"

    @property
    def documents(self) -> str:
        """Address of the second application of the fund."""
        return f"{self.plan.relying_party}/documents"

    @property
    def simulateur(self) -> str:
        """Address of the application of a third party."""
        return f"{self.plan.relying_party}/simulateur"

    @property
    def origins(self) -> tuple[str, ...]:
        """The only places that a page may load anything from."""
        return (self.plan.issuer, self.plan.emulator, self.plan.relying_party)

    def person(self, key: str) -> Person:
        """Return somebody by key; empty strings stand for what the person does not have."""
        told = next(entry for entry in self.contract["personas"] if entry["key"] == key)
        members = (told[name] or "" for name in ("situation", "dossier", "password", "email"))
        return Person(key, *members)

    def client(self, client_id: str) -> dict[str, Any]:
        """Return what the contract says of an application."""
        return next(dict(entry) for entry in self.contract["clients"] if entry["client_id"] == client_id)

    def mails_to(self, address: str) -> list[dict[str, Any]]:
        """Return the messages sent to an address, newest first."""
        with requests.Session() as session:
            session.trust_env = False
            listing = session.get(self.contract["mailbox_messages"], timeout=10).json()
        return [message for message in listing["messages"] if message["to"] == address]

    def mail_arrives(self, address: str, seconds: float = 15) -> bool:
        """Whether a message to this address has come within so many seconds."""
        deadline = time.monotonic() + seconds
        while not self.mails_to(address):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.1)
        return True


@contextmanager
def started(data: Path, log: Path, *options: str, env: Mapping[str, str] | None = None) -> Iterator[Demonstration]:
    """Run `idp demo` on free ports with its files in `data`, until the context ends.

    Args:
        data: where its files go.
        log: the file that takes its output.
        options: more of the command's options.
        env: variables added to our own.
    """
    plan = Plan(port=processes.free_port(3), data=data, tls="--tls" in options)
    command = (*COMMAND, "--port", str(plan.port), "--data", str(data), *options)
    program = processes.start(command, log, cwd=ROOT, env=env)
    try:
        program.wait_until(lambda: READY in program.output(), seconds=60)
        yield Demonstration(plan, cast("Mapping[str, Any]", json.loads(plan.contract_file.read_text())))
    finally:
        program.stop()
