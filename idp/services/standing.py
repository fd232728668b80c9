"""How a member stands with a client: account state and consent, asked for at every authorization request."""

from idp.protocol.standing import Standing
from idp.store.db import Store


class Standings:
    """Reads standings; may raise `Unavailable` when the database does not answer."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, account_id: str, client_id: str = "") -> Standing | None:
        """Return the standing of an account with a client, or None when the account is gone. One statement."""
        with self._store.reading() as unit:
            return unit.accounts.standing(account_id, client_id)
