"""Between the first factor and the session: a ticket, and a second factor that turns it into a sign-in (N-098).

Whoever has passed the first factor holds a ticket and nothing else: no session, no code, no token. Every way in ends
here when the account has a second factor, FranceConnect as well as the password.
"""

import hashlib
import hmac
import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import Any, Final, Literal

from idp.clock import Clock
from idp.members.factors import recovery, totp
from idp.members.factors.ceremonies import Ceremonies
from idp.members.factors.notices import Notices
from idp.members.factors.passkeys import RefusedPasskeyError
from idp.members.sign_in import Attempt, Brake
from idp.members.tickets import Tickets
from idp.members.trail import Trail
from idp.protocol.names import ACR_TWO_FACTORS, AMR_CODE, AMR_HARDWARE, AMR_SEVERAL, AMR_SOFTWARE, AMR_USER
from idp.records import dataclass
from idp.store.authenticators import PASSKEY, TOTP, Authenticator
from idp.store.db import Store, Unit, once
from idp.upstream import LoginOutcome
from idp.upstream_ports import KeyValue, Seal

log = logging.getLogger("idp.second_factor")

_DAY: Final = 86400

LIFETIME: Final = 600
"""Seconds between the first factor and the second."""

Reason = Literal["ok", "wrong", "used", "delayed", "refused"]
"""How a second factor was received: `used` is a right code whose time step is spent, `refused` a passkey's end."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A sign-in whose first factor was right, and the interaction behind it.

    `beside` is the `sid` of the live session that gave the first factor, empty where it was proven a moment ago.
    """

    outcome: LoginOutcome
    interaction: str
    beside: str = ""


@dataclass(frozen=True, slots=True)
class Ways:
    """What the page may offer."""

    codes: bool
    passkeys: Sequence[Authenticator]
    recovery: bool


@dataclass(frozen=True, slots=True)
class Confirmed:
    """How it ended; `outcome` is a finished sign-in or None, `retry_after` seconds to wait before another try."""

    outcome: LoginOutcome | None
    reason: Reason
    retry_after: int = 0


