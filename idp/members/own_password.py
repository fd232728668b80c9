"""A member changes a known password: asks for the present one, behind the delays of the sign-in (N-093, N-096)."""

import secrets
from collections.abc import Callable, Sequence
from typing import Final, Literal

from idp.clock import Clock
from idp.members.password_policy import Fault, Person, fault, normal
from idp.members.passwords import Passwords
from idp.members.provisional import Digests, read
from idp.members.sealed_mail import queue_mail
from idp.members.sign_in import SignIn
from idp.members.trail import Trail
from idp.records import dataclass
from idp.store.accounts import Account
from idp.store.db import Store, once
from idp.upstream_ports import Seal

State = Literal["set", "none", "retired"]
"""What there is to change: a password, none yet, or one that may not be used any more."""

Refusal = Fault | Literal["wrong", "delayed", "same", "provisional", "none", "retired", "gone"]
"""Why a password was not changed; `gone` when the account or the session is over."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a change ended: `refusal` is None when it is done, and then `epoch` is the account's new one.

    `retry_after` is in seconds: how long to wait before the present password is looked at again.
    """

    refusal: Refusal | None = None
    retry_after: int = 0
    epoch: int = 0


def state_of(account: Account) -> State:
    """Return what an account has to change."""
    if account.password_hash is None:
        return "none"
    return "retired" if account.must_reset else "set"


class OwnPassword:
    """The change of a personal password by a member who is signed in.

    Args:
        store: accounts.
        passwords: hashes.
        digests: what is stored of provisional passwords.
        sign_in: checks the present password, as the sign-in page does.
        seal: the house's sealer.
        minimum: least length, in characters.
        clock: present time.
        trail: told of every change, in its transaction.
    """

    def __init__(
        self,
        store: Store,
        passwords: Passwords,
        digests: Digests,
        sign_in: SignIn,
        seal: Seal,
        *,
        minimum: int,
        clock: Clock,
        trail: Trail,
        new_id: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        self.minimum: Final = minimum
        self._store = store
        self._passwords = passwords
        self._digests = digests
        self._sign_in = sign_in
        self._seal = seal
        self._clock = clock
        self._trail = trail
        self._new_id = new_id

    def change(
        self,
        account_id: str,
        epoch: int,
        present: str,
        chosen: str,
        network: str,
        *,
        sid: str,
        handle: str,
        new_handle: str,
    ) -> Outcome:
        """Change the password; every session and grant made before is dead, the caller's too until it is renewed.

        Args:
            account_id: whose.
            epoch: of the session that asks: a change counts only for a session that is still alive when it is written.
            present: the present password, as typed.
            chosen: the new one, as typed.
            network: the network that asks, for the counters and the audit.
            sid: the session that asks and goes on: its applications are not told that it ended.
            handle: its handle; a session that was signed out meanwhile changes nothing.
            new_handle: the handle under which it goes on.

        Raises:
            Busy: too many passwords are being hashed; nothing changed.
            Unavailable: the store does not answer; nothing changed.
        """
        with self._store.reading() as unit:
            account = unit.accounts.by_id(account_id)
            provisionals = unit.provisionals.digests(account_id)
        if account is None or account.status != "active" or account.epoch != epoch:
            return Outcome("gone")
        if (state := state_of(account)) != "set":
            return Outcome(state)
        # The new one first: what is wrong with it costs no try of the present one.
        if (refused := self._refusal(account, provisionals, present, chosen)) is not None:
            return Outcome(refused)
        checked = self._sign_in.check(account.situation, account.dossier, present, network)
        if checked.reason != "ok":
            return Outcome("delayed" if checked.reason == "delayed" else "wrong", checked.retry_after)
        hashed = self._passwords.hash(chosen)
        return once(lambda: self._write(account_id, epoch, hashed, network, sid, handle, new_handle))

    def _refusal(self, account: Account, provisionals: Sequence[str], present: str, chosen: str) -> Refusal | None:
        typed = read(chosen)
        if typed is not None and self._digests.of(account.id, typed) in provisionals:
            return "provisional"
        if normal(present) == normal(chosen):
            return "same"
        return fault(chosen, Person.of(account), self.minimum)

    def _write(
        self, account_id: str, epoch: int, hashed: str, network: str, sid: str, handle: str, new_handle: str
    ) -> Outcome:
        now = self._clock()
        with self._store.begin() as unit:
            # Of two changes at once the second finds the epoch raised, and is none.
            unit.accounts.lock(account_id)
            account = unit.accounts.by_id(account_id)
            if account is None or account.status != "active" or account.epoch != epoch:
                return Outcome("gone")
            # A sign-out raises no epoch, and may have come while the password was hashed.
            if not unit.sign_ins.move(handle, new_handle):
                return Outcome("gone")
            unit.sign_ins.end_all(account_id, "password_changed", now, but=new_handle)
            unit.accounts.choose_password(account_id, hashed, now)
            # What was asked for, perhaps by somebody else, must not open what has just been closed.
            unit.provisionals.cancel(account_id, now)
            unit.email_proofs.cancel(account_id, now)
            unit.logouts.of_account(account_id, now, but=sid)
            unit.grants.revoke_for_account(account_id, "password_changed", now)
            self._trail.within(unit, "password_changed", account_id=account_id, method="own", network=network)
            if account.email:
                change = self._new_id()
                queue_mail(
                    unit,
                    self._seal,
                    account_id=account_id,
                    to=account.email,
                    template="password_changed",
                    values={"dossier": account.dossier, "changed_at": str(now)},
                    key=f"password-changed:{change}",
                    task_id=change,
                    now=now,
                )
        return Outcome(epoch=epoch + 1)
