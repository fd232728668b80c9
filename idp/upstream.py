"""The seam between the provider and its upstream identity providers: values and ports only.

The provider never learns what a pivot identity looks like on the wire; federation never learns what a client
or an authorization code is. Both sides import this file and nothing else of one another.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from idp.records import dataclass
from idp.upstream_codes import ContactCodes, LetterCodes
from idp.upstream_sql import Rows, SqlSession, executed

if TYPE_CHECKING:
    from idp.upstream_desk import Explanation, LinkDesk

Status = Literal["active", "suspended", "closed", "deceased"]

LinkMethod = Literal["auto", "proof", "account", "desk"]
"""How an identity was tied to a dossier: recognised without doubt, after a proof, from the account, by the desk."""

UnlinkReason = Literal["member", "desk"]
"""Who ended a link: the member on the account's page, or the fund's desk."""


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
class Visitor:
    """A person whom an upstream vouches for and who is no member: the fund's staff, for one.

    The person is (`issuer`, `sub`), never an e-mail or a name among `claims` (N-064). `acr` is empty where the upstream
    said none; `auth_time` (Unix seconds) is now, or earlier where it says so; `upstream_session` is for `logout_url`.
    """

    provider: str
    issuer: str
    sub: str
    acr: str
    auth_time: int
    claims: Mapping[str, object] = field(repr=False)
    upstream_session: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Identity:
    """An identity of an upstream that opens an account: since when (Unix seconds), and how it was tied to it."""

    linked_at: int
    method: LinkMethod


@dataclass(frozen=True, slots=True)
class Member:
    """A member who is signed in and proved it a moment ago: whose account, and which session (its public `sid`)."""

    account_id: str
    session: str


@dataclass(frozen=True, slots=True)
class PasswordCheck:
    """Answer of `AccountDirectory.check_password`: an account, or none with an optional wait in seconds.

    `why` says why a right password may not be used any more (`dormant`, `reported`); empty for any other. Only whoever
    knows the password learns it, as on the sign-in page.
    """

    account: AccountFacts | None
    retry_after: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Outage:
    """Why an upstream is not offered now. Times are Unix seconds.

    `paused`: an operator did it, and `until` is when it ends by itself (None: when it is resumed). `words` are the
    operator's own, by language; a language that lacks there is told the house's sentence.
    """

    since: int
    paused: bool = False
    until: int | None = None
    words: Mapping[str, str] = field(default_factory=dict)


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

    def take(self, key: str) -> bytes | None:
        """Return the value and remove it, atomically: of two callers one gets it."""

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


class Entrance(Protocol):
    """One upstream identity provider: how to leave for it, and how to end its session."""

    @property
    def name(self) -> str:
        """Short stable name, used in paths and audit: `franceconnect`."""
        ...

    @property
    def label(self) -> str:
        """Name for people: `FranceConnect`."""
        ...

    def outage(self) -> Outage | None:
        """Why the button may not be offered now: the circuit breaker is open, or an operator paused it; else None."""
        ...

    def failing_since(self) -> int | None:
        """Since when nothing of it succeeded, Unix seconds, where this process's circuit breaker is open; else None."""
        ...

    def start_path(self, interaction: str) -> str:
        """Local path that starts a sign-in for this interaction."""
        ...

    def logout_url(self, upstream_session: str, return_id: str) -> str | None:
        """Where the browser must go so that the upstream session ends too, or None.

        `return_id` is an opaque id the provider resolves when the browser returns to `/federation/<name>/logout`.
        """
        ...


class Upstream(Entrance, Protocol):
    """An upstream whose identities open members' accounts, as the sign-in, sign-out and account pages see it."""

    @property
    def issuer(self) -> str:
        """The address by which the identities that it vouches for are kept: a person is (`issuer`, `sub`)."""

    def identity(self, account_id: str) -> Identity | None:
        """Return the identity that opens an account now, or None."""

    def link_path(self, browser: str, member: Member) -> str:
        """Local path that starts linking: good once, for this browser, member and session, ten minutes at most."""

    @property
    def desk(self) -> "LinkDesk":
        """What the fund's staff decide."""

    def explain(self, claims: Mapping[str, object]) -> "Explanation":
        """Return what would happen to a person with these claims of the upstream; nothing is changed."""

    def unlink(
        self,
        account_id: str,
        reason: UnlinkReason,
        *,
        facts: Mapping[str, str] | None = None,
        also: Callable[[Any], None] | None = None,
    ) -> bool:
        """End the link of an account; return whether there was one.

        The member is told by mail, the row stays as history, and no automatic link replaces it: the next sign-in of
        that person asks for a proof. `facts` is what the audit keeps of whoever decides; `also` is done in the same
        transaction, with its session. Raises `Unavailable` when the database does not answer.
        """
