"""The seam between the provider and its upstream identity providers: values and ports only.

The provider never learns what a pivot identity looks like on the wire; federation never learns what a client
or an authorization code is. Both sides import this file and nothing else of one another.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Literal, Protocol

Status = Literal["active", "suspended", "closed", "deceased"]


@dataclass(frozen=True, slots=True)
class CivilStatus:
    """A civil identity as the fund or an upstream holds it (the six fields of FranceConnect's identité pivot).

    `birthdate` is `YYYY-MM-DD`, `YYYY-MM-00` or `YYYY-00-00` where day or month are unknown. `birthplace` and
    `birthcountry` are five-character COG codes; `birthplace` is empty for a person born abroad.
    """

    birth_name: str
    given_names: tuple[str, ...]
    birthdate: str
    gender: str
    birthplace: str
    birthcountry: str
    usage_name: str = ""


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """What federation may know of an account: enough to compare and to greet, nothing secret."""

    account_id: str
    dossier: str
    situation: str
    status: Status
    civil: CivilStatus
    email: str | None
    locale: str = "fr"
    epoch: int = 0
    """Grows when a password or the status changes: a sign-in counts for the epoch that it was checked in."""


@dataclass(frozen=True, slots=True)
class LoginOutcome:
    """A finished upstream sign-in.

    `upstream_session` is opaque to the provider: it is kept, sealed, with the session and handed back to
    `Upstream.logout_url`. `auth_time` is Unix seconds, our own clock. `epoch` is the account's when it was recognised.
    """

    account_id: str
    acr: str
    amr: tuple[str, ...]
    auth_time: int
    provider: str
    upstream_session: str | None = None
    epoch: int | None = None


@dataclass(frozen=True, slots=True)
class PasswordCheck:
    """Answer of `AccountDirectory.check_password`: an account, or none with an optional wait in seconds."""

    account: AccountFacts | None
    retry_after: int = 0


class AccountDirectory(Protocol):
    """The fund's dossiers as federation may ask for them."""

    def by_id(self, account_id: str) -> AccountFacts | None:
        """Return one account, whatever its status, or None."""
        ...

    def born_on(self, years: Sequence[str]) -> Sequence[AccountFacts]:
        """Return the accounts whose birth date is one of `years` prefixes (`1962-08-24`, `1962-08`, `1962`).

        Never more than 500 rows; the matcher decides, so closed and deceased accounts are included.
        """
        ...

    def check_password(self, *, situation: str, dossier: str, password: str, network: str) -> PasswordCheck:
        """Check a dossier number and password with the delays of the sign-in page (N-096, N-098)."""
        ...


class KeyValue(Protocol):
    """A store for values that may vanish: sessions, pending transactions, counters, caches (decision D3).

    Values are bytes (JSON by convention). Every verb may raise `KeyValueUnavailable`. Nothing here is the judge of
    a security question (decision D2).
    """

    def get(self, key: str) -> bytes | None:
        """Return the value, or None when absent or expired."""
        ...

    def set(self, key: str, value: bytes, ttl: int) -> None:
        """Store a value for `ttl` seconds, replacing what was there."""
        ...

    def add(self, key: str, value: bytes, ttl: int) -> bool:
        """Store a value only if the key is absent; atomic. Return whether it was stored."""
        ...

    def replace(self, key: str, value: bytes, ttl: int) -> bool:
        """Store a value only if the key is there and alive; atomic. Return whether it was stored."""
        ...

    def take(self, key: str) -> bytes | None:
        """Return the value and remove it, atomically: of two callers one gets it."""
        ...

    def delete(self, *keys: str) -> None:
        """Remove keys; absent ones are ignored."""
        ...

    def increment(self, key: str, ttl: int) -> int:
        """Add one to a counter and return it, atomically; the life of `ttl` seconds starts with the first."""
        ...


class KeyValueUnavailable(Exception):
    """The key-value store did not answer in time or refused; the caller decides what that costs."""


class Seal(Protocol):
    """Authenticated encryption bound to a purpose (the house's sealer, seen from outside `keys`)."""

    def seal(self, plaintext: bytes, context: bytes) -> bytes:
        """Encrypt for a context."""
        ...

    def unseal(self, sealed: bytes, context: bytes) -> bytes:
        """Decrypt; raise `ValueError` or a subclass when tampered with or of another context."""
        ...


class Audit(Protocol):
    """Where security events are told. Never pass a secret, a name or an e-mail (N-152, N-155)."""

    def __call__(
        self,
        event: str,
        *,
        account_id: str | None = None,
        outcome: str = "ok",
        **details: str | int,
    ) -> None:
        """Record one event with machine-readable details."""
        ...


class Notify(Protocol):
    """Tell a member something by mail, through the outbox (decision D11)."""

    def __call__(self, session: Any, *, account_id: str, template: str, values: Mapping[str, str], key: str) -> None:
        """Queue one message in the transaction of `session`; `key` makes it idempotent."""
        ...


@dataclass(frozen=True, slots=True)
class Ports:
    """All that federation receives from the provider.

    `transaction` opens the provider's unit of work for writing and yields the SQLAlchemy `Session` in it: what is
    done inside commits together, or not at all. `reading` is the same, read only.
    """

    accounts: AccountDirectory
    kv: KeyValue
    seal: Seal
    transaction: Callable[[], AbstractContextManager[Any]]
    reading: Callable[[], AbstractContextManager[Any]]
    audit: Audit
    notify: Notify
    clock: Callable[[], int]
    random: Callable[[int], bytes]


class BrowserDoor(Protocol):
    """What an upstream's pages ask of the provider's web room, for the request being answered.

    `interaction` is the opaque id of a pending authorization (or of a plain visit to the account); it is bound to
    this browser by the provider and passed through untouched.
    """

    def browser_id(self) -> str:
        """Return the opaque id of this browser (its cookie), creating it if needed."""
        ...

    def knows(self, interaction: str) -> bool:
        """Whether this interaction exists and belongs to this browser (V-44)."""
        ...

    def finish_login(self, outcome: LoginOutcome, interaction: str) -> Any:
        """Open a session in this browser and return the response that goes on with the interaction."""
        ...

    def render(self, template: str, *, status: int = 200, **context: Any) -> Any:
        """Render one of `templates/federation/*` with the provider's layout, headers and language."""
        ...

    def csrf(self, purpose: str) -> str:
        """Return an anti-forgery token for a form of this browser and purpose."""
        ...

    def check_csrf(self, purpose: str) -> bool:
        """Whether the request being answered carries a valid `csrf` field and came from our own page."""
        ...

    def sign_in_url(self, interaction: str) -> str:
        """Where the sign-in page of this interaction is (the other way in)."""
        ...

    def network(self) -> str:
        """The client's network for throttling: IPv4 /32, IPv6 /64."""
        ...

    def reference(self) -> str:
        """The reference of this request, as shown on error pages and written in the log."""
        ...


class Upstream(Protocol):
    """One upstream identity provider, as the sign-in and sign-out pages see it."""

    @property
    def name(self) -> str:
        """Short stable name, used in paths and audit: `franceconnect`."""
        ...

    @property
    def label(self) -> str:
        """Name for people: `FranceConnect`."""
        ...

    def available(self) -> bool:
        """Whether the button may be offered now (False while the circuit breaker is open or paused)."""
        ...

    def start_path(self, interaction: str) -> str:
        """Local path that starts a sign-in for this interaction."""
        ...

    def logout_url(self, upstream_session: str, return_id: str) -> str | None:
        """Where the browser must go so that the upstream session ends too, or None.

        `return_id` is an opaque id the provider resolves when the browser returns to `/federation/<name>/logout`.
        """
        ...
