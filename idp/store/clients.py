"""Relying applications: `idp.protocol.client.Client` values, and a version that grows with each change."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from idp.protocol.client import Client, ClientSecret
from idp.store.rows import insert_if_absent, table
from idp.store.tables import ClientRow

CLIENTS: Final = table(ClientRow)
_COLUMNS: Final = frozenset({"client_id", "name", "enabled", "secrets"})
_METADATA: Final = tuple(member for member in fields(Client) if member.name not in _COLUMNS)


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, frozenset) else value


def _members(client: Client) -> dict[str, Any]:
    return {
        "name": client.name,
        "enabled": client.enabled,
        "secrets": [asdict(secret) for secret in client.secrets],
        "metadata": {member.name: _plain(getattr(client, member.name)) for member in _METADATA},
    }


def _read(row: Any) -> Client:
    metadata: Mapping[str, Any] = row.metadata
    members = {}
    for member in _METADATA:
        if member.name in metadata:
            # A frozen collection comes back from JSON as a list; the default says which kind it was.
            kind = type(member.default)
            raw = metadata[member.name]
            members[member.name] = kind(raw) if kind in (tuple, frozenset) else raw
    secrets = tuple(ClientSecret(**secret) for secret in row.secrets)
    return Client(client_id=row.client_id, name=row.name, enabled=row.enabled, secrets=secrets, **members)


class Clients:
    """The registered applications, in one unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, client_id: str) -> Client | None:
        """Return one client, enabled or not; may be missing. A member it does not know yet takes its default."""
        row = self._session.execute(select(CLIENTS).where(CLIENTS.c.client_id == client_id)).one_or_none()
        return None if row is None else _read(row)

    def list(self) -> Sequence[Client]:
        """Return every client, by id."""
        return [_read(row) for row in self._session.execute(select(CLIENTS).order_by(CLIENTS.c.client_id))]

    def versions(self) -> Mapping[str, int]:
        """Return the version of every client: caches compare it to know what to read again."""
        rows = self._session.execute(select(CLIENTS.c.client_id, CLIENTS.c.version))
        return {row.client_id: row.version for row in rows}

    def upsert(self, client: Client, now: int) -> int:
        """Create or replace a client; idempotent. Return its version, which grows only when something changed."""
        members = _members(client)
        fresh = members | {
            "client_id": client.client_id,
            "version": 1,
            "created_at": now,
            "updated_at": now,
        }
        if insert_if_absent(self._session, CLIENTS, fresh, "client_id"):
            return 1
        query = select(CLIENTS).where(CLIENTS.c.client_id == client.client_id).with_for_update()
        known = self._session.execute(query).one()
        version = int(known.version)
        if _members(_read(known)) == members:
            return version
        self._session.execute(
            update(CLIENTS)
            .where(CLIENTS.c.client_id == client.client_id)
            .values(**members, version=version + 1, updated_at=now)
        )
        return version + 1
