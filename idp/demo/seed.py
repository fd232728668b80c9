"""Put the demonstration's people and applications into the provider, through two ports.

Seeding runs when something to seed has changed or the database is new, and not at every start: a member who changed
a password in the demonstration keeps it.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Protocol

from idp.demo.clients import DemoClient
from idp.demo.credentials import Credentials
from idp.demo.personas import Persona
from idp.demo.plan import Plan
from idp.members.dossiers import Dossier
from idp.protocol.client import Client


class DossierWriter(Protocol):
    """Where dossiers are kept."""

    def upsert(self, record: Dossier, password: str | None) -> object:
        """Create or replace one dossier, found by its number; hash the password given, leave it unset for None."""
        ...


class ClientWriter(Protocol):
    """Where clients are kept."""

    def upsert(self, client: Client, secret: str | None) -> object:
        """Create or replace one client, found by its id; keep a digest of the secret given."""
        ...


def seed(
    dossiers: DossierWriter,
    clients: ClientWriter,
    personas: Sequence[Persona],
    demo_clients: Sequence[DemoClient],
    credentials: Credentials,
) -> None:
    """Write every dossier and client; doing it twice changes nothing."""
    for persona in personas:
        for seeded in persona.dossiers:
            number = seeded.dossier.dossier
            password = credentials.passwords[number] if seeded.with_password else None
            dossiers.upsert(seeded.dossier, password)
    for demo in demo_clients:
        clients.upsert(demo.client, demo.secret)


def is_current(plan: Plan, fingerprint: str) -> bool:
    """Whether the database already holds what this fingerprint stands for; ask before it is migrated."""
    try:
        known = plan.seeded_file.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return False
    return plan.database_file.is_file() and known == fingerprint


def mark(plan: Plan, fingerprint: str) -> None:
    """Remember that the database holds what this fingerprint stands for."""
    plan.seeded_file.write_text(f"{fingerprint}\n", encoding="ascii")


def fingerprint_of(personas: Sequence[Persona], clients: Sequence[DemoClient], credentials: Credentials) -> str:
    """Return a digest of everything that seeding writes."""
    content = json.dumps(
        [
            [asdict(persona) for persona in personas],
            [asdict(client) for client in clients],
            dict(credentials.passwords),
        ],
        default=_plain,
        sort_keys=True,
    )
    return hashlib.sha256(content.encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError(type(value).__name__)
