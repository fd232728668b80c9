"""Links that prove a contact address: by digest, single use."""

from typing import Final

from sqlalchemy import func, select, update

from idp.records import dataclass
from idp.store.rows import changed, purge, table
from idp.store.session import Session
from idp.store.tables_members import EmailProofRow

PROOFS: Final = table(EmailProofRow)


@dataclass(frozen=True, slots=True)
class EmailProof:
    """One link that may still be followed, and the address it proves."""

    digest: str
    account_id: str
    email: str


@dataclass(frozen=True, slots=True)
class PendingProof:
    """An address that is not proven yet, and until when its link works (Unix seconds)."""

    email: str
    expires_at: int


class EmailProofs:
    """The links, in one unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def replace(self, proof: EmailProof, *, now: int, expires_at: int) -> None:
        """Add a link; those the account had before are of no use any more."""
        self.cancel(proof.account_id, now)
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

    def pending(self, account_id: str, now: int) -> PendingProof | None:
        """Return the address that waits for its link to be followed; may be missing."""
        where = (PROOFS.c.account_id == account_id) & PROOFS.c.spent_at.is_(None) & (PROOFS.c.expires_at > now)
        query = select(PROOFS.c.email, PROOFS.c.expires_at).where(where).order_by(PROOFS.c.created_at.desc()).limit(1)
        row = self._session.execute(query).first()
        return None if row is None else PendingProof(*row)

    def sent_since(self, account_id: str, since: int) -> int:
        """Return how many links an account was sent since a time, whatever became of them."""
        where = (PROOFS.c.account_id == account_id) & (PROOFS.c.created_at > since)
        return int(self._session.execute(select(func.count()).select_from(PROOFS).where(where)).scalar_one())

    def cancel(self, account_id: str, now: int) -> int:
        """Take every link of an account out of use; return how many had not been followed."""
        mine = (PROOFS.c.account_id == account_id) & PROOFS.c.spent_at.is_(None)
        return changed(self._session, update(PROOFS).where(mine).values(spent_at=now))

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
        return purge(self._session, PROOFS.c.expires_at, PROOFS.c.expires_at < before, limit)
