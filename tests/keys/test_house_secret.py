"""The house's secret: a key for each purpose, whatever key-encryption key seals it."""

import pytest

from keys.errors import SealBroken
from keys.house_secret import CONTEXT, HouseSecret, new_sealed_secret
from keys.sealing import Sealer

OLD, NEW = b"o" * 32, b"n" * 32


def test_derived_keys_depend_on_the_purpose_and_the_secret_only() -> None:
    """Keys are stable, 32 bytes, and unrelated between purposes and secrets."""
    one = HouseSecret(b"1" * 32)
    assert one.derive(b"csrf") == HouseSecret(b"1" * 32).derive(b"csrf")
    assert 32 == len(one.derive(b"csrf"))
    assert 4 == len({one.derive(b"csrf"), one.derive(b"decoy"), HouseSecret(b"2" * 32).derive(b"csrf"), b"1" * 32})
    with pytest.raises(ValueError, match="purpose"):
        one.derive(b"")


def test_a_new_key_encryption_key_changes_no_derived_key() -> None:
    """The secret sealed again is the same secret."""
    sealed = new_sealed_secret(Sealer([OLD]))
    both = Sealer([NEW, OLD])
    moved = both.rewrap(sealed, CONTEXT)
    before = HouseSecret.unsealed(Sealer([OLD]), sealed).derive(b"csrf")
    assert before == HouseSecret.unsealed(Sealer([NEW]), moved).derive(b"csrf")
    with pytest.raises(SealBroken):
        HouseSecret.unsealed(Sealer([NEW]), sealed)


def test_each_new_secret_is_another() -> None:
    """Two houses never share one, and neither shows it."""
    sealer = Sealer([OLD])
    one, other = (HouseSecret.unsealed(sealer, new_sealed_secret(sealer)) for _ in range(2))
    assert one.derive(b"x") != other.derive(b"x")
    assert "<HouseSecret>" == repr(one)
    with pytest.raises(ValueError, match="32 bytes"):
        HouseSecret(b"short")
