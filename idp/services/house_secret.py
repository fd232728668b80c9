"""The house's secret: made with the first start, then the same on every node and under every key-encryption key."""

from typing import Final

from idp.store.db import Store, once
from keys.house_secret import CONTEXT, HouseSecret, new_sealed_secret
from keys.sealing import Sealer

NAME: Final = "house"


def open_house_secret(store: Store, sealer: Sealer) -> HouseSecret:
    """Return the house's secret; it is made where there is none yet.

    Raises:
        SealBroken: it is sealed under a key-encryption key that is not held here.
        Unavailable: the database does not answer.
    """
    sealed = _stored(store)
    if sealed is None:
        fresh = new_sealed_secret(sealer)

        def make() -> None:
            with store.begin() as unit:
                unit.house_secrets.insert(NAME, fresh)

        once(make)
        sealed = _stored(store) or fresh  # another node may have been first
    return HouseSecret.unsealed(sealer, sealed)


def rewrap_house_secret(store: Store, sealer: Sealer) -> bool:
    """Seal the secret again under the current key-encryption key; return whether that changed anything."""
    return rewrap_secret(store, sealer, NAME, CONTEXT)


def rewrap_secret(store: Store, sealer: Sealer, name: str, context: bytes) -> bool:
    """Do so with the secret of any name, bound to `context`; False too where there is none."""

    def work() -> bool:
        with store.begin() as unit:
            old = unit.house_secrets.get(name)
            new = None if old is None else sealer.rewrap(old, context)
            return (
                old is not None and new is not None and old != new and unit.house_secrets.replace_sealed(name, old, new)
            )

    return once(work)


def _stored(store: Store) -> bytes | None:
    with store.reading() as unit:
        return unit.house_secrets.get(NAME)
