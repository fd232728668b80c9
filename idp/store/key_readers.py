"""From where clients call, and what of the published keys was read there."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import func, or_, select, update

from idp.records import dataclass
from idp.store.rows import changed, insert_if_absent, purge, table
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


class KeyReaders:
    """The addresses, in one unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def called(self, client_id: str, address: str, now: int) -> bool:
        """Note that a client called; False, and nothing noted, where it calls from too many addresses."""
        mine = READERS.c.client_id == client_id
        statement = update(READERS).where(mine & (READERS.c.address == address)).values(called_at=now)
        if changed(self._session, statement):
            return True
        held = self._session.execute(select(func.count()).where(mine)).scalar_one()
        if held >= MAX_ADDRESSES:
            return False
        values = {"client_id": client_id, "address": address, "called_at": now}
        return insert_if_absent(self._session, READERS, values, "client_id", "address")

    def read(self, address: str, newest: int, now: int) -> int:
        """Note that the keys were read from an address; return how many clients call from there.

        What was noted of a later moment, by another process, is left as it is.
        """
        earlier = or_(READERS.c.read_at.is_(None), READERS.c.read_at <= now)
        statement = update(READERS).where((READERS.c.address == address) & earlier)
        return changed(self._session, statement.values(read_at=now, newest_read=newest))

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
