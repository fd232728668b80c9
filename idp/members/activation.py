"""From a provisional password to a personal one: a ticket, one form, one transaction (N-114, N-116).

Whoever signed in with a provisional password holds a ticket and nothing else: no session, no code, no token. The
ticket opens the form, in one browser, for some minutes.
"""

import secrets
from collections.abc import Callable
from dataclasses import asdict
from typing import Final, Literal

from idp import config
from idp.clock import Clock
from idp.members.delivery import mask
from idp.members.email_proofs import EmailProving
from idp.members.password_policy import Fault, Person, fault
from idp.members.passwords import Passwords
from idp.members.provisional import Digests, read
from idp.members.sealed_mail import queue_mail
from idp.members.tickets import Tickets
from idp.members.trail import Trail
from idp.records import dataclass
from idp.store.accounts import Account
from idp.store.db import Store, Unit, once
from idp.upstream_ports import KeyValue, Seal

Refusal = Fault | Literal["provisional", "gone"]
"""Why a personal password was not kept; `gone` when the ticket or the provisional password is over."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a ticket opens: the form of one account, for one provisional password; `interaction` waits behind it."""

    account_id: str
    provisional_id: str
    interaction: str


@dataclass(frozen=True, slots=True)
class Member:
    """What the form may show of the member: the number that was typed, and an address that was proven or masked."""

    dossier: str
    email: str
    """The address on file, only for somebody who has just read a message sent to it; empty otherwise."""
    masked: str
    """The address on file with its letters hidden; empty for none."""
    account_id: str


class Activation:
    """The change of a provisional password into a personal one.

    Args:
        store: accounts and provisional passwords.
        kv: where tickets wait.
        seal: the house's sealer.
        passwords: hashes.
        digests: what is stored of provisional passwords.
        proving: links that prove an e-mail address.
        settings: lifetimes and limits.
        minimum: least length of a personal password, in characters.
        clock: present time.
        trail: told of every change, in its transaction.
    """

    def __init__(
        self,
        store: Store,
        kv: KeyValue,
        seal: Seal,
        passwords: Passwords,
        digests: Digests,
        proving: EmailProving,
        settings: config.Activation,
        *,
        minimum: int,
        clock: Clock,
        trail: Trail,
        new_id: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        self.minimum: Final = minimum
        self._store = store
        self._seal = seal
        self._passwords = passwords
        self._digests = digests
        self._proving = proving
        self._attempts = settings.attempts
        self._clock = clock
        self._trail = trail
        self._new_id = new_id
        self._tickets = Tickets(kv, seal, "change", settings.change_lifetime)

    def open(self, change: Change, browser: str) -> str:
        """Return a ticket for this browser. Raises `KeyValueUnavailable`."""
        return self._tickets.issue(asdict(change), browser)

    def get(self, ticket: str, browser: str) -> Change | None:
        """Return what a ticket opens in this browser, or None. Raises `KeyValueUnavailable`."""
        record = self._tickets.read(ticket, browser)
        return None if record is None else Change(**record)

    def member(self, change: Change) -> Member | None:
        """Return what the form shows, or None when the provisional password is over. Raises `Unavailable`."""
        with self._store.reading() as unit:
            account = unit.accounts.by_id(change.account_id)
            live = unit.provisionals.live(change.account_id, self._attempts, self._clock())
        if account is None or account.status != "active" or live is None or live.id != change.provisional_id:
            return None
        email = account.email or ""
        return Member(
            account.dossier, email if live.channel == "email" else "", mask(email) if email else "", account.id
        )

    def choose(self, ticket: str, change: Change, password: str, email: str | None, network: str) -> Refusal | None:
        """Make a password the member's own; return why not, or None when it is.

        Args:
            ticket: ends with the change.
            change: what the ticket opened.
            password: as typed.
            email: contact address, already read by `email_proofs.clean`; None leaves the one on file.
            network: the network that asks, for the audit.

        Raises:
            Busy: too many passwords are being hashed; nothing changed.
            Unavailable: the store does not answer; nothing changed.
        """
        with self._store.reading() as unit:
            account = unit.accounts.by_id(change.account_id)
            known = unit.provisionals.digests(change.account_id)
        if account is None:
            return "gone"
        typed = read(password)
        if typed is not None and self._digests.of(account.id, typed) in known:
            return "provisional"
        if (refused := fault(password, Person.of(account), self.minimum)) is not None:
            return refused
        # Outside the unit of work: a hash takes as long as many transactions.
        chosen = self._passwords.hash(password)
        if not once(lambda: self._write(change, chosen, email, network)):
            return "gone"
        self._tickets.end(ticket)
        return None

    def _write(self, change: Change, chosen: str, email: str | None, network: str) -> bool:
        now = self._clock()
        with self._store.begin() as unit:
            account = unit.accounts.by_id(change.account_id)
            live = unit.provisionals.live(change.account_id, self._attempts, now)
            if account is None or account.status != "active" or live is None or live.id != change.provisional_id:
                return False
            if not unit.provisionals.spend(change.provisional_id, self._attempts, now):
                return False
            unit.accounts.choose_password(account.id, chosen, now)
            unit.logouts.of_account(account.id, now)
            unit.grants.revoke_for_account(account.id, "password_changed", now)
            unit.sign_ins.end_all(account.id, "password_changed", now)
            self._trail.within(
                unit, "password_changed", account_id=account.id, method=f"provisional_{live.channel}", network=network
            )
            self._tell(unit, account, change, now)
            # A change of address that somebody else began with the old password must not outlive it (N-067).
            unit.email_proofs.cancel(account.id, now)
            self._proving.after_change(unit, account, email, proven=live.channel == "email", now=now)
        return True

    def _tell(self, unit: Unit, account: Account, change: Change, now: int) -> None:
        if not account.email:
            return
        queue_mail(
            unit,
            self._seal,
            account_id=account.id,
            to=account.email,
            template="password_changed",
            values={"dossier": account.dossier, "changed_at": str(now)},
            key=f"password-changed:{change.provisional_id}",
            task_id=self._new_id(),
            now=now,
        )
