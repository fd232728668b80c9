"""What `idp config check` asks beyond the form of each setting: whether what they name can be used."""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from idp import config
from idp.app import franceconnect_settings
from idp.store.kv import connect_redis
from keys.errors import KekError
from keys.sealing import load_kek_file

_DRIVERS = ("sqlite", "sqlite+pysqlite", "postgresql+psycopg")
_NOT_SECRETS = ("kek_file",)
"""Files that are read as keys below, and may be absent before the first start."""


def deeper_faults(settings: config.Settings) -> list[str]:
    """Return every fault of what the settings name, each beginning with its key. Nothing is connected or written."""
    secrets = list(_secrets(settings))
    faults = [*_database(settings.database), *secrets, *_redis(settings.cache), *_keys(settings.keys)]
    readable = not any(fault.startswith("franceconnect.") for fault in secrets)
    fc = settings.franceconnect
    if fc.enabled and fc.client_id and fc.client_secret_file is not None and readable:
        try:
            franceconnect_settings(settings)
        except config.ConfigurationError as error:
            faults += error.faults
    return faults


def _database(database: config.Database) -> Iterator[str]:
    try:
        url = make_url(database.url)
    except ArgumentError:
        # The driver's own sentence could quote a password that somebody wrote into the URL.
        yield "database.url: is no SQLAlchemy URL"
        return
    if url.drivername not in _DRIVERS:
        yield f"database.url: {url.drivername} is not served; use sqlite:///path or postgresql+psycopg://user@host/name"


def _secrets(settings: config.Settings) -> Iterator[str]:
    """Read every secret that is set, whoever will need it."""
    for name in type(settings).model_fields:
        section = getattr(settings, name)
        if not isinstance(section, config.Section):
            continue
        for key in type(section).model_fields:
            path = getattr(section, key)
            if key.endswith("_file") and key not in _NOT_SECRETS and isinstance(path, Path):
                try:
                    config.read_secret(path)
                except config.ConfigurationError as error:
                    yield from (f"{name}.{key}: {fault}" for fault in error.faults)


def _redis(cache: config.Cache) -> Iterator[str]:
    if cache.redis_url is None:
        return
    try:
        connect_redis(cache.redis_url, timeout=cache.timeout).close()
    except ValueError:
        yield "cache.redis_url: must begin with redis://, rediss:// or unix://"


def _keys(keys: config.Keys) -> Iterator[str]:
    present = [("kek_file", keys.kek_file)] if keys.kek_file.exists() else []
    for key, path in (*present, *(("previous_kek_files", path) for path in keys.previous_kek_files)):
        try:
            load_kek_file(path)
        except KekError as error:
            yield f"keys.{key}: {error}"
