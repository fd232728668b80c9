"""Our copies of clients' logos."""

from dataclasses import field
from typing import Final

from sqlalchemy import delete, select

from idp.records import dataclass
from idp.store.rows import table
from idp.store.session import Session
from idp.store.tables_clients import ClientLogoRow

LOGOS: Final = table(ClientLogoRow)


@dataclass(frozen=True, slots=True)
class ClientLogo:
    """A picture as it is served: its bytes, their SHA-256 in hex and their type."""

    client_id: str
    digest: str
    media_type: str
    body: bytes = field(repr=False)
    fetched_at: int


class ClientLogos:
    """The copies, in one unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, client_id: str) -> ClientLogo | None:
        """Return the copy of a client's logo; may be missing."""
        row = self._session.execute(select(LOGOS).where(LOGOS.c.client_id == client_id)).one_or_none()
        if row is None:
            return None
        return ClientLogo(row.client_id, row.digest, row.media_type, row.body, row.fetched_at)

    def put(self, logo: ClientLogo) -> None:
        """Keep a copy in place of the one before."""
        self.delete(logo.client_id)
        self._session.execute(
            LOGOS.insert().values(
                client_id=logo.client_id,
                digest=logo.digest,
                media_type=logo.media_type,
                body=logo.body,
                fetched_at=logo.fetched_at,
            )
        )

    def delete(self, client_id: str) -> None:
        """Drop a copy; absent ones are ignored."""
        self._session.execute(delete(LOGOS).where(LOGOS.c.client_id == client_id))
