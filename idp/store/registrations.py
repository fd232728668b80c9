"""Clients that registered by themselves, and the tokens by which others may."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import ColumnElement, and_, exists, func, insert, select, update

from idp.records import dataclass
from idp.store.consents import CONSENTS
from idp.store.grants import GRANTS
from idp.store.rows import changed, purge, table
from idp.store.session import Session
from idp.store.tables_clients import InitialTokenRow, RegistrationRow

REGISTRATIONS: Final = table(RegistrationRow)
INITIAL: Final = table(InitialTokenRow)


@dataclass(frozen=True, slots=True)
class Registration:
    """One client's registration: since when, and the digest of the token that manages it."""

    client_id: str
    token_digest: str
    network: str
    created_at: int


@dataclass(frozen=True, slots=True)
class InitialToken:
    """Leave to register: the digest of a token, what the operator noted, how often and until when."""

    digest: str
    note: str
    uses_left: int
    created_at: int
    expires_at: int


class Registrations:
    """The registrations and initial tokens, in one unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, registration: Registration) -> None:
        """Note that a client, made in the same unit, registered by itself."""
        self._session.execute(
            insert(REGISTRATIONS).values(
                client_id=registration.client_id,
                token_digest=registration.token_digest,
                network=registration.network,
                created_at=registration.created_at,
            )
        )

    def by_token(self, digest: str) -> Registration | None:
        """Return the registration that a token manages; may be missing."""
        row = self._session.execute(select(REGISTRATIONS).where(REGISTRATIONS.c.token_digest == digest)).one_or_none()
        return None if row is None else Registration(row.client_id, row.token_digest, row.network, row.created_at)

    def count(self) -> int:
        """Return how many clients registered by themselves."""
        return int(self._session.execute(select(func.count()).select_from(REGISTRATIONS)).scalar_one())

    def unused(self, since: int, limit: int = 100) -> Sequence[str]:
        """Return at most `limit` clients registered before a time with which no member has anything any more.

        A grant that lives, or a consent in force, is a use.
        """
        granted = exists().where(GRANTS.c.client_id == REGISTRATIONS.c.client_id)
        agreed = exists().where(CONSENTS.c.client_id == REGISTRATIONS.c.client_id, CONSENTS.c.withdrawn_at.is_(None))
        query = (
            select(REGISTRATIONS.c.client_id)
            .where(REGISTRATIONS.c.created_at < since, ~granted, ~agreed)
            .order_by(REGISTRATIONS.c.created_at)
            .limit(limit)
        )
        return [row.client_id for row in self._session.execute(query)]

    # Leave to register

    def add_initial(self, token: InitialToken) -> None:
        """Keep a new initial access token."""
        self._session.execute(
            insert(INITIAL).values(
                digest=token.digest,
                note=token.note,
                uses_left=token.uses_left,
                created_at=token.created_at,
                expires_at=token.expires_at,
            )
        )

    def may_register(self, digest: str, now: int) -> bool:
        """Whether an initial access token is good for one more registration. Nothing is spent."""
        return self._session.execute(select(INITIAL.c.digest).where(_good(digest, now))).first() is not None

    def spend(self, digest: str, now: int) -> bool:
        """Use an initial access token once; atomic: of any number of callers no more succeed than it has uses left."""
        statement = update(INITIAL).where(_good(digest, now)).values(uses_left=INITIAL.c.uses_left - 1)
        return changed(self._session, statement) == 1

    def purge_initial(self, now: int, limit: int = 500) -> int:
        """Delete at most `limit` tokens past their time; return how many."""
        return purge(self._session, INITIAL.c.expires_at, INITIAL.c.expires_at <= now, limit)


def _good(digest: str, now: int) -> ColumnElement[bool]:
    return and_(INITIAL.c.digest == digest, INITIAL.c.uses_left > 0, INITIAL.c.expires_at > now)
