"""The FranceConnect emulator beside the provider, and people whom both know."""

import json
import secrets
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from bench.journeys.ways import Person
from idp.members.dossiers import Dossier
from tests.support import processes
from tests.support.cast import ISSUER, MEMBER
from tests.support.upstream_world import ANGELA_CLAIMS, CLIENT_ID

_BOOT: Final = (
    "from granian import Granian; "
    "Granian('federation.emulator.serve:application', factory=True, interface='wsgi', address='127.0.0.1', "
    "port={port}, workers=1, blocking_threads=8, log_enabled=False).serve()"
)


@dataclass(frozen=True, slots=True)
class Emulated:
    """A running emulator: its port, and the part of the provider's settings that leads to it."""

    port: int
    settings: str

    @property
    def host(self) -> str:
        """The emulator's host and port, as browsers see them."""
        return f"localhost:{self.port}"


def dossiers(count: int) -> list[Dossier]:
    """Return so many members, told apart by their birth dates."""
    return [
        replace(
            MEMBER,
            dossier=f"{2_000_000 + number}",
            civil=replace(
                MEMBER.civil, birthdate=f"19{50 + number // 336:02}-{1 + number // 28 % 12:02}-{1 + number % 28:02}"
            ),
            email=f"m{number}@example.org",
        )
        for number in range(count)
    ]


def people(members: Sequence[Dossier]) -> list[Person]:
    """Return how they sign in."""
    return [Person(member.dossier, f"p{member.dossier}") for member in members]


@contextmanager
def emulator(folder: Path, members: Sequence[Dossier]) -> Iterator[Emulated]:
    """Run the emulator, which knows these members."""
    port, secret = processes.free_port(), secrets.token_urlsafe(32)
    issuer, told, kept = f"http://localhost:{port}/api/v2", folder / "emulator.json", folder / "franceconnect.secret"
    given = {"given_name": " ".join(MEMBER.civil.given_names), "given_name_array": list(MEMBER.civil.given_names)}
    personas = [
        {
            "key": f"p{member.dossier}",
            "label": member.dossier,
            "story": "",
            "franceconnect": {**ANGELA_CLAIMS, **given, "birthdate": member.civil.birthdate, "email": member.email},
        }
        for member in members
    ]
    (folder / "personas.json").write_text(json.dumps({"personas": personas}), encoding="utf-8")
    client = {
        "client_id": CLIENT_ID,
        "client_secret": secret,
        "name": "CARPIMKO",
        "redirect_uris": [f"{ISSUER}/federation/franceconnect/callback"],
        "post_logout_redirect_uris": [f"{ISSUER}/federation/franceconnect/logout"],
    }
    configuration = {"issuer": issuer, "personas": str(folder / "personas.json"), "clients": [client]}
    told.write_text(json.dumps(configuration), encoding="utf-8")
    kept.write_text(secret, encoding="utf-8")
    kept.chmod(0o600)
    command = [sys.executable, "-c", _BOOT.format(port=port)]
    program = processes.start(command, folder / "emulator.log", env={"EMULATOR_CONFIG": str(told)})
    settings = (
        f'[franceconnect]\nenabled = true\nenvironment = "emulator"\nissuer = "{issuer}"\n'
        f'client_id = "{CLIENT_ID}"\nclient_secret_file = "{kept}"\n'
    )
    try:
        program.wait_until(lambda: processes.answers(f"{issuer}/.well-known/openid-configuration"), 30)
        yield Emulated(port, settings)
    finally:
        program.stop()
