"""From where clients call, and what of the published keys was read there."""

from collections.abc import Sequence
from functools import cache
from typing import Final

from sqlalchemy import bindparam, cast, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from idp.records import dataclass
from idp.store.clients import CLIENTS
from idp.store.prepared import Prepared
from idp.store.rows import purge, table
from idp.store.session import Session
from idp.store.tables_clients import KeyReaderRow

READERS: Final = table(KeyReaderRow)
MAX_ADDRESSES: Final = 32
"""Addresses kept of one client: whoever calls from more of them cannot be told by address."""


@dataclass(frozen=True, slots=True)
class KeyReader:
    """One client at one address. All times are Unix seconds.

    `called_at`: the client last proved itself from there, to the hour. `read_at`: somebody there last read the keys,
    None for never. `newest_read`: when the newest key of what was read had been published.
    """

    client_id: str
    address: str
    called_at: int
    read_at: int | None = None
    newest_read: int | None = None


@cache
def _calling(dialect: str) -> Prepared:
    """Return the statement that notes a call: one, since a thousand of them are written at a time."""
    columns = READERS.c
    client, place = bindparam("client", type_=columns.client_id.type), bindparam("place", type_=columns.address.type)
    at = cast(bindparam("at", type_=columns.called_at.type), columns.called_at.type)
    others = select(func.count()).where(columns.client_id == client, columns.address != place).scalar_subquery()
    known = select(CLIENTS.c.client_id, cast(place, columns.address.type), at).where(
        CLIENTS.c.client_id == client, others < MAX_ADDRESSES
    )
    names = ["client_id", "address", "called_at"]
    statement = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(READERS).from_select(names, known)
    later = {"called_at": statement.excluded.called_at}
    return Prepared(statement.on_conflict_do_update(index_elements=names[:2], set_=later))


_READING: Final = Prepared(
    update(READERS)
    .where(
        READERS.c.address == bindparam("place"),
        or_(READERS.c.read_at.is_(None), READERS.c.read_at <= bindparam("at")),
    )
    .values(read_at=bindparam("at"), newest_read=bindparam("newest"))
)


class KeyReaders:
    """The addresses, in one unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def called(self, client_id: str, address: str, now: int) -> None:
        """Note with the commit that a client called; nothing where it is none, or calls from too many addresses."""
        calling = _calling(self._session.dialect.name)
        calling.later(self._session, client=client_id, place=address, at=now)

    def read(self, address: str, newest: int, now: int) -> None:
        """Note with the commit that the keys were read from an address, for each client that calls from there.

        What was noted of a later moment, by another process, is left as it is.
        """
        _READING.later(self._session, place=address, newest=newest, at=now)

    def addresses(self) -> frozenset[str]:
        """Return every address that a client calls from."""
        return frozenset(self._session.execute(select(READERS.c.address).distinct()).scalars())

    def all(self) -> Sequence[KeyReader]:
        """Return every client at every address, by client and address."""
        query = select(READERS).order_by(READERS.c.client_id, READERS.c.address)
        return [KeyReader(**row._asdict()) for row in self._session.execute(query)]

    def purge(self, before: int, limit: int) -> int:
        """Forget at most `limit` addresses from which nobody called since `before`; return how many went."""
        return purge(self._session, READERS.c.called_at, READERS.c.called_at < before, limit)
