"""Everything that is stored about one member, table by table, without secrets (GDPR articles 15 and 20).

A column is either shown or withheld, and a test holds every table that names an account against this list: what is
added to the schema cannot be forgotten here.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Table, select

from idp.records import dataclass
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
        """Return the rows of every section, newest first, as plain values."""
        return {section.name: self._rows(section, account_id) for section in SECTIONS}

    def _rows(self, section: Section, account_id: str) -> Sequence[Mapping[str, Any]]:
        columns = section.table.columns
        query = (
            select(*(columns[name] for name in section.columns))
            .where(columns[section.owner] == account_id)
            .order_by(columns[section.order].desc())
            .limit(MOST)
        )
        return [row._asdict() for row in self._session.execute(query)]
