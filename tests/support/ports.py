"""The provider's side of the seam, in memory: small, honest, with no rule of federation in it."""

import itertools
import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from federation import links
from idp.upstream import (
    AccountFacts,
    CivilStatus,
    KeyValueUnavailable,
    PasswordCheck,
    Ports,
    Status,
)
from tests.support.stores import Clock

NOW = 1_800_000_000


class MemoryKeyValue:
    """A key-value store that forgets what expired; `down` makes every verb fail."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._values: dict[str, tuple[bytes, int]] = {}
        self.down = False

    @contextmanager
    def _open(self) -> Iterator[dict[str, tuple[bytes, int]]]:
        if self.down:
            raise KeyValueUnavailable
        with self._lock:
            now = self._clock()
            self._values = {k: v for k, v in self._values.items() if v[1] > now}
            yield self._values

    def get(self, key: str) -> bytes | None:
        """See the port."""
        with self._open() as values:
            return values[key][0] if key in values else None

    def set(self, key: str, value: bytes, ttl: int) -> None:
        """See the port."""
        with self._open() as values:
            values[key] = (value, self._clock() + ttl)

    def add(self, key: str, value: bytes, ttl: int) -> bool:
        """See the port."""
        with self._open() as values:
            if key in values:
                return False
            values[key] = (value, self._clock() + ttl)
            return True

    def replace(self, key: str, value: bytes, ttl: int) -> bool:
        """See the port."""
        with self._open() as values:
            if key not in values:
                return False
            values[key] = (value, self._clock() + ttl)
            return True

    def take(self, key: str) -> bytes | None:
        """See the port."""
        with self._open() as values:
            return values.pop(key, (None, 0))[0]

    def delete(self, *keys: str) -> None:
        """See the port."""
        with self._open() as values:
            for key in keys:
                values.pop(key, None)

    def increment(self, key: str, ttl: int) -> int:
        """See the port."""
        with self._open() as values:
            count, until = values.get(key, (b"0", self._clock() + ttl))
            values[key] = (str(int(count) + 1).encode(), until)
            return int(count) + 1

    def dump(self) -> bytes:
        """Return everything that is stored, to look for what must not be."""
        with self._open() as values:
            return b"\n".join(key.encode() + b"=" + value for key, (value, _) in values.items())


class MemorySeal:
    """AES-GCM under a key of its own, bound to the context."""

    def __init__(self) -> None:
        self._key = AESGCM(AESGCM.generate_key(256))
        self._numbers = itertools.count()

    def seal(self, plaintext: bytes, context: bytes) -> bytes:
        """See the port."""
        nonce = next(self._numbers).to_bytes(12, "big")
        return nonce + self._key.encrypt(nonce, plaintext, context)

    def unseal(self, sealed: bytes, context: bytes) -> bytes:
        """See the port."""
        try:
            return self._key.decrypt(sealed[:12], sealed[12:], context)
        except InvalidTag as error:
            raise ValueError("not sealed here") from error


@dataclass
class MemoryDirectory:
    """Dossiers and their passwords."""

    accounts: dict[str, AccountFacts] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)
    retry_after: int = 0

    def add(self, account: AccountFacts, password: str | None = None) -> AccountFacts:
        """Add a dossier."""
        self.accounts[account.account_id] = account
        if password is not None:
            self.passwords[account.account_id] = password
        return account

    def by_id(self, account_id: str) -> AccountFacts | None:
        """See the port."""
        return self.accounts.get(account_id)

    def born_on(self, years: Sequence[str]) -> Sequence[AccountFacts]:
        """See the port."""
        return [a for a in self.accounts.values() if a.civil.birthdate.startswith(tuple(years))][:500]

    def check_password(self, *, situation: str, dossier: str, password: str, network: str) -> PasswordCheck:
        """See the port."""
        if not network:
            raise ValueError("a network is needed to throttle")
        for account in self.accounts.values():
            same = (account.situation, account.dossier) == (situation, dossier)
            if same and self.passwords.get(account.account_id) == password:
                return PasswordCheck(account)
        return PasswordCheck(None, self.retry_after)


@dataclass(frozen=True)
class Message:
    """A mail that was queued."""

    account_id: str
    template: str
    values: Mapping[str, str]
    key: str


class MemoryHouse:
    """Everything that federation receives, and what a test may look at afterwards."""

    def __init__(self, database: Path) -> None:
        self.clock = Clock(NOW)
        self.kv = MemoryKeyValue(self.clock)
        self.directory = MemoryDirectory()
        self.events: list[dict[str, Any]] = []
        self.mails: list[Message] = []
        self.seal = MemorySeal()
        self._bytes = itertools.count(1)
        self.engine = create_engine(f"sqlite:///{database}")
        links.metadata.create_all(self.engine)
        self.ports = Ports(
            accounts=self.directory,
            kv=self.kv,
            seal=self.seal,
            transaction=self.transaction,
            reading=self.transaction,
            audit=self.audit,
            notify=self.notify,
            clock=self.clock,
            random=self.random,
        )

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Commit when the block ends well, mails included."""
        queued = len(self.mails)
        try:
            with Session(self.engine) as session, session.begin():
                yield session
        except BaseException:
            del self.mails[queued:]
            raise

    def audit(
        self,
        event: str,
        *,
        account_id: str | None = None,
        outcome: str = "ok",
        **details: str | int,
    ) -> None:
        """Keep an event."""
        self.events.append({"event": event, "account_id": account_id, "outcome": outcome, **details})

    def notify(
        self,
        session: Session,
        *,
        account_id: str,
        template: str,
        values: Mapping[str, str],
        key: str,
    ) -> None:
        """Keep a mail; only inside a transaction."""
        if not session.in_transaction():
            raise RuntimeError("a mail is queued in a transaction")
        self.mails.append(Message(account_id, template, dict(values), key))

    def random(self, length: int) -> bytes:
        """Return bytes that never repeat."""
        return next(self._bytes).to_bytes(length, "big")

    def trace(self) -> str:
        """Return all audit events as text, to look for what must not be there."""
        return json.dumps(self.events, ensure_ascii=False)


ANGELA = CivilStatus(
    birth_name="DUBOIS",
    given_names=("Angela", "Claire", "Louise"),
    birthdate="1962-08-24",
    gender="female",
    birthplace="75107",
    birthcountry="99100",
)


def account(
    number: str = "1234567",
    civil: CivilStatus = ANGELA,
    *,
    situation: str = "affilie",
    status: Status = "active",
) -> AccountFacts:
    """Make a dossier; its account id follows from its number."""
    return AccountFacts(
        account_id=f"account-{number}",
        dossier=number,
        situation=situation,
        status=status,
        civil=civil,
        email="membre@example.org",
    )
