"""Provisional passwords in the database, on both kinds."""

from idp.members.letter_queue import queue_letter
from idp.store.db import Store, once
from idp.store.provisionals import Provisional
from keys.sealing import Sealer
from tests.support.records import with_account
from tests.support.threads import at_once

FIRST = Provisional("first", "account", "email", "a" * 64, 1000, 4600)
SECOND = Provisional("second", "account", "post", "b" * 64, 2000, 9000)


def added(store: Store, *provisionals: Provisional) -> None:
    """Store the account and its provisional passwords, in order."""
    with_account(store)
    for one in provisionals:
        with store.begin() as unit:
            unit.provisionals.replace(one)


def test_only_the_last_one_lives(store: Store) -> None:
    """A new one cancels the older, and nobody else's (N-113)."""
    added(store, FIRST)
    with store.reading() as unit:
        assert FIRST == unit.provisionals.live("account", 5, 1000)
        assert unit.provisionals.live("", 5, 1000) is None
    added(store, SECOND)
    with store.reading() as unit:
        assert SECOND == unit.provisionals.live("account", 5, 2000)
        assert {"a" * 64, "b" * 64} == set(unit.provisionals.digests("account"))
        assert unit.provisionals.live("account", 5, 9000) is None


def test_a_login_finds_the_account_and_what_opens_it(store: Store) -> None:
    """The number and the situation name the account; its own password comes along, never a code's."""
    code = Provisional("code", "account", "post", "c" * 64, 3000, 9000, "p" * 64)
    added(store, FIRST, SECOND, code)
    with store.reading() as unit:
        account = unit.accounts.by_id("account")
        assert account is not None
        named = account.situation, account.dossier
        assert (account, SECOND) == unit.provisionals.of_login(*named, 5, 3000)
        assert (account, None) == unit.provisionals.of_login(*named, 5, 9000)
        assert (account, None) == unit.provisionals.of_login(*named, 0, 3000)
        assert (None, None) == unit.provisionals.of_login("other", account.dossier, 5, 3000)
        assert (None, None) == unit.provisionals.of_login(account.situation, "0", 5, 3000)


def test_of_twenty_uses_one_wins(store: Store) -> None:
    """Single use is a conditional update, whatever the concurrency."""
    added(store, FIRST)

    def spend(_number: int) -> bool:
        def work() -> bool:
            with store.begin() as unit:
                return unit.provisionals.spend("first", 5, 1001)

        return once(work, attempts=10)

    assert 1 == sum(at_once(20, spend))
    with store.reading() as unit:
        assert unit.provisionals.live("account", 5, 1001) is None


def test_five_tries_end_it(store: Store) -> None:
    """The fifth wrong try leaves nothing to use; those of nobody count for nobody (C-03)."""
    added(store, FIRST)
    for number in range(5):
        with store.begin() as unit:
            assert unit.provisionals.live("account", 5, 1001) is not None, number
            unit.provisionals.count_attempt("account", 1001)
            unit.provisionals.count_attempt("", 1001)
    with store.begin() as unit:
        assert unit.provisionals.live("account", 5, 1001) is None
        assert not unit.provisionals.spend("first", 5, 1001)


def test_letters_are_counted(store: Store) -> None:
    """When the last letter of an account was asked for, and how many since a time."""
    added(store, SECOND)
    with store.begin() as unit:
        assert (0, 0) == (unit.provisionals.last_letter("account"), unit.provisionals.letters_since(0, 10))
        queue_letter(
            unit,
            Sealer([b"k" * 32]),
            letter_id="letter",
            account_id="account",
            provisional_id="second",
            secret="ABCD",
            now=2000,
        )
    with store.reading() as unit:
        assert (2000, 1) == (unit.provisionals.last_letter("account"), unit.provisionals.letters_since(2000, 10))
        assert 0 == unit.provisionals.letters_since(2001, 10)


def test_a_code_and_a_password_never_meet(store: Store) -> None:
    """A code that proves a dossier is found by its purpose alone, and no verb of the one touches the other (V-14)."""
    code = Provisional("code", "account", "post", "c" * 64, 1500, 9000, "p" * 64)
    added(store, FIRST, code)
    with store.begin() as unit:
        assert FIRST == unit.provisionals.live("account", 5, 1501)
        assert [code] == unit.provisionals.proofs("p" * 64, 5, 1501)
        assert [[], []] == [unit.provisionals.proofs(other, 5, 1501) for other in ("", "q" * 64)]
        for _ in range(5):
            unit.provisionals.count_attempt("account", 1501)
        assert [code] == unit.provisionals.proofs("p" * 64, 5, 1501)
    added(store, SECOND)
    with store.begin() as unit:
        assert [code] == unit.provisionals.proofs("p" * 64, 5, 2001)
        for _ in range(5):
            unit.provisionals.count_proof_attempt("p" * 64, 2001)
            unit.provisionals.count_proof_attempt("", 2001)
        assert [] == unit.provisionals.proofs("p" * 64, 5, 2001)
        assert not unit.provisionals.spend("code", 5, 2001)
        assert SECOND == unit.provisionals.live("account", 5, 2001)


def test_a_new_code_ends_the_one_before(store: Store) -> None:
    """Of one account and one person only the last one works; another person's stays; a shut account loses all."""
    codes = [
        Provisional(name, "account", "post", name * 64, 1000 + number, 9000, purpose * 64)
        for number, (name, purpose) in enumerate([("a", "p"), ("b", "q"), ("c", "p")])
    ]
    added(store, *codes)
    with store.begin() as unit:
        found = [unit.provisionals.proofs(purpose * 64, 5, 2000) for purpose in "pq"]
        assert [[codes[2]], [codes[1]]] == found
        assert 2 == unit.provisionals.cancel("account", 2000)
        assert [] == unit.provisionals.proofs("p" * 64, 5, 2000)


def test_a_purge_leaves_what_a_letter_still_names(store: Store) -> None:
    """Ended ones go, but for those whose letter is kept."""
    added(store, FIRST)
    test_letters_are_counted(store)
    with store.begin() as unit:
        assert [0, 1, 0] == [unit.provisionals.purge(before) for before in (4600, 4601, 99_999)]
