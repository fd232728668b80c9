"""The seam between the provider and its upstream identity providers: values, and what an upstream is to the provider.

The provider never learns what a pivot identity looks like on the wire; federation never learns what a client
or an authorization code is. Both sides import this file, and its neighbours `upstream_*`, and nothing else of one
another: `upstream_ports` is what federation is given.
"""

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from idp.records import dataclass

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
    """What federation may know of an account: enough to compare, to greet and to tell what opens it; nothing secret.

    `has_password` is whether a password opens it: one that was set and has not been retired.
    """

    account_id: str
    dossier: str
    situation: str
    status: Status
    civil: CivilStatus
    email: str | None
    locale: str = "fr"
    has_password: bool = False
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
