"""Configuration files that were applied, and what was found before one was: whole texts, the newest hundred of them."""

from collections.abc import Sequence
from dataclasses import field
from typing import Any, Final, Literal

from sqlalchemy import delete, insert, select

from idp.records import dataclass
from idp.store.rows import table
from idp.store.session import Session
from idp.store.tables_admin import ConfigurationRow

CONFIGURATIONS: Final = table(ConfigurationRow)
KEPT: Final = 100
"""Files that are kept."""

Kind = Literal["applied", "found"]


@dataclass(frozen=True, slots=True)
class Configuration:
    """One file. `found`: what the database held before one was applied, where it was otherwise than the file before.

    `kept_at` is in Unix seconds; `digest` is the SHA-256 of the text in hex.
    """

    number: int
    kind: Kind
    digest: str
    actor: str
    door: str
    kept_at: int
    text: str = field(repr=False)


class Configurations:
    """The files, in one unit of work. They are only added; the oldest make room."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, *, kind: Kind, digest: str, actor: str, door: str, kept_at: int, text: str) -> int:
        """Keep a file and return its number, which grows."""
        values = {"kind": kind, "digest": digest, "actor": actor, "door": door, "kept_at": kept_at, "text": text}
        made = self._session.execute(insert(CONFIGURATIONS).values(**values).returning(CONFIGURATIONS.c.number))
        number: int = made.scalar_one()
        newest = select(CONFIGURATIONS.c.number).order_by(CONFIGURATIONS.c.number.desc()).limit(KEPT)
        self._session.execute(delete(CONFIGURATIONS).where(CONFIGURATIONS.c.number.not_in(newest)))
        return number

    def get(self, number: int) -> Configuration | None:
        """Return one file; may be missing."""
        return self._one(select(CONFIGURATIONS).where(CONFIGURATIONS.c.number == number))

    def last(self) -> Configuration | None:
        """Return the file that was applied last; None where none ever was."""
        query = select(CONFIGURATIONS).where(CONFIGURATIONS.c.kind == "applied")
        return self._one(query.order_by(CONFIGURATIONS.c.number.desc()).limit(1))

    def list(self) -> Sequence[Configuration]:
        """Return every file, the newest first, without its text."""
        columns = [column for column in CONFIGURATIONS.columns if column.name != "text"]
        rows = self._session.execute(select(*columns).order_by(CONFIGURATIONS.c.number.desc()))
        return [_read({**row._asdict(), "text": ""}) for row in rows]

    def _one(self, query: Any) -> Configuration | None:
        row = self._session.execute(query).one_or_none()
        return None if row is None else _read(row._asdict())


def _read(row: dict[str, Any]) -> Configuration:
    return Configuration(**row)
