"""Relying applications: `idp.protocol.client.Client` values, and a version that grows with each change."""

import json
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, fields
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import BigInteger, bindparam, delete, func, select, update

from idp.protocol.client import Client, ClientSecret
from idp.records import dataclass
from idp.store.prepared import Prepared
from idp.store.rows import changed, insert_if_absent, table
from idp.store.session import Session
from idp.store.tables import ClientRow, ConsentRow

CLIENTS: Final = table(ClientRow)
CONSENTS: Final = table(ConsentRow)
_COLUMNS: Final = frozenset({"client_id", "name", "enabled", "secrets", "token_epoch"})
_GET: Final = Prepared(
    select(
        CLIENTS.c.client_id,
        CLIENTS.c.name,
        CLIENTS.c.enabled,
        CLIENTS.c.secrets,
        CLIENTS.c.metadata,
        CLIENTS.c.token_epoch,
    ).where(CLIENTS.c.client_id == bindparam("wanted")),
    quick=True,
)
_STAMP: Final = Prepared(
    select(
        func.count(CLIENTS.c.client_id),
        func.sum(CLIENTS.c.version, type_=BigInteger),
        func.sum(CLIENTS.c.token_epoch, type_=BigInteger),
    )
)
_ENABLED: Final = Prepared(select(CLIENTS.c.enabled).where(CLIENTS.c.client_id == bindparam("wanted")), quick=True)
_METADATA: Final = tuple(member for member in fields(Client) if member.name not in _COLUMNS)


@dataclass(frozen=True, slots=True)
class KeptClient:
    """A client with the number that its row has now, and when it was made and last changed (Unix seconds)."""

    client: Client
    version: int
    created_at: int
    updated_at: int


def registration_of(client: Client) -> dict[str, Any]:
    """Return everything of a client but its secrets, as JSON gives it back: lists, no tuples."""
    written: dict[str, Any] = json.loads(json.dumps(_members(client)))
    return {name: value for name, value in written.items() if name != "secrets"}


def client_of(client_id: str, registration: Mapping[str, Any]) -> Client:
    """Return the client that `registration_of` wrote down, without secrets."""
    return _built(client_id, registration["name"], registration["enabled"], (), registration["metadata"])


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
    return _built(row.client_id, row.name, row.enabled, _secrets(row.secrets), row.metadata, row.token_epoch)


def _secrets(written: Sequence[Mapping[str, Any]]) -> tuple[ClientSecret, ...]:
    return tuple(ClientSecret(**secret) for secret in written)


def _built(
    client_id: str,
    name: str,
    enabled: bool,
    secrets: tuple[ClientSecret, ...],
    metadata: Mapping[str, Any],
    token_epoch: int = 0,
) -> Client:
    members = {}
    for member in _METADATA:
        if member.name in metadata:
            # A frozen collection comes back from JSON as a list; the default says which kind it was.
            kind = type(member.default)
            raw = metadata[member.name]
            members[member.name] = _shared(kind(raw) if kind in (tuple, frozenset) else raw, member.default)
    return Client(client_id=client_id, name=name, enabled=enabled, secrets=secrets, token_epoch=token_epoch, **members)


def _shared(value: Any, default: Any) -> Any:
    """Return an equal value that other clients have too, where there is one.

    Thousands of applications differ in little more than names and addresses: what they have in common stays in the
    processor's caches while they call in turn, and is held once.
    """
    if value == default and type(value) is type(default):
        return default
    return _same(value) if type(value) is frozenset else value


@lru_cache(maxsize=1024)
def _same(value: frozenset[str]) -> frozenset[str]:
    return value


