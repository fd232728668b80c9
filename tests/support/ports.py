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
from idp.upstream import AccountFacts, CivilStatus, Outage, PasswordCheck, Status
from idp.upstream_ports import KeyValueUnavailable, Ports
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

    def many(self, *keys: str) -> list[bytes | None]:
        """See the port."""
        return [self.get(key) for key in keys]

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

    def replace(self, key: str, value: bytes, ttl: int, was: bytes | None = None) -> bool:
        """See the port."""
        with self._open() as values:
            if key not in values or was not in {None, values[key][0]}:
                return False
            values[key] = (value, self._clock() + ttl)
            return True

    def take(self, key: str, leaving: tuple[str, bytes, int] | None = None) -> bytes | None:
        """See the port."""
        with self._open() as values:
            if leaving is not None and key in values:
                values[leaving[0]] = (leaving[1], self._clock() + leaving[2])
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

    def count(self, counters: Sequence[tuple[str, int]], forget: Sequence[str] = ()) -> list[int]:
        """See the port."""
        self.delete(*forget)
        return [self.increment(key, ttl) for key, ttl in counters]

    def claim(self, values: Sequence[tuple[str, bytes, int]], counters: Sequence[tuple[str, int]]) -> list[int] | None:
        """See the port."""
        with self._open() as held:
            if any(key in held for key, _, _ in values):
                return None
        for key, value, ttl in values:
            self.set(key, value, ttl)
        return self.count(counters)

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
    retired: dict[str, str] = field(default_factory=dict)
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

    def by_number(self, situation: str, dossier: str) -> AccountFacts | None:
        """See the port."""
        found = (a for a in self.accounts.values() if (a.situation, a.dossier) == (situation, dossier))
        return next(found, None)

    def check_password(self, *, situation: str, dossier: str, password: str, network: str) -> PasswordCheck:
        """See the port."""
        if not network:
            raise ValueError("a network is needed to throttle")
        for account in self.accounts.values():
            same = (account.situation, account.dossier) == (situation, dossier)
            if same and self.passwords.get(account.account_id) == password:
                why = self.retired.get(account.account_id, "")
                return PasswordCheck(None if why else account, why=why)
        return PasswordCheck(None, self.retry_after)


@dataclass
class MemoryCodes:
    """Codes that were sent: (account, code). Every address is shown as the same."""

    sent: list[tuple[str, str]] = field(default_factory=list)
    shown: str | None = "m***re@e*****.org"

    def masked(self, situation: str, dossier: str, account_id: str | None) -> str | None:
        """See the port."""
        if not situation or not dossier or account_id == "":
            raise ValueError("a number is needed, and an account or none")
        return self.shown

    def send(self, session: Any, *, account_id: str, code: str, provider: str, expires_at: int, key: str) -> None:
        """See the port."""
        if not session.in_transaction() or not key or expires_at <= NOW or not provider:
            raise RuntimeError("a code is queued in a transaction")
        self.sent.append((account_id, code))


@dataclass
class MemoryLetters:
    """Letters that were sent: (account, person, code). `full` stands for a post that takes no more today."""

    sent: list[tuple[str, str, str]] = field(default_factory=list)
    full: bool = False
    tries: int = 0

    def open(self, session: Any) -> bool:
        """See the port."""
        if not session.in_transaction():
            raise RuntimeError("the post is asked in a transaction")
        return not self.full

    def send(self, session: Any, *, account_id: str, person: str, provider: str) -> bool:
        """See the port."""
        if not session.in_transaction() or len(person) != 64 or not provider:
            raise RuntimeError("a letter is queued in a transaction, for somebody")
        self.sent.append((account_id, person, f"{len(self.sent):04}ABCDEFGHJKMN"))
        return True

    def spend(self, session: Any, *, person: str, typed: str) -> str | None:
        """See the port."""
        if not session.in_transaction():
            raise RuntimeError("a code is spent in a transaction")
        for sent in self.sent:
            if sent[1:] == (person, typed.upper()):
                self.sent.remove(sent)
                return sent[0]
        self.tries += 1
        return None


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
        self.no_mail = False
        self.ended: list[tuple[str, str]] = []
        self.paused: dict[str, Outage] = {}
        self.seal = MemorySeal()
        self.codes = MemoryCodes()
        self.letters = MemoryLetters()
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
            audit_within=self.audit_within,
            notify=self.notify,
            end_open=self.end_open,
            clock=self.clock,
            random=self.random,
            codes=self.codes,
            letters=self.letters,
            paused=self.paused.get,
        )

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Commit when the block ends well, mails included."""
        queued, told, ended = len(self.mails), len(self.events), len(self.ended)
        try:
            with Session(self.engine) as session, session.begin():
                yield session
        except BaseException:
            del self.mails[queued:]
            del self.events[told:]
            del self.ended[ended:]
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

    def audit_within(
        self,
        session: Session,
        event: str,
        *,
        account_id: str | None = None,
        outcome: str = "ok",
        **details: str | int,
    ) -> None:
        """Keep an event; only inside a transaction."""
        if not session.in_transaction():
            raise RuntimeError("such an event is recorded in a transaction")
        self.audit(event, account_id=account_id, outcome=outcome, **details)

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
        if self.no_mail:
            raise RuntimeError("no mail")
        self.mails.append(Message(account_id, template, dict(values), key))

    def end_open(self, session: Session, account_id: str, *, but: str = "") -> None:
        """Keep whose sessions ended, and which stayed; only inside a transaction."""
        if not session.in_transaction():
            raise RuntimeError("sessions end in a transaction")
        self.ended.append((account_id, but))

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
