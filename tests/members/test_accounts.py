"""Members: dossiers brought up to date."""

import pytest

from idp.members.accounts import Members, civil_of, facts_of
from idp.members.dossiers import Dossier
from idp.members.passwords import Passwords
from idp.store.db import Store
from idp.upstream import CivilStatus

DOSSIER = Dossier(
    dossier="1234567",
    situation="affilie",
    status="active",
    civil=CivilStatus("DUBOIS", ("Angela", "Claire"), "1962-08-24", "female", "75107", "99100", "MARTIN"),
    email="angela@example.org",
    phone_number="+33612345678",
    address={"locality": "Paris"},
    profile={"website": "https://angela.example", "nickname": ""},
)


@pytest.fixture
def members(store: Store, passwords: Passwords) -> Members:
    """Members at a fixed time."""
    return Members(store, passwords, lambda: 1000)


def test_a_dossier_is_stored_as_the_fund_says_it(members: Members, store: Store) -> None:
    """What was imported comes back by its id, and the member is greeted by the usage name."""
    account = members.upsert(DOSSIER, "right")
    with store.reading() as unit:
        assert account == unit.accounts.by_id(account.id)
    assert "Angela MARTIN" == account.display_name
    assert DOSSIER.civil == civil_of(account)
    assert (DOSSIER.email, False, DOSSIER.phone_number) == (account.email, account.email_verified, account.phone_number)
    assert ({"locality": "Paris"}, DOSSIER.profile, "fr") == (account.address, account.profile, account.locale)


def test_the_subject_is_not_the_dossier_number(members: Members) -> None:
    """`sub` is random and tells nothing (D1)."""
    account = members.upsert(DOSSIER, None)
    assert len(account.subject) == 32
    assert "1234567" not in account.subject


def test_a_password_that_was_retired_opens_nothing(members: Members, store: Store) -> None:
    """Federation is told whether a password opens the account: set, and not retired."""
    account = members.upsert(DOSSIER, None)
    assert not facts_of(account).has_password
    assert facts_of(members.upsert(DOSSIER, "right")).has_password
    with store.begin() as unit:
        unit.accounts.require_reset(account.id, "reported", 1000)
        retired = unit.accounts.by_id(account.id)
    assert retired is not None
    assert not facts_of(retired).has_password


def test_the_same_import_twice_changes_nothing(store: Store, members: Members) -> None:
    """Not even the hash of the password, so nobody is signed out by a restart."""
    first = members.upsert(DOSSIER, "right")
    before = _hash(store, first.id)
    assert first == members.upsert(DOSSIER, "right")
    assert first == members.upsert(DOSSIER, None)
    assert before == _hash(store, first.id)


def test_another_password_ends_what_was_open(members: Members, store: Store, passwords: Passwords) -> None:
    """The epoch rises with a changed password."""
    first = members.upsert(DOSSIER, "right")
    second = members.upsert(DOSSIER, "other")
    assert (first.epoch, second.epoch) == (0, 1)
    assert passwords.verify(_hash(store, first.id), "other")


def _hash(store: Store, account_id: str) -> str | None:
    with store.reading() as unit:
        account = unit.accounts.by_id(account_id)
    return account.password_hash if account else None
