"""Everything that is stored about one member, table by table, without secrets (GDPR articles 15 and 20).

A column is either shown or withheld, and a test holds every table that names an account, in a column or in JSON,
against what is here: what is added to the schema cannot be forgotten.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Table, select

from idp.records import dataclass
from idp.store.deliveries import MESSAGES
from idp.store.outbox import OUTBOX, addressed_to, state_of
from idp.store.rows import table
from idp.store.session import Session
from idp.store.tables import AccountRow, AuditRow, ConsentRow, GrantRow
from idp.store.tables_members import (
    AuthenticatorRow,
    EmailProofRow,
    LetterRow,
    ProvisionalRow,
    RecoveryCodeRow,
    SignInRow,
)

MOST: Final = 10_000
"""Rows of one section; the oldest are left out beyond it."""


@dataclass(frozen=True, slots=True)
class Section:
    """One table: how its part is called, which columns are withheld, and what orders its rows."""

    name: str
    table: Table
    owner: str
    order: str
    withheld: frozenset[str]

    @property
    def columns(self) -> tuple[str, ...]:
        """What is shown, in the table's order."""
        return tuple(column.name for column in self.table.columns if column.name not in self.withheld)


def _section(name: str, row: Any, order: str, *withheld: str, owner: str = "account_id") -> Section:
    return Section(name, table(row), owner, order, frozenset((*withheld, owner)))


SECTIONS: Final = (
    _section("account", AccountRow, "id", "password_hash", "epoch", owner="id"),
    _section("email_confirmations", EmailProofRow, "created_at", "digest"),
    _section("provisional_passwords", ProvisionalRow, "created_at", "id", "digest", "purpose"),
    _section("letters", LetterRow, "created_at", "id", "provisional_id", "sealed", "batch"),
    _section("authorizations", ConsentRow, "granted_at"),
    _section(
        "services",
        GrantRow,
        "created_at",
        *("id", "code_digest", "account_epoch", "sid", "nonce", "redirect_uri", "code_challenge", "dpop_jkt"),
    ),
    _section("sign_ins", SignInRow, "started_at", "id", "sid", "handle", "device"),
    _section("second_factors", AuthenticatorRow, "created_at", "id", "sealed", "last_step", "public_key", "sign_count"),
    _section("recovery_codes", RecoveryCodeRow, "created_at", "digest"),
    _section("events", AuditRow, "time", "id", "reference"),
)
"""The order of the copy. Withheld: hashes, sealed values, digests, our own ids, and what only we can make sense of."""


class PersonalRecords:
    """What is stored about one member, in one unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def read(self, account_id: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Return the rows of every section and the `messages`, newest first, as plain values."""
        found = {section.name: self._rows(section, account_id) for section in SECTIONS}
        return found | {"messages": self._messages(account_id)}

    def _messages(self, account_id: str) -> Sequence[Mapping[str, Any]]:
        """What the outbox keeps that names the member: messages, and what applications are told of an ended session.

        What a message says is withheld: it may be a secret's, it is sealed then, and it is gone once the message left.
        """
        task = OUTBOX.c
        query = (
            select(task.kind, task.payload, task.created_at, task.attempts, task.done_at, task.last_error)
            .where(addressed_to(account_id))
            .order_by(task.created_at.desc(), task.id)
            .limit(MOST)
        )
        return [
            {
                "kind": "mail" if row.kind in MESSAGES else row.kind,
                "template": row.payload.get("template"),
                "client_id": row.payload.get("client_id"),
                "created_at": row.created_at,
                "attempts": row.attempts,
                "state": state_of(row.done_at, row.last_error),
                "cause": row.last_error,
                "ended_at": row.done_at,
            }
            for row in self._session.execute(query)
        ]

    def _rows(self, section: Section, account_id: str) -> Sequence[Mapping[str, Any]]:
        columns = section.table.columns
        query = (
            select(*(columns[name] for name in section.columns))
            .where(columns[section.owner] == account_id)
            .order_by(columns[section.order].desc())
            .limit(MOST)
        )
        return [row._asdict() for row in self._session.execute(query)]
