"""The repository of dossiers, on both databases."""

import threading
from dataclasses import replace

from idp.protocol.standing import Standing
from idp.store.consents import Consent
from idp.store.db import Store
from tests.support.records import CLIENT, PARTICULARS, with_account
from tests.support.statements import counted


def test_what_was_stored_comes_back_by_every_name(store: Store) -> None:
    """A dossier is found by id, subject, number and by the sign-in form, and is the same each time."""
    account = with_account(store)
    with store.reading() as unit:
        assert account == unit.accounts.by_id("account")
        assert account == unit.accounts.by_subject("subject")
        assert account == unit.accounts.by_dossier("1234567")
        assert account == unit.accounts.by_login("affilie", "1234567")
    assert ("Angela", "Claire") == account.given_names
    assert account.address == {"locality": "Paris"}


def test_the_situation_must_agree_with_the_number(store: Store) -> None:
    """A sign-in under the other situation finds nothing."""
    with_account(store)
    with store.reading() as unit:
        assert unit.accounts.by_login("ayant_droit", "1234567") is None


def test_the_same_import_twice_changes_nothing(store: Store) -> None:
    """Repeating an upsert keeps id, subject, epoch and even the time of update."""
    first = with_account(store)
    with store.begin() as unit:
        again = unit.accounts.upsert(PARTICULARS, account_id="other", subject="other", now=2000)
    assert first == again


def test_an_import_brings_a_dossier_up_to_date(store: Store) -> None:
    """Changed particulars are stored, identity and password stay, and a new status ends what was open."""
    with_account(store)
    with store.begin() as unit:
        unit.accounts.set_password_hash("account", "hash", 1500)
    changed = replace(PARTICULARS, status="suspended", email=None)
    with store.begin() as unit:
        account = unit.accounts.upsert(changed, account_id="other", subject="other", now=2000)
    assert (account.id, account.subject) == ("account", "subject")
    assert (account.password_hash, account.email, account.epoch, account.updated_at) == ("hash", None, 1, 2000)


def test_birth_date_prefixes_find_whole_and_partial_dates(store: Store) -> None:
    """A day, a month and a year each find their people and nobody else's."""
    for number, birthdate in enumerate(("1962-08-24", "1962-08-00", "1962-00-00", "1963-08-24")):
        particulars = replace(PARTICULARS, dossier=f"100000{number}", birthdate=birthdate)
        with store.begin() as unit:
            unit.accounts.upsert(particulars, account_id=f"a{number}", subject=f"s{number}", now=1)
    with store.reading() as unit:
        found = {
            prefix: [account.id for account in unit.accounts.born_on([prefix])]
            for prefix in ("1962-08-24", "1962-08", "1962", "19", "1963-01")
        }
        assert len(unit.accounts.born_on(["1962"], limit=2)) == 2
        assert not unit.accounts.born_on([])
    assert found == {
        "1962-08-24": ["a0"],
        "1962-08": ["a0", "a1"],
        "1962": ["a0", "a1", "a2"],
        "19": ["a0", "a1", "a2", "a3"],
        "1963-01": [],
    }


def test_a_rehash_never_undoes_a_password_change(store: Store) -> None:
    """The hash is replaced only if it is still the one that was verified."""
    with_account(store)
    with store.begin() as unit:
        unit.accounts.set_password_hash("account", "new", 1)
        assert not unit.accounts.replace_password_hash("account", "old", "rehashed")
        assert unit.accounts.replace_password_hash("account", "new", "rehashed")


def test_a_status_that_does_not_change_keeps_the_epoch(store: Store) -> None:
    """Only a different status ends sessions; why it is held may change alone."""
    with_account(store)
    with store.begin() as unit:
        assert not unit.accounts.hold_status("account", "active", None, 2)
        assert unit.accounts.hold_status("account", "closed", "fraud", 2)
        assert unit.accounts.hold_status("account", "closed", "departed", 2)
        assert unit.accounts.bump_epoch("account", 3)
        assert not unit.accounts.bump_epoch("nobody", 3)
    with store.reading() as unit:
        account = unit.accounts.by_id("account")
    assert account is not None
    assert ("closed", "departed", 2) == (account.status, account.status_held, account.epoch)


def test_a_member_stands_with_a_client(store: Store) -> None:
    """State of the account and consent in force, in one statement; no consent of another client, none withdrawn."""
    with_account(store)
    agreed = frozenset({"openid", "email"})
    with store.begin() as unit:
        unit.clients.upsert(CLIENT, 1)
        unit.clients.upsert(replace(CLIENT, client_id="other"), 1)
        unit.clients.upsert(replace(CLIENT, client_id="left"), 1)
        unit.consents.put(Consent("account", CLIENT.client_id, agreed, 2))
        unit.consents.put(Consent("account", "left", agreed, 2))
        unit.consents.withdraw("account", "left", 3)
    with counted(store.engine) as statements, store.reading() as unit:
        assert Standing("subject", True, 0, agreed) == unit.accounts.standing("account", CLIENT.client_id, "")
    assert 1 == len(statements)
    with store.reading() as unit:
        for client_id in ("other", "left", ""):
            assert Standing("subject", True, 0, None) == unit.accounts.standing("account", client_id, "")
        assert unit.accounts.standing("nobody", CLIENT.client_id, "") is None
        assert (Standing("subject", True, 0, None), False) == unit.accounts.entering("account")
        assert (None, False) == unit.accounts.entering("nobody")


def test_an_account_that_is_not_active_is_not_usable(store: Store) -> None:
    """A standing tells the status as one word, and the epoch that ended what was open."""
    with_account(store, replace(PARTICULARS, status="suspended"))
    with store.begin() as unit:
        unit.accounts.bump_epoch("account", 2)
    with store.reading() as unit:
        assert Standing("subject", False, 1, None) == unit.accounts.standing("account", "", "")


def test_a_locked_account_makes_others_wait(store: Store) -> None:
    """Until the unit ends nobody else changes the account: the second of two units sees what the first did."""
    with_account(store)
    order: list[str] = []

    def second() -> None:
        with store.begin() as unit:
            unit.accounts.lock("account")
            order.append("second")

    with store.begin() as unit:
        unit.accounts.lock("account")
        other = threading.Thread(target=second)
        other.start()
        other.join(0.2)
        order.append("first")
    other.join(10)
    assert ["first", "second"] == order


def test_a_member_is_shown_by_the_name_in_use(store: Store) -> None:
    """The first given name with the usage name, else the birth name; a dossier without given names has the family's."""
    account = with_account(store)
    assert "Angela DUBOIS" == account.display_name
    assert "Angela MARTIN" == replace(account, usage_name="MARTIN").display_name
    assert "DUBOIS" == replace(account, given_names=()).display_name
