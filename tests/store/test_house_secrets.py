"""The row of the house's secret."""

from idp.store.db import Store


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
