"""What a member agreed to share with an application, and when it was withdrawn."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any, Final

from sqlalchemy import Select, select, update

from idp.records import dataclass
from idp.store.rows import changed, insert_if_absent, table
from idp.store.session import Session
from idp.store.tables import ConsentRow

CONSENTS: Final = table(ConsentRow)


@dataclass(frozen=True, slots=True)
class Consent:
    """An agreement in force: the scopes and single claims a member lets a client have."""

    account_id: str
    client_id: str
    scope: frozenset[str]
    granted_at: int
    claims: Mapping[str, Any] = field(default_factory=dict)


def _read(row: Any) -> Consent:
    return Consent(row.account_id, row.client_id, frozenset(row.scope.split()), row.granted_at, row.claims)


def _values(consent: Consent) -> dict[str, Any]:
    return {
        "scope": " ".join(sorted(consent.scope)),
        "claims": dict(consent.claims),
        "granted_at": consent.granted_at,
        "withdrawn_at": None,
    }


class Consents:
    """The agreements, in one unit of work. A withdrawn one is kept as proof and never returned."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, account_id: str, client_id: str) -> Consent | None:
        """Return the agreement in force; may be missing."""
        return self._one(select(CONSENTS).where(self._in_force(account_id, client_id)))

    def hold(self, account_id: str, client_id: str, *, to_change: bool = False) -> Consent | None:
        """Return the agreement in force like `get`, and let nobody withdraw it before this unit ends.

        With `to_change` nobody else holds it meanwhile: of several, each sees what the one before has made of it.
        """
        query = select(CONSENTS).where(self._in_force(account_id, client_id))
        return self._one(query.with_for_update(read=not to_change))

    def list(self, account_id: str) -> Sequence[Consent]:
        """Return every agreement in force of an account, latest first."""
        where = (CONSENTS.c.account_id == account_id) & CONSENTS.c.withdrawn_at.is_(None)
        query = select(CONSENTS).where(where).order_by(CONSENTS.c.granted_at.desc(), CONSENTS.c.client_id)
        return [_read(row) for row in self._session.execute(query)]

    def add(self, consent: Consent) -> bool:
        """Record a first agreement; return False where there is or was one. Of several at once one gets True."""
        key = {"account_id": consent.account_id, "client_id": consent.client_id}
        return insert_if_absent(self._session, CONSENTS, key | _values(consent), "account_id", "client_id")

    def put(self, consent: Consent) -> None:
        """Record an agreement, in place of the one before; the caller widens, this does not merge."""
        if not self.add(consent):
            where = self._key(consent.account_id, consent.client_id)
            self._session.execute(update(CONSENTS).where(where).values(**_values(consent)))

    def withdraw(self, account_id: str, client_id: str, now: int) -> bool:
        """Withdraw an agreement; idempotent. Return whether one was in force. Grants are revoked apart."""
        where = self._in_force(account_id, client_id)
        return changed(self._session, update(CONSENTS).where(where).values(withdrawn_at=now)) == 1

    def _one(self, query: Select[Any]) -> Consent | None:
        row = self._session.execute(query).one_or_none()
        return None if row is None else _read(row)

    def _in_force(self, account_id: str, client_id: str) -> Any:
        return self._key(account_id, client_id) & CONSENTS.c.withdrawn_at.is_(None)

    def _key(self, account_id: str, client_id: str) -> Any:
        return (CONSENTS.c.account_id == account_id) & (CONSENTS.c.client_id == client_id)
