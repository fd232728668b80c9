"""The house's sealed secret, in SQL so that every node derives the same keys."""

from typing import Final

from sqlalchemy import select, update

from idp.store.rows import changed, insert_if_absent, table
from idp.store.session import Session
from idp.store.tables import HouseSecretRow

SECRETS: Final = table(HouseSecretRow)


class HouseSecrets:
    """The sealed secrets by name, in one unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, name: str) -> bytes | None:
        """Return a sealed secret; may be missing."""
        found = self._session.execute(select(SECRETS.c.sealed).where(SECRETS.c.name == name)).scalar_one_or_none()
        return None if found is None else bytes(found)

    def insert(self, name: str, sealed: bytes) -> bool:
        """Store a secret unless there is one: of nodes that start together one gets True (R-08)."""
        return insert_if_absent(self._session, SECRETS, {"name": name, "sealed": sealed}, "name")

    def replace_sealed(self, name: str, old: bytes, new: bytes) -> bool:
        """Put a secret under another key-encryption key, only if it is still sealed as `old`; atomic."""
        where = (SECRETS.c.name == name) & (SECRETS.c.sealed == old)
        return changed(self._session, update(SECRETS).where(where).values(sealed=new)) == 1
