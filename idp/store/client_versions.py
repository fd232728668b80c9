"""What administrators made of each application: its registration after every act, without secrets."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any, Final

from sqlalchemy import func, insert, select

from idp.records import dataclass
from idp.store.rows import table
from idp.store.session import Session
from idp.store.tables_clients import ClientVersionRow

VERSIONS: Final = table(ClientVersionRow)


@dataclass(frozen=True, slots=True)
class ClientVersion:
    """One version. `actor` and `door` are empty where nobody's act made it, such as a registration by itself.

    `registration` is what `idp.store.clients.registration_of` wrote; `made_at` is in Unix seconds.
    """

    client_id: str
    number: int
    act: str
    actor: str
    door: str
    reason: str
    made_at: int
    registration: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Hand:
    """Somebody who made versions of a client, through one door, and when the first of theirs was made."""

    actor: str
    door: str
    first_at: int


class ClientVersions:
    """The versions, in one unit of work. They are only added, and go with their client."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, version: ClientVersion) -> None:
        """Keep one; its number is new to the client, which whoever holds the client's row makes sure of."""
        self._session.execute(
            insert(VERSIONS).values(
                client_id=version.client_id,
                number=version.number,
                act=version.act,
                actor=version.actor,
                door=version.door,
                reason=version.reason,
                made_at=version.made_at,
                registration=dict(version.registration),
            )
        )

    def get(self, client_id: str, number: int) -> ClientVersion | None:
        """Return one version; may be missing, since what nobody's act made may have no row."""
        query = select(VERSIONS).where(VERSIONS.c.client_id == client_id, VERSIONS.c.number == number)
        row = self._session.execute(query).one_or_none()
        return None if row is None else _read(row)

    def list(self, client_id: str, below: int | None = None, limit: int = 100) -> Sequence[ClientVersion]:
        """Return at most `limit` versions with a number below one, the newest first."""
        query = select(VERSIONS).where(VERSIONS.c.client_id == client_id)
        if below is not None:
            query = query.where(VERSIONS.c.number < below)
        rows = self._session.execute(query.order_by(VERSIONS.c.number.desc()).limit(limit))
        return [_read(row) for row in rows]

    def hands(self, client_id: str) -> Sequence[Hand]:
        """Return everybody who ever made a version of a client: all of them, however many versions there are."""
        by = (VERSIONS.c.actor, VERSIONS.c.door)
        query = select(*by, func.min(VERSIONS.c.made_at).label("first_at"))
        rows = self._session.execute(
            query.where(VERSIONS.c.client_id == client_id, VERSIONS.c.actor != "").group_by(*by).order_by(*by)
        )
        return [Hand(row.actor, row.door, row.first_at) for row in rows]


def _read(row: Any) -> ClientVersion:
    return ClientVersion(
        client_id=row.client_id,
        number=int(row.number),
        act=row.act,
        actor=row.actor,
        door=row.door,
        reason=row.reason,
        made_at=row.made_at,
        registration=row.registration,
    )
