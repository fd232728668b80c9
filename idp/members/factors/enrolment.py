"""What a member may do on the page of the second factor: add, name, remove, renew the recovery codes.

Each change is one transaction with its audit line and its message. The pages ask for a recent sign-in before.
"""

import secrets
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal

from idp.clock import Clock
from idp.members.factors import passkeys, recovery, totp
from idp.members.factors.ceremonies import Ceremonies
from idp.members.factors.notices import Notices
from idp.members.factors.passkeys import RefusedPasskeyError
from idp.members.factors.second_step import sealed_for
from idp.members.tickets import Tickets
from idp.members.trail import Trail
from idp.protocol.names import STAFF
from idp.records import dataclass
from idp.store.authenticators import PASSKEY, TOTP, Authenticator
from idp.store.db import Store, Unit, once
from idp.upstream_ports import KeyValue, Seal

MOST: Final = 10
"""Second factors of one account."""

LONGEST_LABEL: Final = 40

_SETUP: Final = 900
_CODES: Final = 600
"""Seconds that a secret waits for its first code, and that new recovery codes stay on show in one browser."""

Refusal = Literal["wrong", "gone", "refused", "many"]
"""Why nothing was added: a wrong code, a page that is over, a passkey that was not accepted, too many already."""


Also = Callable[[Unit], None]
"""What is done in the unit that adds a second factor."""


def _nothing(_unit: Unit) -> None:
    """Add the second factor and nothing else."""


@dataclass(frozen=True, slots=True)
class Factor:
    """What a page may know of a second factor. `shared`: a passkey that its owner's devices have in common.

    `kind` is `totp` or `passkey`; times are Unix seconds, `used_at` None for never.
    """

    id: str
    kind: str
    label: str
    shared: bool
    created_at: int
    used_at: int | None


@dataclass(frozen=True, slots=True)
class Overview:
    """What the page shows: the second factors, oldest first, and how many recovery codes are left.

    `codes_made`: there were codes once; nobody lacks what they never had.
    """

    factors: Sequence[Factor]
    codes_left: int
    codes_made: bool


@dataclass(frozen=True, slots=True)
class Setup:
    """A code generator that waits for its first code: the secret for typing, the address for a QR code."""

    secret: str
    address: str


@dataclass(frozen=True, slots=True)
class Added:
    """A second factor was added; `codes` is the ticket of new recovery codes, empty where there were some."""

    codes: str


