"""The house's sealer: its key-encryption key is made at the first start, and never again where keys wait for it."""

import logging
from typing import Final

from idp import config
from idp.services.house_secret import NAME
from idp.store import schema
from idp.store.db import Store
from keys.sealing import Sealer, create_kek_file, load_kek_file

log: Final = logging.getLogger("idp.keys")


def open_house_sealer(settings: config.Keys, store: Store) -> Sealer:
    """Return the sealer; the file of its key is made where there is none and nothing is sealed yet.

    Args:
        settings: where the key-encryption keys are.
        store: looked into only when the file is missing.

    Raises:
        ConfigurationError: the file is gone although the database holds keys that only it opens.
    """
    path = settings.kek_file
    # Asked for again after the look into the database: another first start may have made it meanwhile.
    if not path.exists() and _holds_keys(store) and not path.exists():
        raise config.ConfigurationError(
            [f"keys.kek_file: {path} is missing, and the database holds keys sealed with it: put it back"]
        )
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            create_kek_file(path)
        except FileExistsError:
            log.info("another process made the key-encryption key first")
    return Sealer([load_kek_file(one) for one in (path, *settings.previous_kek_files)])


def _holds_keys(store: Store) -> bool:
    if schema.current(store.engine) is None:
        return False
    with store.reading() as unit:
        return bool(unit.keys.all()) or unit.house_secrets.get(NAME) is not None
