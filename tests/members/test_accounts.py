"""Members: claims, and dossiers brought up to date."""

from dataclasses import replace

import pytest

from idp.members.accounts import Members
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


def test_a_member_is_told_as_standard_claims(members: Members) -> None:
    """Every claim the fund holds, and no empty one (OpenID Connect Core 5.3.2)."""
    profile = members.upsert(DOSSIER, "right")
    assert profile == members.by_id(profile.account_id)
    assert profile.claims == {
        "name": "Angela MARTIN",
        "given_name": "Angela Claire",
        "family_name": "MARTIN",
        "birthdate": "1962-08-24",
        "gender": "female",
        "locale": "fr",
        "zoneinfo": "Europe/Paris",
        "updated_at": 1000,
        "numero_dossier": "1234567",
        "situation": "affilie",
        "website": "https://angela.example",
        "email": "angela@example.org",
        "email_verified": False,
        "phone_number": "+33612345678",
        "phone_number_verified": False,
        "address": {"locality": "Paris"},
    }


def test_nobody_is_none(members: Members) -> None:
    """An unknown id is no member."""
    assert members.by_id("nobody") is None


def test_the_subject_is_not_the_dossier_number(members: Members) -> None:
    """`sub` is random and tells nothing (D1)."""
    profile = members.upsert(DOSSIER, None)
    assert len(profile.subject) == 32
    assert "1234567" not in profile.subject


def test_an_unknown_day_leaves_the_year(members: Members) -> None:
    """The claim holds a whole date or a year."""
    unknown = replace(DOSSIER, civil=replace(DOSSIER.civil, birthdate="1962-08-00"))
    assert members.upsert(unknown, None).claims["birthdate"] == "1962"


def test_the_same_import_twice_changes_nothing(store: Store, members: Members) -> None:
    """Not even the hash of the password, so nobody is signed out by a restart."""
    first = members.upsert(DOSSIER, "right")
    before = _hash(store, first.account_id)
    assert first == members.upsert(DOSSIER, "right")
    assert first == members.upsert(DOSSIER, None)
    assert before == _hash(store, first.account_id)


def test_another_password_ends_what_was_open(members: Members, store: Store, passwords: Passwords) -> None:
    """The epoch rises with a changed password."""
    first = members.upsert(DOSSIER, "right")
    second = members.upsert(DOSSIER, "other")
    assert (first.epoch, second.epoch) == (0, 1)
    assert passwords.verify(_hash(store, first.account_id), "other")


def _hash(store: Store, account_id: str) -> str | None:
    with store.reading() as unit:
        account = unit.accounts.by_id(account_id)
    return account.password_hash if account else None
