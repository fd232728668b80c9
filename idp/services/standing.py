"""How a member stands with a client: account state and consent, asked for at every authorization request."""

from dataclasses import replace

from idp.protocol.standing import Standing
from idp.services.sessions import Session
from idp.services.subjects import Subjects
from idp.store.db import Store


class Standings:
    """Reads standings; may raise `Unavailable` when the database does not answer."""

    def __init__(self, store: Store, subjects: Subjects) -> None:
        self._store = store
        self._subjects = subjects

    def entering(self, account_id: str) -> tuple[Standing | None, bool]:
        """Return the standing of an account with no client, and whether it asks for a second step. One statement."""
        with self._store.reading() as unit:
            return unit.accounts.entering(account_id)

    def of(self, session: Session, client_id: str = "") -> Standing | None:
        """Return the standing of a session's account with a client, or None when the account is gone. One statement.

        Its subject is the one that this client sees.
        """
        with self._store.reading() as unit:
            standing = unit.accounts.standing(session.account_id, client_id, session.handle)
        if standing is None:
            return None
        subject = self._subjects.seen_by(client_id, standing.subject)
        return standing if subject == standing.subject else replace(standing, subject=subject)
