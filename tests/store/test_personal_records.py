"""Everything stored about one member: no table forgotten, no secret shown."""

import pytest
from sqlalchemy import JSON

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

OF_NOBODY = {
    "clients": "applications",
    "client_versions": "applications",
    "upstream_pauses": "words about an upstream",
    "imports": "counts of an import",
}
"""Tables with JSON in which no member is named."""

IN_JSON = {"outbox"}
"""Tables whose JSON names an account: the copy has a section of their own for them."""

SECRET = ("hash", "digest", "sealed", "secret", "challenge", "public_key", "handle", "code_")


def test_every_table_that_names_an_account_is_in_the_copy() -> None:
    """A table that is added with an `account_id` must be shown, so that the copy stays whole (GDPR article 15).
    In JSON the name may be anywhere: each table that has some is shown, or is said to name nobody.
    """
    tables = [*Base.metadata.tables.values(), *federation_metadata.tables.values()]
    naming = {table.name for table in tables if "account_id" in table.columns}
    with_json = {table.name for table in tables if any(isinstance(one.type, JSON) for one in table.columns)}
    shown = {section.table.name for section in SECTIONS}
    assert naming - ELSEWHERE - DERIVED - STAFF | {"accounts"} == shown
    assert with_json - shown - ELSEWHERE - STAFF == IN_JSON | OF_NOBODY.keys()


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


def test_what_the_outbox_keeps_of_a_member(store: Store) -> None:
    """Messages that wait, left or were given up, with a password or none, and calls to applications; no other's."""
    with_account(store)
    mine = {"account_id": "account"}
    said = {"template": "provisional_password", "sealed": "c2VjcmV0", "values": {"to": "a@example.org"}}
    with store.begin() as unit:
        unit.outbox.add("mail", "provisional:1", mine | said, task_id="waits", now=1001)
        unit.outbox.add("mail", "2", mine | {"template": "linked"}, task_id="left", now=1002)
        unit.outbox.done("left", 2000, mine | {"template": "linked"})
        unit.outbox.add("logout", "3", mine | {"client_id": "espace", "sid": "s1d"}, task_id="call", now=1003, lease=9)
        unit.outbox.add("logout", "4", mine | {"client_id": "espace"}, task_id="over", now=1004)
        unit.outbox.abandon("over", "400", 2000, mine)
        unit.outbox.add("mail", "5", {"account_id": "other", "template": "linked"}, task_id="other", now=1005)
        unit.outbox.add("reset", "6", {"sealed": "c2VjcmV0"}, task_id="nobody", now=1006)
    with store.reading() as unit:
        found = PersonalRecords(unit.session).read("account")["messages"]
    columns = ("kind", "template", "client_id", "created_at", "attempts", "state", "cause", "ended_at")
    assert [dict(zip(columns, row, strict=True)) for row in (
        ("logout", None, None, 1004, 0, "given_up", "400", 2000),
        ("logout", None, "espace", 1003, 1, "waiting", None, None),
        ("mail", "linked", None, 1002, 0, "done", None, 2000),
        ("mail", "provisional_password", None, 1001, 0, "waiting", None, None),
    )] == found  # fmt: skip
    for withheld in ("c2VjcmV0", "a@example.org", "s1d"):
        assert withheld not in repr(found)
