"""Signing in with a dossier number and a password: one answer, one amount of work, whoever asks (N-095)."""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Literal, Protocol

from idp.clock import Clock
from idp.members.accounts import facts_of
from idp.members.numbers import canonical
from idp.members.passwords import Busy, Passwords
from idp.protocol.errors import Unavailable
from idp.store.accounts import Account
from idp.store.db import Store, once
from idp.upstream import AccountFacts, Audit

Reason = Literal["ok", "delayed", "unknown_dossier", "no_password", "wrong_password", "not_active"]
"""Why a sign-in ended as it did; for the audit, never for the page."""


class Attempt(Protocol):
    """What the brake said to one sign-in, and where to tell how it ended."""

    @property
    def granted(self) -> bool:
        """Whether the password may be looked at; it is counted as wrong until `succeeded`."""
        ...

    @property
    def retry_after(self) -> int:
        """Seconds to wait, now if not granted, else after a wrong password."""
        ...

    def succeeded(self) -> None:
        """Tell that the password was right."""
        ...

    def withdrawn(self) -> None:
        """Tell that the password was not looked at."""
        ...

    def failed(self) -> None:
        """Tell that the password was wrong."""
        ...


class Brake(Protocol):
    """The counters in front of the password check (`idp.services.throttle`)."""

    def admit(self, reference: str, network: str) -> Attempt:
        """Take a turn, or be told how long to wait."""
        ...


@dataclass(frozen=True, slots=True)
class SignInResult:
    """How a sign-in ended. The page may use `account` and `retry_after` (seconds) only; `reason` is for operators."""

    account: AccountFacts | None
    retry_after: int
    reason: Reason


class SignIn:
    """Checks dossier numbers and passwords.

    Args:
        store: where accounts are.
        passwords: the hashes.
        throttle: the brake.
        clock: present time.
        audit: told of every refusal; a success is told by whoever opens the session.
        reference_key: at least 16 random bytes, the same on every node: a number as typed, possibly a mistyped
            password, is only ever counted and logged under its keyed hash (N-152).
    """

    def __init__(
        self,
        store: Store,
        passwords: Passwords,
        throttle: Brake,
        clock: Clock,
        audit: Audit,
        *,
        reference_key: bytes,
    ) -> None:
        self._store = store
        self._passwords = passwords
        self._throttle = throttle
        self._clock = clock
        self.audit = audit
        self._key = reference_key

    def check(self, situation: str, dossier: str, password: str, network: str) -> SignInResult:
        """Check one attempt. Answer, time and writes are the same for every kind of refusal.

        Args:
            situation: `affilie` or `ayant_droit`, as chosen.
            dossier: number as typed.
            password: password as typed.
            network: the network that asks, for the counters.

        Raises:
            Unavailable: the store is, or too many passwords are being checked (`Busy`); nobody is signed in.
        """
        number = canonical(dossier)
        typed = hmac.digest(self._key, number.encode("utf-8", "surrogatepass"), hashlib.sha256).hex()[:32]
        attempt = self._throttle.admit(typed, network)
        if not attempt.granted:
            self._refused("delayed", None, typed, network)
            return SignInResult(None, attempt.retry_after, "delayed")
        try:
            account = self._find(situation, number)
            matches = self._passwords.verify(account.password_hash if account else None, password)
        except Unavailable:
            attempt.withdrawn()
            raise
        reason = _reason(account, matches)
        if reason != "ok" or account is None:
            attempt.failed()
            self._refused(reason, account, typed, network)
            return SignInResult(None, attempt.retry_after, reason)
        attempt.succeeded()
        self._rehash(account, password)
        return SignInResult(facts_of(account), 0, "ok")

    def _find(self, situation: str, number: str) -> Account | None:
        with self._store.reading() as unit:
            return unit.accounts.by_login(situation, number)

    def _refused(self, reason: Reason, account: Account | None, typed: str, network: str) -> None:
        account_id = account.id if account is not None else None
        self.audit("sign_in", account_id=account_id, outcome=reason, method="password", typed=typed, network=network)

    def _rehash(self, account: Account, password: str) -> None:
        """Bring the hash up to today's cost; only the right password can, so only now (N-094)."""
        old = account.password_hash
        if old is None or not self._passwords.needs_rehash(old):
            return
        try:
            new = self._passwords.hash(password)
        except Busy:
            return  # the next sign-in will do it

        def replace() -> None:
            with self._store.begin() as unit:
                unit.accounts.replace_password_hash(account.id, old, new)

        once(replace)


def _reason(account: Account | None, matches: bool) -> Reason:
    if account is None:
        return "unknown_dossier"
    if account.password_hash is None:
        return "no_password"
    if not matches:
        return "wrong_password"
    return "ok" if account.status == "active" else "not_active"
