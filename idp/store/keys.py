"""Sealed signing keys, in SQL so that every node sees a rotation."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import delete, select, update

from idp.store.rows import changed, insert_if_absent, table
from idp.store.session import Session
from idp.store.tables import KeyRow
from keys.ring import SealedKey

KEYS: Final = table(KeyRow)
_NAMES: Final = tuple(column.name for column in KEYS.columns)


class Keys:
    """The sealed keys, in one unit of work."""

    def __init__(self, session: Session) -> None:
        self.session: Final = session

    def all(self) -> Sequence[SealedKey]:
        """Return every key, by algorithm and generation."""
        query = select(KEYS).order_by(KEYS.c.algorithm, KEYS.c.generation)
        return [SealedKey(**row._asdict()) for row in self.session.execute(query)]

    def insert(self, key: SealedKey) -> bool:
        """Store a key unless its algorithm, use and generation are taken.

        Of twenty nodes that start together one gets True (R-08); the others read what it made.
        """
        values = {name: getattr(key, name) for name in _NAMES}
        return insert_if_absent(self.session, KEYS, values, "algorithm", "use", "generation")

    def update_times(self, kid: str, *, active_from: int, retire_at: int, drop_at: int) -> bool:
        """Change what a key may do and when; return whether it exists."""
        statement = update(KEYS).where(KEYS.c.kid == kid)
        values = {"active_from": active_from, "retire_at": retire_at, "drop_at": drop_at}
        return changed(self.session, statement.values(**values)) == 1

    def replace_sealed(self, kid: str, old: bytes, new: bytes) -> bool:
        """Put a key under another key-encryption key, only if it is still sealed as `old`; atomic."""
        where = (KEYS.c.kid == kid) & (KEYS.c.sealed == old)
        return changed(self.session, update(KEYS).where(where).values(sealed=new)) == 1

    def delete(self, kid: str) -> bool:
        """Forget a key; return whether it existed."""
        return changed(self.session, delete(KEYS).where(KEYS.c.kid == kid)) == 1
