"""How a member stands with a client: account state and consent, in one statement."""

from dataclasses import dataclass

from sqlalchemy import and_, select

from idp.store.db import Store
from idp.store.tables import AccountRow, ConsentRow


@dataclass(frozen=True, slots=True)
class Standing:
    """What the front channel must know of a signed-in account for one client.

    `usable` says that the account is active. `epoch` is compared with the session's: a session older than a password
    change is dead (R-16). `consented_scope` is None where no consent stands.
    """

    subject: str
    usable: bool
    epoch: int
    locale: str
    consented_scope: frozenset[str] | None


class Standings:
    """Reads standings; may raise `Unavailable` when the database does not answer."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, account_id: str, client_id: str = "") -> Standing | None:
        """Return the standing of an account with a client, or None when the account is gone. One statement."""
        query = (
            select(
                AccountRow.subject,
                AccountRow.status,
                AccountRow.epoch,
                AccountRow.locale,
                ConsentRow.scope,
                ConsentRow.withdrawn_at,
            )
            .outerjoin(
                ConsentRow,
                and_(
                    ConsentRow.account_id == AccountRow.id,
                    ConsentRow.client_id == client_id,
                ),
            )
            .where(AccountRow.id == account_id)
        )
        with self._store.reading() as unit:
            row = unit.session.execute(query).one_or_none()
        if row is None:
            return None
        standing = row.scope is not None and row.withdrawn_at is None
        return Standing(
            subject=row.subject,
            usable=row.status == "active",
            epoch=row.epoch,
            locale=row.locale,
            consented_scope=frozenset(row.scope.split()) if standing else None,
        )