class Enrolment:
    """The second factors of an account, and its recovery codes.

    Args:
        store: where they are.
        kv: where secrets not yet confirmed and codes on show wait, sealed.
        seal: the house's sealer.
        ceremonies: how passkeys are asked for.
        notices: how the member is told.
        clock: present time.
        trail: told of every change, in its transaction.
        codes_key: key of the recovery codes' digests.
    """

    def __init__(
        self,
        store: Store,
        kv: KeyValue,
        seal: Seal,
        ceremonies: Ceremonies,
        notices: Notices,
        clock: Clock,
        trail: Trail,
        *,
        codes_key: bytes,
    ) -> None:
        self._store = store
        self._seal = seal
        self._ceremonies = ceremonies
        self._notices = notices
        self._clock = clock
        self._trail = trail
        self._key = codes_key
        self._setups = Tickets(kv, seal, "totp", _SETUP)
        self._shown = Tickets(kv, seal, "recovery-codes", _CODES)

    def overview(self, account_id: str) -> Overview:
        """Return what the account has."""
        with self._store.reading() as unit:
            known, left = unit.authenticators.of(account_id), unit.recovery_codes.left(account_id)
            made = unit.recovery_codes.made_at(account_id) is not None
        factors = [Factor(one.id, one.kind, one.label, one.backed_up, one.created_at, one.used_at) for one in known]
        return Overview(factors, left, made)

    # A code generator

    def begin_totp(self, account_id: str, browser: str) -> str:
        """Return the ticket of a new secret, which counts for nothing before its first code."""
        secret = totp.encoded(secrets.token_bytes(totp.SECRET_BYTES))
        return self._setups.issue({"account_id": account_id, "secret": secret}, browser)

    def setup(self, ticket: str, account_id: str, browser: str) -> Setup | None:
        """Return what to show of a secret that waits, or None when its page is over."""
        secret = self._waiting(ticket, account_id, browser)
        if secret is None:
            return None
        with self._store.reading() as unit:
            name = _name(unit, account_id)
        address = totp.address(secret, self._ceremonies.site.name, name)
        return Setup(totp.grouped(totp.encoded(secret)), address)

    def confirm_totp(
        self,
        ticket: str,
        account_id: str,
        browser: str,
        typed: str,
        label: str,
        network: str,
        also: Also = _nothing,
    ) -> Added | Refusal:
        """Add a code generator whose first code was typed; that code is used by it. Raises `Unavailable`.

        `also` is done in the same unit; what it raises undoes everything.
        """
        secret, code, now = self._waiting(ticket, account_id, browser), totp.read(typed), self._clock()
        if secret is None:
            return "gone"
        step = None if code is None else totp.step_of(secret, code, now)
        if step is None:
            return "wrong"
        new_id = secrets.token_hex(16)
        new = Authenticator(
            id=new_id,
            account_id=account_id,
            kind=TOTP,
            label=label,
            created_at=now,
            sealed=self._seal.seal(secret, sealed_for(account_id, new_id)),
            last_step=step,
        )
        added = self._add(new, browser, network, lambda _unit: True, also)
        if isinstance(added, Added):
            self._setups.end(ticket)
        return added

    # A passkey

    def passkey_options(self, account_id: str, browser: str) -> dict[str, Any]:
        """Return what the page needs to have a passkey made."""
        with self._store.reading() as unit:
            known = [one for one in unit.authenticators.of(account_id) if one.kind == PASSKEY]
            name = _name(unit, account_id)
        challenge = self._ceremonies.challenge(browser, "register", account_id)
        return passkeys.creation_options(
            self._ceremonies.site, account_id=account_id, name=name, challenge=challenge, known=known
        )

    def add_passkey(
        self, sent: str, account_id: str, browser: str, label: str, network: str, also: Also = _nothing
    ) -> Added | Refusal:
        """Add a passkey that a page had made; `also` as in `confirm_totp`. Raises `Unavailable`."""
        try:
            made, challenge, ends = self._ceremonies.register(sent, browser, account_id)
        except RefusedPasskeyError as refusal:
            self._trail("factor_added", account_id=account_id, outcome="refused", method=PASSKEY, reason=str(refusal))
            return "refused"
        new = Authenticator(
            id=secrets.token_hex(16),
            account_id=account_id,
            kind=PASSKEY,
            label=label,
            created_at=self._clock(),
            credential_id=made.credential_id,
            public_key=made.public_key,
            sign_count=made.sign_count,
            transports=made.transports,
            backed_up=made.backed_up,
        )
        return self._add(new, browser, network, lambda unit: self._ceremonies.claim(unit, challenge, ends), also)

    # What there is

    def rename(self, account_id: str, authenticator_id: str, label: str) -> bool:
        """Give one another name; False when the account has none such."""

        def work() -> bool:
            with self._store.begin() as unit:
                return unit.authenticators.rename(account_id, authenticator_id, label)

        return once(work)

    def remove(self, account_id: str, authenticator_id: str, network: str, *, keep_one: bool = False) -> bool:
        """Remove one; with the last, the recovery codes go and the second step is off. False for none such.

        `keep_one`: the last one stays, and the answer is False.
        """

        def work() -> bool:
            with self._store.begin() as unit:
                # Of two that go at once the second is counted after the first has gone.
                unit.accounts.lock(account_id)
                held = {one.id: one for one in unit.authenticators.of(account_id)}
                if keep_one and len(held) == 1:
                    return False
                if authenticator_id not in held or not unit.authenticators.remove(account_id, authenticator_id):
                    return False
                kind, last = held[authenticator_id].kind, len(held) == 1
                if last:
                    unit.recovery_codes.replace(account_id, (), self._clock())
                self._trail.within(unit, "factor_removed", account_id=account_id, method=kind, network=network)
                what: Literal["removed_last", "removed"] = "removed_last" if last else "removed"
                self._notices.tell(unit, account_id, what, key=authenticator_id, kind=kind)
            return True

        return once(work)

    def remove_all(self, account_id: str, facts: Mapping[str, str], also: Also = _nothing) -> int:
        """Remove everything, as one of the staff whom the member has convinced; return how many factors there were.

        `facts` is what the audit keeps of who did it and why; `also` is done in the same unit, where there were any.
        """

        def work() -> int:
            with self._store.begin() as unit:
                removed = unit.authenticators.remove_all(account_id)
                if removed:
                    unit.recovery_codes.replace(account_id, (), self._clock())
                    self._trail.within(unit, "factor_removed", account_id=account_id, method="all", **facts)
                    self._notices.tell(unit, account_id, "removed_by_us", key=secrets.token_hex(16))
                    also(unit)
            return removed

        return once(work)

    # Recovery codes

    def renew_codes(self, account_id: str, browser: str, network: str) -> str | None:
        """Make new recovery codes in place of the old; return their ticket, or None without a second factor."""
        codes = recovery.draw(secrets.randbelow)

        def work() -> bool:
            with self._store.begin() as unit:
                if not unit.authenticators.of(account_id):
                    return False
                self._give(unit, account_id, codes)
                self._trail.within(unit, "recovery_codes_renewed", account_id=account_id, network=network)
                self._notices.tell(unit, account_id, "recovery_renewed", key=secrets.token_hex(16))
            return True

        return self._show(codes, account_id, browser) if once(work) else None

    def codes(self, ticket: str, account_id: str, browser: str) -> tuple[str, ...] | None:
        """Return new codes as they are printed, while they are on show, or None."""
        facts = self._shown.read(ticket, browser)
        if facts is None or facts["account_id"] != account_id:
            return None
        return tuple(recovery.printed(one) for one in facts["codes"])

    def codes_kept(self, ticket: str) -> None:
        """Show these codes no more: the member has them."""
        self._shown.end(ticket)

    def _add(
        self, new: Authenticator, browser: str, network: str, claim: Callable[[Unit], bool], also: Also
    ) -> Added | Refusal:
        codes = recovery.draw(secrets.randbelow)

        def work() -> bool | Refusal:
            with self._store.begin() as unit:
                held = unit.authenticators.of(new.account_id)
                if len(held) >= MOST:
                    return "many"
                if not claim(unit) or not unit.authenticators.add(new):
                    return "refused"
                first = not held
                if first:
                    self._give(unit, new.account_id, codes)
                self._trail.within(unit, "factor_added", account_id=new.account_id, method=new.kind, network=network)
                self._notices.tell(unit, new.account_id, "added", key=new.id, kind=new.kind)
                also(unit)
            return first

        first = once(work)
        if isinstance(first, str):
            return first
        return Added(self._show(codes, new.account_id, browser) if first else "")

    def _give(self, unit: Unit, account_id: str, codes: Sequence[str]) -> None:
        digests = [recovery.digest(self._key, account_id, one) for one in codes]
        unit.recovery_codes.replace(account_id, digests, self._clock())

    def _show(self, codes: Sequence[str], account_id: str, browser: str) -> str:
        return self._shown.issue({"account_id": account_id, "codes": list(codes)}, browser)

    def _waiting(self, ticket: str, account_id: str, browser: str) -> bytes | None:
        facts = self._setups.read(ticket, browser)
        if facts is None or facts["account_id"] != account_id:
            return None
        return totp.decoded(facts["secret"])


def _name(unit: Unit, account_id: str) -> str:
    """Return how the owner's own devices list the account: a name, and enough of the number to tell dossiers apart.

    An administrator has a login instead of a number.
    """
    account = unit.accounts.by_id(account_id)
    staff = unit.administrators.get(account_id) if account is not None and account.situation == STAFF else None
    if staff is not None:
        return staff.login
    return "" if account is None else f"{account.display_name} ({account.dossier[:2]}•••{account.dossier[-2:]})"


def label_of(typed: str) -> str:
    """Return a name as it is kept: printable, on one line, at most 40 characters; empty when nothing is left."""
    line = "".join(one if one.isprintable() else " " for one in unicodedata.normalize("NFC", typed[:200]))
    return " ".join(line.split())[:LONGEST_LABEL].strip()
