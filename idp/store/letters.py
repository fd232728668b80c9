"""Letters that wait to be printed, and the batches that were.

A row waits while its secret is sealed in it. Printing wipes the secret and names the batch; a letter that is not worth
printing any more is wiped without a batch, here or by whoever cancels its password (`provisionals`). Nothing fills
`sealed` again.
"""

from collections.abc import Sequence
from dataclasses import field
from typing import Final

from sqlalchemy import func, select, update

from idp.records import dataclass
from idp.store.accounts import ACCOUNTS, Account, read_account
from idp.store.provisionals import PROVISIONALS
from idp.store.rows import changed, purge, table
from idp.store.session import Session
from idp.store.tables_members import LetterRow

LETTERS: Final = table(LetterRow)
_CHUNK: Final = 500
_WAITING: Final = LETTERS.c.sealed.is_not(None) & LETTERS.c.printed_at.is_(None)


@dataclass(frozen=True, slots=True)
class WaitingLetter:
    """One letter to print, and what has become of its provisional password. Times are Unix seconds.

    `over` is `cancelled` or `spent` when the password works no more; `attempts` counts the wrong tries so far.
    """

    id: str
    sealed: bytes = field(repr=False)
    created_at: int
    expires_at: int
    attempts: int
    over: str | None
    account: Account


@dataclass(frozen=True, slots=True)
class PrintedBatch:
    """One print file: how many letters, when, and when the first of them had been asked for."""

    batch: str
    letters: int
    printed_at: int
    first_asked: int


class Letters:
    """The letters, in one unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def waiting(self) -> Sequence[WaitingLetter]:
        """Return every letter that waits, the oldest first; the order is the same at each call."""
        own = (LETTERS.c.id, LETTERS.c.sealed, LETTERS.c.created_at)
        password = tuple(PROVISIONALS.c[name] for name in ("expires_at", "attempts", "cancelled_at", "spent_at"))
        query = (
            select(*own, *password, *ACCOUNTS.columns)
            .join(PROVISIONALS, PROVISIONALS.c.id == LETTERS.c.provisional_id)
            .join(ACCOUNTS, ACCOUNTS.c.id == LETTERS.c.account_id)
            .where(_WAITING)
            .order_by(LETTERS.c.created_at, LETTERS.c.id)
        )
        letters = []
        for letter_id, sealed, created_at, expires_at, attempts, cancelled_at, spent_at, *rest in self._session.execute(
            query
        ):
            over = "cancelled" if cancelled_at is not None else "spent" if spent_at is not None else None
            account = read_account(rest)
            letters.append(WaitingLetter(letter_id, sealed, created_at, expires_at, attempts, over, account))
        return letters

    def mark_printed(self, ids: Sequence[str], batch: str, now: int) -> int:
        """Name the batch of letters and wipe their secrets; return how many were still waiting.

        The caller rolls back when that is not all of them: somebody else printed or wiped one.
        """
        return self._take(ids, batch, now)

    def wipe(self, ids: Sequence[str]) -> int:
        """Wipe the secrets of letters that will not be printed; return how many were still waiting."""
        return self._take(ids, None, None)

    def in_batch(self, batch: str) -> Sequence[str]:
        """Return the ids of the letters printed in a batch, in their order in the file; empty for an unknown one."""
        query = select(LETTERS.c.id).where(LETTERS.c.batch == batch).order_by(LETTERS.c.created_at, LETTERS.c.id)
        return list(self._session.scalars(query))

    def batches_of_day(self, day: str) -> Sequence[str]:
        """Return the names of the batches of a day, written `2026-11-24`."""
        query = select(LETTERS.c.batch).where(LETTERS.c.batch.startswith(f"{day}-", autoescape=True)).distinct()
        return [str(name) for name in self._session.scalars(query)]

    def waiting_since(self) -> Sequence[int]:
        """Return when each waiting letter was asked for, the oldest first."""
        query = select(LETTERS.c.created_at).where(_WAITING).order_by(LETTERS.c.created_at)
        return [int(moment) for moment in self._session.scalars(query)]

    def batches_since(self, since: int) -> Sequence[PrintedBatch]:
        """Return the batches printed since a time, the newest first."""
        columns = (LETTERS.c.batch, func.count(), func.max(LETTERS.c.printed_at), func.min(LETTERS.c.created_at))
        where = (LETTERS.c.printed_at >= since) & LETTERS.c.batch.is_not(None)
        query = select(*columns).where(where).group_by(LETTERS.c.batch)
        rows = [PrintedBatch(*row) for row in self._session.execute(query)]
        return sorted(rows, key=lambda row: (row.printed_at, row.batch), reverse=True)

    def batches(self, below: str, limit: int) -> Sequence[PrintedBatch]:
        """Return batches by name, the latest first, those below a name where one is given, `limit` at most."""
        name = LETTERS.c.batch
        columns = (name, func.count(), func.max(LETTERS.c.printed_at), func.min(LETTERS.c.created_at))
        query = select(*columns).where(name < below if below else name.is_not(None))
        rows = self._session.execute(query.group_by(name).order_by(name.desc()).limit(limit))
        return [PrintedBatch(*row) for row in rows]

    def purge(self, before: int, limit: int = 500) -> int:
        """Delete at most `limit` letters asked for before a time whose secret is wiped; return how many went."""
        return purge(
            self._session, LETTERS.c.created_at, LETTERS.c.sealed.is_(None) & (LETTERS.c.created_at < before), limit
        )

    def _take(self, ids: Sequence[str], batch: str | None, printed_at: int | None) -> int:
        taken = 0
        for start in range(0, len(ids), _CHUNK):
            where = LETTERS.c.id.in_(ids[start : start + _CHUNK]) & _WAITING
            values = {"sealed": None, "batch": batch, "printed_at": printed_at}
            taken += changed(self._session, update(LETTERS).where(where).values(**values))
        return taken
