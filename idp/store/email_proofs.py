"""Links that prove a contact address: by digest, single use."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from idp.store.rows import changed, purge, table
from idp.store.tables import EmailProofRow

PROOFS: Final = table(EmailProofRow)


@dataclass(frozen=True, slots=True)
class EmailProof:
    """One link that may still be followed, and the address it proves."""

    digest: str
    account_id: str
    email: str


class EmailProofs:
    """The links, in one unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def replace(self, proof: EmailProof, *, now: int, expires_at: int) -> None:
        """Add a link; those the account had before are of no use any more."""
        mine = (PROOFS.c.account_id == proof.account_id) & PROOFS.c.spent_at.is_(None)
        changed(self._session, update(PROOFS).where(mine).values(spent_at=now))
        self._session.execute(
            PROOFS.insert().values(
                digest=proof.digest,
                account_id=proof.account_id,
                email=proof.email,
                created_at=now,
                expires_at=expires_at,
                spent_at=None,
            )
        )

    def live(self, digest: str, now: int) -> EmailProof | None:
        """Return a link that may still be followed; may be missing."""
        where = (PROOFS.c.digest == digest) & PROOFS.c.spent_at.is_(None) & (PROOFS.c.expires_at > now)
        row = self._session.execute(select(PROOFS.c.digest, PROOFS.c.account_id, PROOFS.c.email).where(where)).first()
        return None if row is None else EmailProof(*row)

    def spend(self, digest: str, now: int) -> bool:
        """Follow a link: of any number of callers one gets True; undone if the unit rolls back."""
        where = (PROOFS.c.digest == digest) & PROOFS.c.spent_at.is_(None) & (PROOFS.c.expires_at > now)
        return changed(self._session, update(PROOFS).where(where).values(spent_at=now)) == 1

    def purge(self, before: int, limit: int = 500) -> int:
        """Delete at most `limit` that ended before a time; return how many."""
        return purge(self._session, PROOFS, PROOFS.c.expires_at < before, limit)
