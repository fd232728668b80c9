"""Sealed keys, on both databases."""

from dataclasses import replace

from idp.store.db import Store, once
from keys.ring import SealedKey
from tests.support.threads import at_once

KEY = SealedKey("kid", "ES256", "sig", 1, b"sealed", 1, 2, 3, 4)


def test_twenty_first_starts_make_one_key_of_a_generation(store: Store) -> None:
    """Of nodes that each made a key, one stores it (R-08)."""

    def insert(number: int) -> bool:
        def work() -> bool:
            with store.begin() as unit:
                return unit.keys.insert(replace(KEY, kid=f"kid{number}"))

        return once(work, attempts=10)

    assert sum(at_once(20, insert)) == 1


def test_keys_change_their_times_and_their_seal(store: Store) -> None:
    """Times are set by kid; a re-wrap applies only to the seal that was read."""
    with store.begin() as unit:
        assert unit.keys.insert(KEY)
        assert unit.keys.update_times("kid", active_from=5, retire_at=6, drop_at=7)
        assert not unit.keys.replace_sealed("kid", b"stale", b"new")
        assert unit.keys.replace_sealed("kid", b"sealed", b"new")
        assert unit.keys.all() == [replace(KEY, sealed=b"new", active_from=5, retire_at=6, drop_at=7)]
        assert [unit.keys.delete("kid"), unit.keys.delete("kid")] == [True, False]
