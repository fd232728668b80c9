"""How an administrator comes in for the first time: an invitation, a password, a second factor; then all at once.

Until the second factor is proven nothing is written but a sealed ticket of this browser: whoever stops half-way finds
the invitation as it was. Then one transaction takes the invitation (of two at once one gets it), sets the password and
adds the second factor with its recovery codes.
"""

from dataclasses import asdict, field, replace
from typing import Any, Final

from idp.admin.acts.admins import digest_of
from idp.clock import Clock
from idp.members.factors.enrolment import Added, Enrolment, Refusal, Setup
from idp.members.password_policy import Fault, Person, fault
from idp.members.passwords import Passwords
from idp.members.tickets import Tickets
from idp.records import dataclass
from idp.services.audit import AuditLog
from idp.store.administrators import Administrator
from idp.store.db import Store, Unit, once
from idp.upstream import Visitor
from idp.upstream_ports import KeyValue, Seal

LIFETIME: Final = 1800
"""Seconds between the password and the second factor."""


class GoneError(Exception):
    """The invitation is no longer valid: it was used, replaced, withdrawn, or it is over."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody whose password is chosen and whose second factor is not proven yet.

    `invitation` is the digest of the link, `setup` the ticket of a code generator's secret, `codes` the ticket of the
    recovery codes once it is done.
    """

    account_id: str
    invitation: str
    password_hash: str = field(repr=False)
    setup: str = ""
    codes: str = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A password that may be used; `ticket` opens the page of the second factor in this browser."""

    ticket: str


class Welcome:
    """The journey of an invitation.

    Args:
        store: administrators and their accounts.
        kv: where tickets wait.
        seal: the house's sealer.
        passwords: hashes.
        factors: second factors and recovery codes.
        minimum: least length of a password, in characters.
        clock: Unix seconds.
        trail: told of whoever came in, in the transaction.
    """

    def __init__(
        self,
        store: Store,
        kv: KeyValue,
        seal: Seal,
        passwords: Passwords,
        factors: Enrolment,
        *,
        minimum: int,
        clock: Clock,
        trail: AuditLog,
    ) -> None:
        self.minimum: Final = minimum
        self._store = store
        self._passwords = passwords
        self._factors = factors
        self._clock = clock
        self._trail = trail
        self._tickets = Tickets(kv, seal, "administration-welcome", LIFETIME)

    def invited(self, token: str) -> Administrator | None:
        """Return whom a link invites, while it can be taken. Raises `Unavailable`."""
        return self._invited(digest_of(token))

    def choose(self, token: str, password: str, browser: str) -> Chosen | Fault:
        """Take note of a password; return what follows, or why the password is refused.

        Raises:
            GoneError: the invitation is over.
            Busy: too many passwords are being hashed.
            Unavailable: a store does not answer.
        """
        digest = digest_of(token)
        with self._store.reading() as unit:
            known = unit.administrators.invited(digest, self._clock())
            account = unit.accounts.by_id(known.account_id) if known is not None else None
        if known is None or account is None:
            raise GoneError
        person = replace(Person.of(account), email=known.login)
        if (refused := fault(password, person, self.minimum)) is not None:
            return refused
        hashed = self._passwords.hash(password)
        setup = self._factors.begin_totp(account.id, browser)
        return Chosen(self._tickets.issue(asdict(Waiting(account.id, digest, hashed, setup)), browser))

    def waiting(self, ticket: str, browser: str) -> Waiting | None:
        """Return what a ticket of this browser opens, or None when it is over. Raises `Unavailable`."""
        facts: dict[str, Any] | None = self._tickets.read(ticket, browser)
        if facts is None:
            return None
        found = Waiting(**facts)
        return found if found.codes or self._invited(found.invitation) is not None else None

    def setup(self, ticket: str, waiting: Waiting, browser: str) -> Setup:
        """Return what to show of the code generator; a new secret where the first has waited too long.

        Raises:
            GoneError: there is no keeping one.
            Unavailable: a store does not answer.
        """
        shown = self._factors.setup(waiting.setup, waiting.account_id, browser)
        if shown is None:
            again = replace(waiting, setup=self._factors.begin_totp(waiting.account_id, browser))
            self._tickets.rewrite(ticket, asdict(again), browser)
            shown = self._factors.setup(again.setup, waiting.account_id, browser)
        if shown is None:
            raise GoneError
        return shown

    def passkey_options(self, waiting: Waiting, browser: str) -> dict[str, Any]:
        """Return what the page needs to have a passkey made."""
        return self._factors.passkey_options(waiting.account_id, browser)

    def by_code(
        self, ticket: str, waiting: Waiting, browser: str, typed: str, label: str, network: str
    ) -> Refusal | None:
        """Come in with a code generator whose first code was typed; return why not, or None when it is done.

        Raises:
            GoneError: the invitation went meanwhile; nothing was written.
            Unavailable: a store does not answer.
        """
        added = self._factors.confirm_totp(
            waiting.setup, waiting.account_id, browser, typed, label, network, lambda unit: self._join(unit, waiting)
        )
        return self._done(ticket, waiting, browser, added)

    def by_passkey(
        self, ticket: str, waiting: Waiting, browser: str, sent: str, label: str, network: str
    ) -> Refusal | None:
        """Come in with a passkey that the page had made; as `by_code`."""
        added = self._factors.add_passkey(
            sent, waiting.account_id, browser, label, network, lambda unit: self._join(unit, waiting)
        )
        return self._done(ticket, waiting, browser, added)

    def by_identity(self, invitation: str, visitor: Visitor) -> str:
        """Come in with an identity of an upstream that proved two factors; return the account that it opens.

        Args:
            invitation: the digest of the link.
            visitor: who came; a name or an e-mail address among the claims means nothing here (N-064).

        Raises:
            GoneError: the invitation went meanwhile, or the identity opens another account; nothing was written.
            Unavailable: the store does not answer.
        """

        def work() -> str:
            now = self._clock()
            with self._store.begin() as unit:
                known = unit.administrators.invited(invitation, now)
                if known is None or not unit.administrators.take_invitation(invitation, now):
                    raise GoneError
                if not unit.administrators.tie(known.account_id, visitor.issuer, visitor.sub, visitor.provider, now):
                    raise GoneError
                facts = {"actor": known.account_id, "provider": visitor.provider}
                self._trail.within(unit, "admin_joined", account_id=known.account_id, outcome="ok", **facts)
            return known.account_id

        return once(work)

    def codes(self, waiting: Waiting, browser: str) -> tuple[str, ...] | None:
        """Return the recovery codes while they are on show, or None."""
        return self._factors.codes(waiting.codes, waiting.account_id, browser) if waiting.codes else None

    def kept(self, ticket: str, waiting: Waiting) -> None:
        """Show the recovery codes no more: whoever came in has them."""
        self._factors.codes_kept(waiting.codes)
        self._tickets.end(ticket)

    def _done(self, ticket: str, waiting: Waiting, browser: str, added: Added | Refusal) -> Refusal | None:
        if not isinstance(added, Added):
            return added
        self._tickets.rewrite(ticket, asdict(replace(waiting, password_hash="", codes=added.codes)), browser)
        return None

    def _join(self, unit: Unit, waiting: Waiting) -> None:
        now = self._clock()
        if not unit.administrators.take_invitation(waiting.invitation, now):
            raise GoneError
        unit.accounts.choose_password(waiting.account_id, waiting.password_hash, now)
        self._trail.within(unit, "admin_joined", account_id=waiting.account_id, actor=waiting.account_id)

    def _invited(self, digest: str) -> Administrator | None:
        with self._store.reading() as unit:
            return unit.administrators.invited(digest, self._clock())
