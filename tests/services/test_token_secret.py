"""The secret of access tokens in the database: derived at first, then one of its own after each emergency."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.services.token_secret import (
    PURPOSE,
    open_token_secret,
    replace_token_secret,
    rewrap_token_secret,
)
from idp.store.db import Store
from idp.store.house_secrets import TOKENS
from keys.errors import SealBroken
from keys.house_secret import HouseSecret
from keys.sealing import Sealer
from tests.support.statements import counted
from tests.support.stores import sqlite_store

OLD, NEW = b"o" * 32, b"n" * 32
HOUSE = HouseSecret(b"h" * 32)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A migrated, empty store."""
    made = sqlite_store(tmp_path)
    yield made
    made.engine.dispose()


def test_a_house_without_an_emergency_has_what_it_had(store: Store) -> None:
    """Tokens of the version before are read until they expire, and the version before reads ours."""
    sealer = Sealer([OLD])
    with counted(store.engine) as statements:
        found = open_token_secret(store, sealer, HOUSE)
    assert (0, HOUSE.derive(PURPOSE), 1) == (found.number, found.secret, len(statements))
    assert not rewrap_token_secret(store, sealer)


def test_each_emergency_makes_another(store: Store) -> None:
    """Random ones, that the house's secret does not give."""
    sealer = Sealer([OLD])
    found = [open_token_secret(store, sealer, HOUSE)]
    for number in (1, 2):
        with store.begin() as unit:
            assert number == replace_token_secret(unit.session, sealer)
        found.append(open_token_secret(store, sealer, HOUSE))
    assert [0, 1, 2] == [one.number for one in found]
    assert 3 == len({one.secret for one in found})
    assert found[2] == open_token_secret(store, sealer, HouseSecret(b"x" * 32))
    assert repr(found[2].secret) not in repr(found[2])


def test_a_change_of_key_encryption_key_keeps_it(store: Store) -> None:
    """Number and secret stay, the seal is another."""
    with store.begin() as unit:
        replace_token_secret(unit.session, Sealer([OLD]))
    before, both = open_token_secret(store, Sealer([OLD]), HOUSE), Sealer([NEW, OLD])
    assert [True, False] == [rewrap_token_secret(store, both) for _ in range(2)]
    assert before == open_token_secret(store, Sealer([NEW]), HOUSE)
    with pytest.raises(SealBroken):
        open_token_secret(store, Sealer([OLD]), HOUSE)


def test_the_house_s_own_is_no_secret_of_tokens(store: Store) -> None:
    """What is sealed for one use is not opened for another."""
    with store.begin() as unit:
        unit.house_secrets.insert(TOKENS, Sealer([OLD]).seal(b"s" * 32, b"house-secret"))
    with pytest.raises(SealBroken):
        open_token_secret(store, Sealer([OLD]), HOUSE)
