"""The rows of the house's secrets."""

import pytest

from idp.store.db import Store, once
from tests.support.threads import at_once


def test_the_first_secret_stays(store: Store) -> None:
    """A second one is refused, and a replacement needs to know what it replaces."""
    with store.begin() as unit:
        assert unit.house_secrets.get("house") is None
        assert unit.house_secrets.insert("house", b"first")
        assert not unit.house_secrets.insert("house", b"second")
    with store.begin() as unit:
        assert not unit.house_secrets.replace_sealed("house", b"second", b"third")
        assert unit.house_secrets.replace_sealed("house", b"first", b"again")
    with store.reading() as unit:
        assert b"again" == unit.house_secrets.get("house")


def test_each_that_succeeds_has_the_next_number(store: Store) -> None:
    """Also of those that come at once; one rolled back leaves what was there."""

    def succeed(sealed: bytes) -> int:
        def work() -> int:
            with store.begin() as unit:
                return unit.house_secrets.succeed("access-tokens", sealed)

        return once(work)

    numbers = at_once(4, lambda one: succeed(b"%d" % one))
    assert [1, 2, 3, 4] == sorted(numbers)
    with store.reading() as unit:
        kept = unit.house_secrets.numbered("access-tokens")
    assert kept is not None
    assert (4, b"%d" % numbers.index(4)) == (kept.number, kept.sealed)
    with pytest.raises(ZeroDivisionError), store.begin() as unit:
        assert unit.house_secrets.succeed("access-tokens", b"x") / 0
    with store.reading() as unit:
        assert kept == unit.house_secrets.numbered("access-tokens")
        assert unit.house_secrets.get("house") is None
