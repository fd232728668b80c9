"""Values that may be used once, such as the `jti` of an assertion or of a DPoP proof: the unique key decides."""

from typing import Any, Final

from sqlalchemy import bindparam, select

from idp.store.prepared import Prepared
from idp.store.rows import absent, insert_if_absent, purge, table
from idp.store.session import Session
from idp.store.tables import SpentRow

SPENT: Final = table(SpentRow)
KNOWN: Final = Prepared(
    select(SPENT.c.digest).where(SPENT.c.purpose == bindparam("what"), SPENT.c.digest == bindparam("wanted")),
    quick=True,
)
"""A claimed value: `what` is its purpose, `wanted` its digest."""


class Spent:
    """The used values, in one unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def claim(self, purpose: str, digest: str, expires_at: int) -> bool:
        """Use a value: of any number of callers one gets True; atomic, undone if the unit rolls back.

        Args:
            purpose: what the value is for; values of different purposes never meet.
            digest: SHA-256 of the value, hex.
            expires_at: when the value is refused for its age anyway, so that the row may go.
        """
        values = {"purpose": purpose, "digest": digest, "expires_at": expires_at}
        return insert_if_absent(self._session, SPENT, values, "purpose", "digest")

    def mark(self, purpose: str, digest: str, expires_at: int) -> None:
        """Claim a value whether or not it was claimed before, with the next statement or the commit."""
        values: dict[str, Any] = {"purpose": purpose, "digest": digest, "expires_at": expires_at}
        absent(self._session, SPENT, values, "purpose", "digest").later(self._session, **values)

    def known(self, purpose: str, digest: str) -> bool:
        """Whether a value was claimed; for values that mark an end rather than a use."""
        return KNOWN.first(self._session, what=purpose, wanted=digest) is not None

    def purge(self, now: int, limit: int = 500) -> int:
        """Delete at most `limit` rows past their time; return how many."""
        return purge(self._session, SPENT.c.expires_at, SPENT.c.expires_at <= now, limit)
