"""Recovery codes in the database, on both kinds."""

from idp.store.db import Store, once
from tests.support.records import with_account
from tests.support.threads import at_once

DIGESTS = ["a" * 64, "b" * 64]


def test_of_twenty_uses_of_a_code_one_wins(store: Store) -> None:
    """Single use is a conditional update, whatever the concurrency."""
    with_account(store)
    with store.begin() as unit:
        unit.recovery_codes.replace("account", DIGESTS, 1000)

    def spend(_number: int) -> bool:
        def work() -> bool:
            with store.begin() as unit:
                return unit.recovery_codes.spend("account", DIGESTS[0], 1001)

        return once(work, attempts=10)

    assert 1 == sum(at_once(20, spend))
    with store.begin() as unit:
        assert 1 == unit.recovery_codes.left("account")
        assert not unit.recovery_codes.spend("other", DIGESTS[1], 1001)


def test_new_codes_end_the_old_ones(store: Store) -> None:
    """Spent or not; and none at all where there are none to give."""
    with_account(store)
    with store.begin() as unit:
        unit.recovery_codes.replace("account", DIGESTS, 1000)
        unit.recovery_codes.replace("account", ["c" * 64], 2000)
        assert 2000 == unit.recovery_codes.made_at("account")
        assert 1 == unit.recovery_codes.left("account")
        assert not unit.recovery_codes.spend("account", DIGESTS[1], 2001)
        unit.recovery_codes.replace("account", (), 3000)
        assert 0 == unit.recovery_codes.left("account")
        assert unit.recovery_codes.made_at("account") is None
