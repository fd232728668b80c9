"""Put the demonstration's people, applications and administrators into the provider, through three ports.

People, applications and administrators are each seeded when they have changed or the database is new, and not at
every start: a member who changed a password in the demonstration keeps it, also when the ports move.
"""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Protocol

from idp.admin.roles import Role
from idp.demo.clients import DemoClient
from idp.demo.contract import ADMINISTRATORS
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


class AdministratorWriter(Protocol):
    """Where administrators are kept."""

    def upsert(self, login: str, name: str, roles: Collection[Role], password: str, totp_secret: str) -> object:
        """Create or replace one administrator, found by login."""
        ...


def seed_people(dossiers: DossierWriter, personas: Sequence[Persona], credentials: Credentials) -> None:
    """Write every dossier; doing it twice changes nothing."""
    for persona in personas:
        for seeded in persona.dossiers:
            number = seeded.dossier.dossier
            dossiers.upsert(seeded.dossier, credentials.passwords[number] if seeded.with_password else None)


def seed_clients(clients: ClientWriter, demo_clients: Sequence[DemoClient]) -> None:
    """Write every client; doing it twice changes nothing."""
    for demo in demo_clients:
        clients.upsert(demo.client, demo.secret)


def seed_admin(administrators: AdministratorWriter, credentials: Credentials) -> None:
    """Write the administrators; doing it twice changes nothing but open sessions."""
    for login, (name, roles) in ADMINISTRATORS.items():
        administrators.upsert(login, name, roles, credentials.admin_password, credentials.admin_totp)


def fingerprints(
    personas: Sequence[Persona], clients: Sequence[DemoClient], credentials: Credentials
) -> dict[str, str]:
    """Return a digest of what seeding writes, for each of its parts."""
    people = [[asdict(persona) for persona in personas], dict(credentials.passwords)]
    admin = [ADMINISTRATORS, credentials.admin_password, credentials.admin_totp]
    return {
        "people": _digest(people),
        "clients": _digest([asdict(client) for client in clients]),
        "admin": _digest(admin),
    }


def missing(plan: Plan, wanted: Mapping[str, str]) -> frozenset[str]:
    """Return the parts that the database does not hold as they are now; ask before it is migrated."""
    if not plan.database_file.is_file():
        return frozenset(wanted)
    try:
        known = json.loads(plan.seeded_file.read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return frozenset(wanted)
    return frozenset(part for part in wanted if known.get(part) != wanted[part])


def mark(plan: Plan, held: Mapping[str, str]) -> None:
    """Remember what the database holds now."""
    plan.seeded_file.write_text(json.dumps(dict(held)) + "\n", encoding="ascii")


def _digest(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, default=_plain, sort_keys=True).encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError(type(value).__name__)
