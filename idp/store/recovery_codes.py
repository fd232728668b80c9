"""Recovery codes of members, by keyed digest: each replaces the second factor once, and SQL judges that (D2)."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import delete, func, select, update

from idp.store.rows import changed, table
from idp.store.session import Session
from idp.store.tables_members import RecoveryCodeRow

CODES: Final = table(RecoveryCodeRow)


class RecoveryCodes:
    """The recovery codes, in one unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def replace(self, account_id: str, digests: Sequence[str], now: int) -> None:
        """Give an account new codes in place of all it had; none at all when there are no digests."""
        self._session.execute(delete(CODES).where(CODES.c.account_id == account_id))
        rows = [{"account_id": account_id, "digest": one, "created_at": now, "spent_at": None} for one in digests]
        if rows:
            self._session.execute(CODES.insert(), rows)

    def spend(self, account_id: str, digest: str, now: int) -> bool:
        """Use one up: of any number of callers one gets True; undone if the unit rolls back."""
        where = (CODES.c.account_id == account_id) & (CODES.c.digest == digest) & CODES.c.spent_at.is_(None)
        return changed(self._session, update(CODES).where(where).values(spent_at=now)) == 1

    def made_at(self, account_id: str) -> int | None:
        """Return when an account's codes were made, Unix seconds; None without any."""
        found = select(func.max(CODES.c.created_at)).where(CODES.c.account_id == account_id)
        made: int | None = self._session.execute(found).scalar_one()
        return made

    def left(self, account_id: str) -> int:
        """Return how many an account may still use."""
        where = (CODES.c.account_id == account_id) & CODES.c.spent_at.is_(None)
        return int(self._session.execute(select(func.count()).select_from(CODES).where(where)).scalar_one())