class Clients:
    """The registered applications, in one unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, client_id: str) -> Client | None:
        """Return one client, enabled or not; may be missing. A member it does not know yet takes its default."""
        row = _GET.first(self._session, wanted=client_id)
        return None if row is None else _built(row[0], row[1], row[2], _secrets(row[3]), row[4], row[5])

    def known(self, client_ids: Collection[str]) -> frozenset[str]:
        """Return which of some ids are clients', in one statement; at most some hundreds."""
        query = select(CLIENTS.c.client_id).where(CLIENTS.c.client_id.in_(client_ids))
        return frozenset(self._session.scalars(query))

    def enabled(self, client_id: str) -> bool:
        """Whether a client is there and enabled now."""
        row = _ENABLED.first(self._session, wanted=client_id)
        return row is not None and bool(row[0])

    def end_own_tokens(self, client_id: str) -> None:
        """End what a client was given for itself, without a grant. No clock is asked: nodes' differ."""
        mine = update(CLIENTS).where(CLIENTS.c.client_id == client_id)
        self._session.execute(mine.values(token_epoch=CLIENTS.c.token_epoch + 1))

    def stamp(self) -> Sequence[Any]:
        """Return values of which one is another after a change of any client: caches compare them.

        The epochs of new clients are random, so that one which goes while another comes does not look like no change.
        """
        return tuple(_STAMP.first(self._session) or ())

    def hold(self, client_id: str) -> Client | None:
        """Return one client as it is now, to change it: until the unit ends nobody else does; may be missing."""
        kept = self.kept(client_id, hold=True)
        return None if kept is None else kept.client

    def kept(self, client_id: str, *, hold: bool = False) -> KeptClient | None:
        """Return one client with its version; may be missing. `hold`: until the unit ends nobody else changes it."""
        query = select(CLIENTS).where(CLIENTS.c.client_id == client_id)
        row = self._session.execute(query.with_for_update() if hold else query).one_or_none()
        return None if row is None else KeptClient(_read(row), int(row.version), row.created_at, row.updated_at)

    def remove(self, client_id: str) -> bool:
        """Delete a client with all that hangs on it and the agreements with it; return whether it was there.

        Its grants are revoked apart, and stay until they expire, so that a code that comes back is known.
        """
        self._session.execute(delete(CONSENTS).where(CONSENTS.c.client_id == client_id))
        return changed(self._session, delete(CLIENTS).where(CLIENTS.c.client_id == client_id)) == 1

    def list(self) -> Sequence[Client]:
        """Return every client, by id."""
        return [_read(row) for row in self._session.execute(select(CLIENTS).order_by(CLIENTS.c.client_id))]

    def origins(self) -> frozenset[str]:
        """Return the origins that enabled clients registered, and read nothing else of them."""
        query = select(CLIENTS.c.metadata["origins"]).where(CLIENTS.c.enabled)
        return frozenset(origin for origins in self._session.scalars(query) for origin in origins or ())

    def first_party(self) -> Sequence[Client]:
        """Return the fund's own clients that are enabled, by id."""
        own = CLIENTS.c.metadata["first_party"].as_boolean().is_(True)
        query = select(CLIENTS).where(CLIENTS.c.enabled, own).order_by(CLIENTS.c.client_id)
        return [_read(row) for row in self._session.execute(query)]

    def versions(self) -> Mapping[str, int]:
        """Return the version of every client, for a comparison that must notice what changes meanwhile."""
        rows = self._session.execute(select(CLIENTS.c.client_id, CLIENTS.c.version))
        return {row.client_id: row.version for row in rows}

    def add(self, client: Client, now: int) -> bool:
        """Create a client, whose version is 1; return False, and change nothing, where its id is taken."""
        fresh = _members(client) | {
            "client_id": client.client_id,
            # Another than that of a client that had this id before.
            "token_epoch": secrets.randbits(40),
            "version": 1,
            "created_at": now,
            "updated_at": now,
        }
        return insert_if_absent(self._session, CLIENTS, fresh, "client_id")

    def upsert(self, client: Client, now: int) -> int:
        """Create or replace a client; idempotent. Return its version, which grows only when something changed."""
        members = _members(client)
        if self.add(client, now):
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
