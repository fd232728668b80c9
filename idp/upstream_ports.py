"""What federation receives from the provider, on the seam that `idp.upstream` is: ports only."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Literal, Protocol

from idp.records import dataclass
from idp.upstream import AccountFacts, LoginOutcome, Member, Outage, PasswordCheck, Visitor
from idp.upstream_codes import ContactCodes, LetterCodes
from idp.upstream_sql import Rows, SqlSession, executed


def never_paused(provider: str) -> Outage | None:  # noqa: ARG001 - the answer of a house without a switch
    """Say that no upstream is paused."""
    return None


class AccountDirectory(Protocol):
    """The fund's dossiers as federation may ask for them."""

    def by_id(self, account_id: str) -> AccountFacts | None:
        """Return one account, whatever its status, or None."""

    def born_on(self, years: Sequence[str]) -> Sequence[AccountFacts]:
        """Return the accounts whose birth date is one of `years` prefixes (`1962-08-24`, `1962-08`, `1962`).

        Never more than 500 rows; the matcher decides, so closed and deceased accounts are included.
        """
        ...

    def by_number(self, situation: str, dossier: str) -> AccountFacts | None:
        """Return the account of a dossier number, whatever its status, or None."""
        ...

    def check_password(self, *, situation: str, dossier: str, password: str, network: str) -> PasswordCheck:
        """Check a dossier number and password with the delays of the sign-in page (N-096, N-098)."""
        ...


class KeyValue(Protocol):
    """A store for values that may vanish: sessions, pending transactions, counters, caches (decision D3).

    Values are bytes (JSON by convention). Every verb may raise `KeyValueUnavailable`. No security answer is here (D2).
    """

    def get(self, key: str) -> bytes | None:
        """Return the value, or None when absent or expired."""

    def many(self, *keys: str) -> list[bytes | None]:
        """Return the values of keys, in their order, in one exchange; not one moment's."""

    def set(self, key: str, value: bytes, ttl: int) -> None:
        """Store a value for `ttl` seconds, replacing what was there."""

    def add(self, key: str, value: bytes, ttl: int) -> bool:
        """Store a value only if the key is absent; atomic. Return whether it was stored."""

    def replace(self, key: str, value: bytes, ttl: int, was: bytes | None = None) -> bool:
        """Store a value only if the key is alive, with the value `was` if given; atomic. Return whether it was."""

    def take(self, key: str, leaving: tuple[str, bytes, int] | None = None) -> bytes | None:
        """Return the value and remove it, atomically: of two callers one gets it.

        `leaving` (key, value, life) is stored by the one who gets it, in the same exchange and first: who no longer
        finds the one finds the other, and where it cannot be stored nothing is taken.
        """

    def delete(self, *keys: str) -> None:
        """Remove keys; absent ones are ignored."""

    def increment(self, key: str, ttl: int) -> int:
        """Add one to a counter and return it, atomically; the life of `ttl` seconds starts with the first."""

    def count(self, counters: Sequence[tuple[str, int]], forget: Sequence[str] = ()) -> list[int]:
        """Remove keys, then `increment` each counter, named with its life: in one exchange, each atomic by itself."""

    def claim(self, values: Sequence[tuple[str, bytes, int]], counters: Sequence[tuple[str, int]]) -> list[int] | None:
        """Store values (key, value, life) if no key is there, and `count`: atomic. None: nothing was done."""


class KeyValueUnavailable(Exception):
    """The key-value store did not answer in time or refused; the caller decides what that costs."""


class Seal(Protocol):
    """Authenticated encryption bound to a purpose (the house's sealer, seen from outside `keys`)."""

    def seal(self, plaintext: bytes, context: bytes) -> bytes:
        """Encrypt for a context."""

    def unseal(self, sealed: bytes, context: bytes) -> bytes:
        """Decrypt; raise `ValueError` or a subclass when tampered with or of another context."""


