"""Signing in with a dossier number and a password: one answer, one amount of work, whoever asks (N-095)."""

import hashlib
import hmac
from typing import Final, Literal, Protocol

from idp.clock import Clock
from idp.members.accounts import facts_of
from idp.members.hash_decoys import HashDecoys
from idp.members.numbers import canonical
from idp.members.passwords import Busy, Passwords
from idp.members.provisional import Digests, read
from idp.members.trail import Trail
from idp.protocol.errors import Unavailable
from idp.protocol.names import STAFF
from idp.records import dataclass
from idp.store.accounts import Account
from idp.store.db import Store, once
from idp.store.provisionals import Provisional
from idp.upstream import AccountFacts

Reason = Literal[
    "ok", "provisional", "must_reset", "delayed", "unknown_dossier", "no_password", "wrong_password", "not_active"
]
"""Why a sign-in ended as it did; for the audit, never for the page."""


_RIGHT: Final = frozenset({"ok", "provisional", "must_reset"})


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

    def suspects(self, network: str) -> bool:
        """Whether a network's sign-ins must show that a person makes them."""
        ...


@dataclass(frozen=True, slots=True)
class SignInResult:
    """How a sign-in ended. The page may use `account` and `retry_after` (seconds) only; `reason` is for operators.

    Two reasons are for the page too, since only a right secret leads there: `provisional`, where `opens` names the
    account and the provisional password that open the form for a personal one and nothing else (N-114); and
    `must_reset`, a right password that may not be used any more, `why` says why (`dormant`, `reported`). In both
    `account` is None: nobody is signed in.
    """

    account: AccountFacts | None
    retry_after: int
    reason: Reason
    opens: tuple[str, str] | None = None
    why: str = ""


class SignIn:
    """Checks dossier numbers and passwords.

    Args:
        store: where accounts are.
        passwords: the hashes.
        throttle: the brake.
        clock: present time.
        audit: told of every refusal; a success is told by whoever opens the session.
        digests: what is stored of provisional passwords.
        attempts: wrong tries after which a provisional password is dead.
        reference_key: at least 16 random bytes, the same on every node: a number as typed, possibly a mistyped
            password, is only ever counted and logged under its keyed hash (N-152).
    """

    def __init__(
        self,
        store: Store,
        passwords: Passwords,
        throttle: Brake,
        clock: Clock,
        audit: Trail,
        *,
        digests: Digests,
        attempts: int,
        reference_key: bytes,
    ) -> None:
        self._store = store
        self._passwords = passwords
        self._throttle = throttle
        self._clock = clock
        self.audit = audit
        self._digests = digests
        self._attempts = attempts
        self._key = reference_key
        self._decoys = HashDecoys(store, clock, passwords.today, reference_key)

    def suspects(self, network: str) -> bool:
        """Whether the page must ask for a captcha: by what this network did, whosever the number (N-096)."""
        return self._throttle.suspects(network)

    def check(self, situation: str, dossier: str, password: str, network: str) -> SignInResult:
        """Check one attempt. Answer, time and writes are the same for every kind of refusal.

        Args:
            situation: `affilie` or `ayant_droit`, as chosen; `STAFF` at the door of the staff.
            dossier: number as typed, or the login of an administrator.
            password: password as typed.
            network: the network that asks, for the counters.

        Raises:
            Unavailable: the store is, or too many passwords are being checked (`Busy`); nobody is signed in.
        """
        number = dossier.strip().lower() if situation == STAFF else canonical(dossier)
        typed = hmac.digest(self._key, number.encode("utf-8", "surrogatepass"), hashlib.sha256).hex()[:32]
        attempt = self._throttle.admit(typed, network)
        if not attempt.granted:
            self._refused("delayed", None, typed, network)
            return SignInResult(None, attempt.retry_after, "delayed")
        try:
            account, provisional = self._find(situation, number)
            known = account.password_hash if account else None
            matches = self._passwords.verify(known, password, self._decoys.draw(typed))
        except Unavailable:
            attempt.withdrawn()
            raise
        # Compared in every case, against nothing where there is nothing (N-095).
        opened = self._digests.matches(
            account.id if account else "", provisional.digest if provisional else None, password
        )
        reason = _reason(account, matches=matches, opened=opened)
        if account is None or reason not in _RIGHT:
            attempt.failed()
            self._wrong(reason, account, password, typed, network)
            return SignInResult(None, attempt.retry_after, reason)
        attempt.succeeded()
        if reason == "ok":
            self._rehash(account, password)
            return SignInResult(facts_of(account), 0, "ok")
        self._refused(reason, account, typed, network)
        opens = (account.id, provisional.id) if provisional is not None and reason == "provisional" else None
        return SignInResult(None, 0, reason, opens, (account.must_reset or "") if reason == "must_reset" else "")

    def _find(self, situation: str, number: str) -> tuple[Account | None, Provisional | None]:
        with self._store.reading() as unit:
            if situation != STAFF:
                return unit.provisionals.of_login(situation, number, self._attempts, self._clock())
            account = unit.administrators.account_of(number)
            return account, unit.provisionals.live(account.id if account else "", self._attempts, self._clock())

    def _refused(self, reason: Reason, account: Account | None, typed: str, network: str) -> None:
        account_id = account.id if account is not None else None
        self.audit("sign_in", account_id=account_id, outcome=reason, method="password", typed=typed, network=network)

    def _wrong(self, reason: Reason, account: Account | None, password: str, typed: str, network: str) -> None:
        """Tell of a wrong password, and count it against a provisional one if it could be one.

        The same two statements in one transaction whoever was named; what cannot be a provisional password is not
        counted, so that wrong guesses of the old one do not use up a letter.
        """
        account_id = account.id if account is not None else None
        counted = account_id if account_id is not None and read(password) is not None else ""

        def write() -> None:
            with self._store.begin() as unit:
                unit.provisionals.count_attempt(counted, self._clock())
                self.audit.within(
                    unit,
                    "sign_in",
                    account_id=account_id,
                    outcome=reason,
                    method="password",
                    typed=typed,
                    network=network,
                )

        once(write)

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


def _reason(account: Account | None, *, matches: bool, opened: bool) -> Reason:
    if account is None:
        return "unknown_dossier"
    if not (matches or opened):
        return "no_password" if account.password_hash is None else "wrong_password"
    if account.status != "active":
        return "not_active"
    if opened:
        return "provisional"
    return "ok" if account.must_reset is None else "must_reset"
