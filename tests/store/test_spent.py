"""One-time values, on both databases."""

import pytest

from idp.store.db import Store, once
from tests.support.threads import at_once


def test_of_fifty_claims_of_one_value_one_wins(store: Store) -> None:
    """A `jti` is used once, whatever the concurrency; another purpose is another value."""

    def claim(_number: int) -> bool:
        def work() -> bool:
            with store.begin() as unit:
                return unit.spent.claim("dpop", "digest", 2000)

        return once(work, attempts=10)

    assert sum(at_once(50, claim)) == 1
    with store.begin() as unit:
        assert unit.spent.claim("assertion", "digest", 3000)
        assert [unit.spent.purge(1999), unit.spent.purge(2500)] == [0, 1]


def test_a_reading_unit_refuses_to_write(store: Store) -> None:
    """A write that would be lost without a word is an error, on both databases."""
    with pytest.raises(Exception, match=r"must not write|read-only"), store.reading() as unit:
        unit.spent.claim("dpop", "digest", 1)
