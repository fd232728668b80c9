"""Second factors in the database, on both kinds."""

from dataclasses import replace

from idp.store.authenticators import PASSKEY, TOTP, Authenticator
from idp.store.db import Store, once
from tests.support.records import with_account
from tests.support.threads import at_once

CODES = Authenticator("codes", "account", TOTP, "Téléphone", 1000, sealed=b"sealed")
KEY = Authenticator(
    "key", "account", PASSKEY, "Ordinateur", 2000, credential_id="abc", public_key=b"cose", transports=("internal",)
)


def added(store: Store, *authenticators: Authenticator) -> None:
    """Store the account and its second factors, in order."""
    with_account(store)
    for one in authenticators:
        with store.begin() as unit:
            assert unit.authenticators.add(one)


def test_what_was_added_comes_back_until_it_is_removed(store: Store) -> None:
    """Oldest first, of this account only."""
    added(store, CODES, KEY)
    with store.begin() as unit:
        assert [CODES, KEY] == unit.authenticators.of("account")
        assert [] == unit.authenticators.of("other")
        assert unit.accounts.entering("account")[1]
        assert KEY == unit.authenticators.by_credential("abc")
        assert not unit.authenticators.remove("other", "key")
        assert not unit.authenticators.rename("other", "key", "À moi")
        assert unit.authenticators.rename("account", "key", "Portable")
        assert unit.authenticators.remove("account", "codes")
        assert [replace(KEY, label="Portable")] == unit.authenticators.of("account")
        assert 1 == unit.authenticators.remove_all("account")
        assert [] == unit.authenticators.of("account")


def test_a_credential_is_of_one_account(store: Store) -> None:
    """A passkey that somebody registered is not registered again; code generators have none to compare."""
    added(store, KEY, CODES, replace(CODES, id="more codes"))
    with store.begin() as unit:
        assert not unit.authenticators.add(replace(KEY, id="another"))
        assert 3 == len(unit.authenticators.of("account"))


def test_of_twenty_uses_of_a_code_one_wins(store: Store) -> None:
    """A code works once (RFC 6238 section 5.2), whatever the concurrency; then neither it nor an earlier one does."""
    added(store, CODES)

    def use(_number: int) -> bool:
        def work() -> bool:
            with store.begin() as unit:
                return unit.authenticators.use_step("codes", 50, 1500)

        return once(work, attempts=10)

    assert 1 == sum(at_once(20, use))
    with store.begin() as unit:
        assert [False, False, True] == [unit.authenticators.use_step("codes", step, 1501) for step in (50, 49, 51)]
        (known,) = unit.authenticators.of("account")
    assert (51, 1501) == (known.last_step, known.used_at)


def test_the_counter_of_a_passkey_never_goes_back(store: Store) -> None:
    """A lower count is noted as a use, and leaves the stored one; a removed passkey is used no more."""
    added(store, KEY)
    with store.begin() as unit:
        assert unit.authenticators.use_passkey("key", 7, backed_up=True, now=3000)
        assert unit.authenticators.use_passkey("key", 5, backed_up=False, now=3001)
        (known,) = unit.authenticators.of("account")
        assert not unit.authenticators.use_passkey("gone", 8, backed_up=False, now=3002)
    assert (7, 3001, False) == (known.sign_count, known.used_at, known.backed_up)


def test_secrets_are_sealed_anew_one_by_one(store: Store) -> None:
    """In the order of their ids, and only where the old seal still stands."""
    added(store, CODES, KEY)
    with store.begin() as unit:
        assert [("codes", "account", b"sealed")] == unit.authenticators.sealed("", 10)
        assert [] == unit.authenticators.sealed("codes", 10)
        assert not unit.authenticators.replace_sealed("codes", b"other", b"anew")
        assert unit.authenticators.replace_sealed("codes", b"sealed", b"anew")
        assert [("codes", "account", b"anew")] == unit.authenticators.sealed("", 10)