class Audit(Protocol):
    """Where security events are told. Never pass a secret, a name or an e-mail (N-152, N-155)."""

    def __call__(self, event: str, *, account_id: str | None = None, outcome: str = "ok", **details: str | int) -> None:
        """Record one event with machine-readable details."""
        ...


class AuditWithin(Protocol):
    """As `Audit`, in the transaction of what the event tells of: both are kept or neither is."""

    def __call__(
        self, session: Any, event: str, *, account_id: str | None = None, outcome: str = "ok", **details: str | int
    ) -> None:
        """Record one event in the transaction of `session`."""
        ...


class Notify(Protocol):
    """Tell a member something by mail, through the outbox (decision D11)."""

    def __call__(self, session: Any, *, account_id: str, template: str, values: Mapping[str, str], key: str) -> None:
        """Queue one message in the transaction of `session`; `key` makes it idempotent."""


class EndOpen(Protocol):
    """End what is open of an account: a stranger may have opened it by the link that has just ended."""

    def __call__(self, session: Any, account_id: str, *, but: str = "") -> None:
        """End every session and token in the transaction of `session`, but for one session by its `sid`.

        Without one, the account's epoch grows: a sign-in that was recognised before counts no more.
        """
        ...


@dataclass(frozen=True, slots=True)
class Ports:
    """All that federation receives from the provider.

    `transaction` opens the provider's unit of work for writing and yields what runs statements in it: what is done so
    commits together, or not at all. `reading` is the same, read only; `rows` runs a SELECT of many requests in either.
    `paused` says whether an operator has switched an upstream off, by its name, without waiting for anything. `codes`
    and `letters` are None in a house that sends none.
    """

    accounts: AccountDirectory
    kv: KeyValue
    seal: Seal
    transaction: Callable[[], AbstractContextManager[SqlSession]]
    reading: Callable[[], AbstractContextManager[SqlSession]]
    audit: Audit
    audit_within: AuditWithin
    notify: Notify
    end_open: EndOpen
    clock: Callable[[], int]
    random: Callable[[int], bytes]
    paused: Callable[[str], Outage | None] = never_paused
    rows: Rows = executed
    codes: ContactCodes | None = None
    letters: LetterCodes | None = None


class BrowserDoor(Protocol):
    """What an upstream's pages ask of the provider's web room, for the request being answered.

    `interaction` is the opaque id of a pending authorization (or of a plain visit to the account); it is bound to
    this browser by the provider and passed through untouched.
    """

    def browser_id(self) -> str:
        """Return the opaque id of this browser (its cookie), creating it if needed."""

    def knows(self, interaction: str) -> bool:
        """Whether this interaction exists and belongs to this browser (V-44)."""
        ...

    def finish_login(self, outcome: LoginOutcome, interaction: str) -> Any:
        """Open a session in this browser and return the response that goes on with the interaction."""
        ...

    def member(self) -> Member | None:
        """Return the member who is signed in here and proved it recently; None for nobody, or too long ago."""
        ...

    def identities_url(self, done: Literal["", "linked"] = "") -> str:
        """Where the account's page of identities is; `done` is what it has to say at its head."""
        ...

    def hold(self, provider: str, upstream_session: str) -> None:
        """Keep an upstream's session with the live one: signing out here ends it too. Nothing without a live one."""
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

    def reset_url(self, situation: str, dossier: str, interaction: str, why: str) -> str:
        """Where whoever has shown a right but retired password asks for another one, told `why`; of this browser."""
        ...

    def network(self) -> str:
        """The client's network for throttling: IPv4 /32, IPv6 /64."""
        ...

    def reference(self) -> str:
        """The reference of this request, as shown on error pages and written in the log."""
        ...


class Arrive(Protocol):
    """What composition makes of a person who is no member."""

    def __call__(self, visitor: Visitor, interaction: str) -> Any | None:
        """Return the response that lets the person in, or None where nothing here is theirs."""
        ...