class SecondStep:
    """The second step of a sign-in.

    Args:
        store: second factors and recovery codes.
        kv: where tickets wait.
        seal: the house's sealer.
        brake: the delays of the sign-in.
        ceremonies: how passkeys are asked for.
        notices: how the member is told.
        clock: present time.
        trail: told of every try.
        codes_key: key of the recovery codes' digests.
        reference_key: key under which tries are counted.
    """

    def __init__(
        self,
        store: Store,
        kv: KeyValue,
        seal: Seal,
        brake: Brake,
        ceremonies: Ceremonies,
        notices: Notices,
        clock: Clock,
        trail: Trail,
        *,
        codes_key: bytes,
        reference_key: bytes,
    ) -> None:
        self._store = store
        self._seal = seal
        self._brake = brake
        self._ceremonies = ceremonies
        self._notices = notices
        self._clock = clock
        self._trail = trail
        self._codes_key = codes_key
        self._reference_key = reference_key
        self._tickets = Tickets(kv, seal, "second-step", LIFETIME)

    def needed(self, account_id: str) -> bool:
        """Whether this account has a second factor. Raises `Unavailable`: nobody is signed in then."""
        with self._store.reading() as unit:
            return bool(unit.authenticators.of(account_id))

    def open(self, outcome: LoginOutcome, interaction: str, browser: str, *, beside: str = "") -> str:
        """Return a ticket for this browser. Raises `KeyValueUnavailable`."""
        facts = {"outcome": asdict(outcome), "interaction": interaction, "beside": beside}
        return self._tickets.issue(facts, browser)

    def get(self, ticket: str, interaction: str, browser: str) -> Waiting | None:
        """Return what waits behind a ticket of this browser and interaction. Raises `KeyValueUnavailable`."""
        facts = self._tickets.read(ticket, browser)
        if facts is None or facts["interaction"] != interaction:
            return None
        outcome = facts["outcome"]
        return Waiting(LoginOutcome(**{**outcome, "amr": tuple(outcome["amr"])}), interaction, facts.get("beside", ""))

    def end(self, ticket: str) -> None:
        """Forget a ticket: its sign-in is finished."""
        self._tickets.end(ticket)

    def ways(self, waiting: Waiting) -> Ways:
        """Return what this member may use."""
        account_id = waiting.outcome.account_id
        with self._store.reading() as unit:
            known = unit.authenticators.of(account_id)
            left = unit.recovery_codes.left(account_id)
        return Ways(any(one.kind == TOTP for one in known), [one for one in known if one.kind == PASSKEY], left > 0)

    def asked(self, waiting: Waiting, ways: Ways, browser: str) -> dict[str, Any]:
        """Return what the page needs to ask for one of the member's passkeys."""
        return self._ceremonies.asked(browser, "confirm", waiting.outcome.account_id, ways.passkeys)

    def code(self, waiting: Waiting, typed: str, network: str) -> Confirmed:
        """Check a code of an application. Raises `Unavailable`."""
        return self._typed(waiting, network, TOTP, lambda: self._use_code(waiting.outcome.account_id, typed, network))

    def recovery(self, waiting: Waiting, typed: str, network: str) -> Confirmed:
        """Check a recovery code, which works once. Raises `Unavailable`."""
        account_id = waiting.outcome.account_id
        return self._typed(waiting, network, "recovery", lambda: self._use_recovery(account_id, typed, network))

    def passkey(self, waiting: Waiting, sent: str, browser: str, network: str) -> Confirmed:
        """Check a passkey. It cannot be guessed, so that no delay keeps a member from it. Raises `Unavailable`."""
        account_id = waiting.outcome.account_id
        try:
            presented = self._ceremonies.present(sent, browser, "confirm", account_id, network)
        except RefusedPasskeyError as refusal:
            log.info("passkey refused: %s", refusal)
            self._refused(account_id, "refused", PASSKEY, network, told=False)
            return Confirmed(None, "refused")
        user = (AMR_USER,) if presented.use.verified else ()
        kind = AMR_SOFTWARE if presented.use.backed_up else AMR_HARDWARE
        return self._confirmed(waiting, kind, *user)

    def _typed(self, waiting: Waiting, network: str, method: str, use: Callable[[], Reason]) -> Confirmed:
        account_id = waiting.outcome.account_id
        counted = hmac.digest(self._reference_key, account_id.encode(), hashlib.sha256).hex()[:32]
        attempt: Attempt = self._brake.admit(counted, network)
        if not attempt.granted:
            self._refused(account_id, "delayed", method, network, told=False)
            return Confirmed(None, "delayed", attempt.retry_after)
        reason = use()
        if reason != "ok":
            attempt.failed()
            self._refused(account_id, reason, method, network, told=attempt.retry_after > 0)
            return Confirmed(None, reason, attempt.retry_after)
        attempt.succeeded()
        return self._confirmed(waiting, AMR_CODE)

    def _refused(self, account_id: str, reason: Reason, method: str, network: str, *, told: bool) -> None:
        """Keep a refusal in the member's history; once the delays begin, say by mail, once a day, what it means."""
        now = self._clock()

        def work() -> None:
            with self._store.begin() as unit:
                self._trail.within(
                    unit,
                    "sign_in",
                    account_id=account_id,
                    outcome=f"second_factor_{reason}",
                    method=method,
                    network=network,
                )
                if told:
                    self._notices.tell(unit, account_id, "second_failed", key=f"{account_id}:{now // _DAY}")

        once(work)

    def _use_code(self, account_id: str, typed: str, network: str) -> Reason:
        code, now = totp.read(typed), self._clock()
        if code is None:
            return "wrong"
        with self._store.reading() as unit:
            generators = [one for one in unit.authenticators.of(account_id) if one.kind == TOTP]
        secrets = [(one.id, self._secret(one)) for one in generators]
        steps = [(one, totp.step_of(secret, code, now)) for one, secret in secrets if secret is not None]
        found = next(((known, step) for known, step in steps if step is not None), None)
        if found is None:
            return "wrong"
        known, step = found

        def use(unit: Unit) -> bool:
            return unit.authenticators.use_step(known, step, now)

        return "ok" if self._note(account_id, TOTP, network, use) else "used"

    def _use_recovery(self, account_id: str, typed: str, network: str) -> Reason:
        code = recovery.read(typed)
        if code is None:
            return "wrong"
        digest, now = recovery.digest(self._codes_key, account_id, code), self._clock()

        def use(unit: Unit) -> bool:
            if not unit.recovery_codes.spend(account_id, digest, now):
                return False
            left = unit.recovery_codes.left(account_id)
            self._notices.tell(unit, account_id, "recovery_used", key=digest[:32], left=left)
            return True

        return "ok" if self._note(account_id, "recovery", network, use) else "wrong"

    def _note(self, account_id: str, method: str, network: str, use: Callable[[Unit], bool]) -> bool:
        def work() -> bool:
            with self._store.begin() as unit:
                if not use(unit):
                    return False
                self._trail.within(
                    unit, "second_factor", account_id=account_id, method=method, network=network, action="confirm"
                )
            return True

        return once(work)

    def _secret(self, generator: Authenticator) -> bytes | None:
        try:
            return self._seal.unseal(generator.sealed or b"", sealed_for(generator.account_id, generator.id))
        except ValueError:
            # Its key-encryption key is gone: no code is right any more, but passkeys and recovery codes may be.
            log.exception("a second factor cannot be unsealed account_id=%s", generator.account_id)
            return None

    def _confirmed(self, waiting: Waiting, *methods: str) -> Confirmed:
        amr = dict.fromkeys((*waiting.outcome.amr, *methods, AMR_SEVERAL))
        now = self._clock()
        return Confirmed(replace(waiting.outcome, acr=ACR_TWO_FACTORS, amr=tuple(amr), auth_time=now), "ok")


def sealed_for(account_id: str, authenticator_id: str) -> bytes:
    """Return the context in which a code generator's secret is sealed."""
    return f"totp:{account_id}:{authenticator_id}".encode()
