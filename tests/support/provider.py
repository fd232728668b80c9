"""A whole provider for stories: real composition over real stores, seeded with the cast."""

import functools
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import delete, make_url

from idp import config
from idp.app import Application, build
from idp.store.tables import KeyRow
from tests.support.cast import ESPACE, ISSUER, MEMBER, PARTNER, PASSWORD, SECRET
from tests.support.pages import Browser
from tests.support.servers import directory, migrated_database_url, postgresql_url
from tests.support.stores import Clock


def settings(folder: Path, url: str | None = None, **sections: Any) -> config.Settings:
    """Return settings for a provider under a folder; hashing and proofs are cheap, loopback may be called."""
    base: dict[str, Any] = {
        "issuer": ISSUER,
        "database": {"url": url or f"sqlite:///{folder}/idp.sqlite3"},
        "keys": {"kek_file": folder / "kek", "algorithms": ("RS256", "ES256"), "encryption": ()},
        "passwords": {"memory_kib": 1024, "passes": 1},
        "mail": {"directory": folder / "mailbox"},
        "letters": {"directory": folder / "letters"},
        "captcha": {"proof_iterations": 100, "proof_attempts": 10},
        "server": {"run_worker": False},
        "outgoing": {"private_hosts": ("127.0.0.1",)},
    }
    for name, section in sections.items():
        base[name] = {**base[name], **section} if isinstance(base.get(name), dict) else section
    return config.load(**base)


@dataclass
class Provider:
    """A prepared provider with a member, the fund's client and a third party's."""

    application: Application
    clock: Clock

    def browser(self) -> Browser:
        """Return a new browser without cookies."""
        return Browser(self.application.wsgi)

    def restarted(self) -> "Provider":
        """Return the provider as a new process finds it: same settings, same stores, nothing in memory."""
        return Provider(build(self.application.settings, clock=self.clock), self.clock)

    def close(self) -> None:
        """Let go of the database."""
        self.application.close()


def open_provider(folder: Path, url: str | None = None, **sections: Any) -> Provider:
    """Build and seed a provider at a fixed time."""
    clock = Clock()
    application = build(settings(folder, url, **sections), clock=clock)
    application.prepare()
    application.dossiers.upsert(MEMBER, PASSWORD)
    application.clients.upsert(ESPACE, SECRET)
    application.clients.upsert(PARTNER, None)
    return Provider(application, clock)


class _Compiled(BytecodeCache):
    """Templates compiled earlier in this run."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


_TEMPLATES = _Compiled()


@functools.cache
def _seeded(kind: str) -> tuple[Path, str]:
    folder = directory() / f"provider-{kind}"
    folder.mkdir()
    url = migrated_database_url(kind, folder)
    with running(open_provider(folder, url)) as made, made.application.store.begin() as unit:
        unit.session.execute(delete(KeyRow).where(KeyRow.algorithm != "ES256"))
    return folder, make_url(url).database or ""


def copied_provider(folder: Path, kind: str = "sqlite", **sections: Any) -> Provider:
    """Return what `open_provider` makes, quicker: a copy of one made before, on `sqlite` or `postgresql`.

    Its only key is ES256, since an RSA key takes a quarter of a second to load, and templates are compiled once.
    """
    seed, database = _seeded(kind)
    shutil.copytree(seed, folder, dirs_exist_ok=True)
    url = postgresql_url(database) if kind == "postgresql" else None
    clock = Clock()
    application = build(settings(folder, url, **sections), clock=clock)
    application.flask.jinja_env.bytecode_cache = _TEMPLATES
    return Provider(application, clock)


@contextmanager
def running(provider: Provider) -> Iterator[Provider]:
    """Close a provider when the block ends."""
    try:
        yield provider
    finally:
        provider.close()
