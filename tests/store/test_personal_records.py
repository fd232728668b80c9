"""Everything stored about one member: no table forgotten, no secret shown."""

import pytest

from federation.links import metadata as federation_metadata
from idp.store.db import Store
from idp.store.email_proofs import EmailProof
from idp.store.personal_records import SECTIONS, PersonalRecords, Section
from idp.store.tables import Base
from tests.support.records import with_account

ELSEWHERE = {"federation_links", "federation_cases"}
"""Tables that name an account and whose part of the copy is put together by the side that owns them."""

DERIVED = {"member_names"}
"""Tables that say of a member what another says already, in another spelling."""

STAFF = {"administrators", "administrator_identities"}
"""Tables of accounts that are never a member's."""

SECRET = ("hash", "digest", "sealed", "secret", "challenge", "public_key", "handle", "code_")


def test_every_table_that_names_an_account_is_in_the_copy() -> None:
    """A table that is added with an `account_id` must be shown, so that the copy stays whole (GDPR article 15)."""
    tables = [*Base.metadata.tables.values(), *federation_metadata.tables.values()]
    naming = {table.name for table in tables if "account_id" in table.columns}
    assert naming - ELSEWHERE - DERIVED - STAFF | {"accounts"} == {section.table.name for section in SECTIONS}


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: str(section.name))
def test_what_is_withheld_exists_and_what_is_secret_is_withheld(section: Section) -> None:
    """A renamed column is not shown by mistake, and no column that can hold a secret is shown."""
    assert set() == section.withheld - {column.name for column in section.table.columns}
    assert [] == [name for name in section.columns if any(word in name for word in SECRET)]
    assert section.order in section.table.columns


def test_a_member_reads_nothing_of_another(store: Store) -> None:
    """Rows are the account's own, newest first."""
    with_account(store)
    with store.begin() as unit:
        for number in (1, 2):
            proof = EmailProof(str(number) * 64, "account", f"new{number}@example.org")
            unit.email_proofs.replace(proof, now=number, expires_at=9)
    with store.reading() as unit:
        records = PersonalRecords(unit.session)
        mine, others = records.read("account"), records.read("stranger")
    assert ["1234567"] == [row["dossier"] for row in mine["account"]]
    assert ["new2@example.org", "new1@example.org"] == [row["email"] for row in mine["email_confirmations"]]
    assert {name: [] for name in mine} == others
