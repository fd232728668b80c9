"""What a change of the key-encryption key asks of the second factors."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.members.factors.house import rewrap_secrets
from idp.members.factors.second_step import sealed_for
from idp.store.authenticators import TOTP, Authenticator
from idp.store.db import Store
from keys.errors import SealBroken
from keys.sealing import Sealer
from tests.support.records import with_account
from tests.support.stores import sqlite_store

OLD, NEW = b"o" * 32, b"n" * 32


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store with 250 code generators sealed under the old key."""
    opened, sealer = sqlite_store(tmp_path), Sealer([OLD])
    with_account(opened)
    with opened.begin() as unit:
        for number in range(250):
            name = f"{number:032x}"
            sealed = sealer.seal(b"secret", sealed_for("account", name))
            unit.authenticators.add(Authenticator(name, "account", TOTP, "Téléphone", 1000, sealed=sealed))
    yield opened
    opened.engine.dispose()


def test_every_secret_is_sealed_anew_once(store: Store) -> None:
    """In batches; afterwards the new key alone opens them, and there is nothing more to do."""
    assert 250 == rewrap_secrets(store, Sealer([NEW, OLD]))
    assert 0 == rewrap_secrets(store, Sealer([NEW, OLD]))
    with store.reading() as unit:
        (name, account, sealed), *_ = unit.authenticators.sealed("", 1)
    assert b"secret" == Sealer([NEW]).unseal(sealed, sealed_for(account, name))
    with pytest.raises(SealBroken):
        Sealer([NEW]).unseal(sealed, sealed_for("other", name))
