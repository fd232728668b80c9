"""What `idp config check` asks beyond the form of each setting: whether what they name can be used."""

import ssl
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from idp import config
from idp.store.redis_servers import connect_redis
from idp.upstream_registrations import franceconnect_settings, openid_settings
from keys.errors import KekError
from keys.sealing import load_kek_file

_DRIVERS = ("sqlite", "sqlite+pysqlite", "postgresql+psycopg")
_NOT_SECRETS = ("kek_file",)
"""Files that are read as keys below, and may be absent before the first start."""


def deeper_faults(settings: config.Settings) -> list[str]:
    """Return every fault of what the settings name, each beginning with its key. Nothing is connected or written."""
    secrets = list(_secrets(settings))
    faults = [
        *_database(settings.database),
        *secrets,
        *_redis(settings.cache),
        *_keys(settings.keys),
        *_tls(settings.server),
        *_authorities("cache", settings.cache.ca_bundle),
        *_authorities("outgoing", settings.outgoing.ca_bundle),
    ]
    readable = not any(fault.startswith("franceconnect.") for fault in secrets)
    fc = settings.franceconnect
    if fc.enabled and fc.client_id and fc.client_secret_file is not None and readable:
        try:
            franceconnect_settings(settings)
        except config.ConfigurationError as error:
            faults += error.faults
    for name, one in settings.upstreams.items():
        sound = not any(fault.startswith(f"upstreams.{name}.") for fault in secrets)
        if one.enabled and not one.missing and sound:
            try:
                openid_settings(settings, name)
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
    named = {name: getattr(settings, name) for name in type(settings).model_fields}
    named |= {f"upstreams.{name}": one for name, one in settings.upstreams.items()}
    for name, section in named.items():
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
        connect_redis(cache.redis_url, ca_bundle=cache.ca_bundle, timeout=cache.timeout).close()
    except ValueError as error:
        yield f"cache.redis_url: {error}"


def _keys(keys: config.Keys) -> Iterator[str]:
    present = [("kek_file", keys.kek_file)] if keys.kek_file.exists() else []
    for key, path in (*present, *(("previous_kek_files", path) for path in keys.previous_kek_files)):
        try:
            load_kek_file(path)
        except KekError as error:
            yield f"keys.{key}: {error}"


def _tls(server: config.Server) -> Iterator[str]:
    if server.tls_certificate is None or server.tls_key is None:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(server.tls_certificate, server.tls_key)
    except OSError as error:
        yield f"server.tls_certificate: does not go with its key, or cannot be read ({error.strerror or error})"


def _authorities(section: str, bundle: Path | None) -> Iterator[str]:
    if bundle is None:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(bundle)
    except FileNotFoundError:
        yield f"{section}.ca_bundle: there is no file {bundle}"
    except OSError as error:
        yield f"{section}.ca_bundle: {bundle} holds no certificate, or cannot be read ({error.strerror or error})"
