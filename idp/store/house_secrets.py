"""The house's sealed secrets, in SQL so that every node derives the same keys."""

from dataclasses import field
from typing import Final

from sqlalchemy import func, select, update

from idp.records import dataclass
from idp.store.rows import changed, insert_if_absent, table
from idp.store.session import Session
from idp.store.tables import HouseSecretRow

SECRETS: Final = table(HouseSecretRow)

TOKENS: Final = "access-tokens"
"""The name of the secret that access tokens are sealed under, once they have one of their own."""
TOKENS_NUMBER: Final = func.coalesce(select(SECRETS.c.number).where(SECRETS.c.name == TOKENS).scalar_subquery(), 0)
"""The number of that secret, for a statement that asks for more; 0 while there is none."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """A sealed secret, and how many stood in its place before."""

    number: int
    sealed: bytes = field(repr=False)


class HouseSecrets:
    """The sealed secrets by name, in one unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, name: str) -> bytes | None:
        """Return a sealed secret; may be missing."""
        found = self.numbered(name)
        return None if found is None else found.sealed

    def numbered(self, name: str) -> Numbered | None:
        """Return a sealed secret with its number; may be missing."""
        query = select(SECRETS.c.number, SECRETS.c.sealed).where(SECRETS.c.name == name)
        found = self._session.execute(query).one_or_none()
        return None if found is None else Numbered(found.number, bytes(found.sealed))

    def insert(self, name: str, sealed: bytes) -> bool:
        """Store a secret unless there is one: of nodes that start together one gets True (R-08)."""
        return insert_if_absent(self._session, SECRETS, {"name": name, "sealed": sealed, "number": 0}, "name")

    def succeed(self, name: str, sealed: bytes) -> int:
        """Put another secret in a place, or the first one after what was never stored; return its number, 1 or more.

        Of units that do it at once each gets a number of its own, and the last one's secret stays.
        """
        insert_if_absent(self._session, SECRETS, {"name": name, "sealed": sealed, "number": 0}, "name")
        values = {"sealed": sealed, "number": SECRETS.c.number + 1}
        self._session.execute(update(SECRETS).where(SECRETS.c.name == name).values(values))
        return int(self._session.execute(select(SECRETS.c.number).where(SECRETS.c.name == name)).scalar_one())

    def replace_sealed(self, name: str, old: bytes, new: bytes) -> bool:
        """Put a secret under another key-encryption key, only if it is still sealed as `old`; atomic."""
        where = (SECRETS.c.name == name) & (SECRETS.c.sealed == old)
        return changed(self._session, update(SECRETS).where(where).values(sealed=new)) == 1
