"""Passkey ceremonies over the store: whose passkey it is, a challenge used once, a counter that only grows."""

import secrets
from collections.abc import Callable, Sequence
from typing import Any, Final, Literal

from idp.clock import Clock
from idp.members.factors import passkeys
from idp.members.factors.challenges import Challenges, fingerprint
from idp.members.factors.passkeys import Asserted, RefusedPasskeyError, Registered, Site
from idp.members.trail import Trail
from idp.records import dataclass
from idp.store.authenticators import Authenticator
from idp.store.db import Store, Unit, once

PURPOSE: Final = "passkey"
"""Under which used challenges are kept."""

Action = Literal["sign_in", "confirm", "register"]


@dataclass(frozen=True, slots=True)
class Presented:
    """A passkey that was used rightly: which, and how."""

    passkey: Authenticator
    use: Asserted


class Ceremonies:
    """Asks for passkeys and checks what comes back.

    Args:
        store: where passkeys and used challenges are.
        site: who asks.
        challenges: how they are made.
        clock: present time.
        trail: told of every use, in its transaction.
        random: returns so many random bytes.
    """

    def __init__(
        self,
        store: Store,
        site: Site,
        challenges: Challenges,
        clock: Clock,
        trail: Trail,
        *,
        random: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self.site: Final = site
        self._store = store
        self._challenges = challenges
        self._clock = clock
        self._trail = trail
        self._random = random

    def challenge(self, browser: str, action: Action, subject: str = "") -> bytes:
        """Return a challenge for this browser; `subject` is the account that it is about, if it is known."""
        return self._challenges.issue(browser, f"{action}:{subject}", self._clock(), self._random(16))

    def asked(
        self, browser: str, action: Action, subject: str = "", allowed: Sequence[Authenticator] = ()
    ) -> dict[str, Any]:
        """Return what a page needs to ask for a passkey, any of this site's without `subject`. Writes nothing."""
        challenge = self.challenge(browser, action, subject)
        return passkeys.request_options(self.site, challenge, allowed, verified=action == "sign_in")

    def present(self, sent: str, browser: str, action: Action, subject: str, network: str) -> Presented:
        """Check the use of a passkey and note it.

        Args:
            sent: the JSON that the page sent.
            browser: whose page.
            action: what was to be confirmed.
            subject: the account whose passkey it must be; empty for anybody's.
            network: the network that asks, for the audit.

        Raises:
            RefusedPasskeyError: malformed, not asked for, used before, unknown, another's, or its counter went back.
            Unavailable: the store does not answer.
        """
        answer = passkeys.read(sent)
        ends = self._ends(answer.challenge, browser, action, subject)
        with self._store.reading() as unit:
            known = unit.authenticators.by_credential(answer.credential_id)
        if known is None or (subject and known.account_id != subject):
            raise RefusedPasskeyError("unknown passkey")
        use = passkeys.asserted(self.site, answer, known, verified=action == "sign_in")
        if not once(lambda: self._note(known, use, fingerprint(answer.challenge), ends, action, network)):
            raise RefusedPasskeyError("used before, or removed")
        if use.went_back and not use.backed_up:
            # One device, two counters: there is a copy. Synchronised passkeys count nothing, or each for itself.
            raise RefusedPasskeyError("the counter went back")
        return Presented(known, use)

    def register(self, sent: str, browser: str, account_id: str) -> tuple[Registered, bytes, int]:
        """Check a new passkey; return it with its challenge and when that ends. The caller claims both in one unit.

        Raises:
            RefusedPasskeyError: malformed or not asked for.
        """
        answer = passkeys.read(sent)
        ends = self._ends(answer.challenge, browser, "register", account_id)
        return passkeys.registered(self.site, answer), answer.challenge, ends

    def claim(self, unit: Unit, challenge: bytes, ends: int) -> bool:
        """Use a challenge up in an open unit; False when it was."""
        return unit.spent.claim(PURPOSE, fingerprint(challenge), ends)

    def _ends(self, challenge: bytes, browser: str, action: Action, subject: str) -> int:
        ends = self._challenges.ends(challenge, browser, f"{action}:{subject}", self._clock())
        if ends is None:
            raise RefusedPasskeyError("not our challenge, or too old")
        return ends

    def _note(self, known: Authenticator, use: Asserted, digest: str, ends: int, action: Action, network: str) -> bool:
        now = self._clock()
        with self._store.begin() as unit:
            if not unit.spent.claim(PURPOSE, digest, ends):
                return False
            if use.went_back:
                self._trail.within(
                    unit,
                    "passkey_counter",
                    account_id=known.account_id,
                    outcome="went_back",
                    network=network,
                    passkey=known.id,
                    stored=known.sign_count,
                    told=use.sign_count,
                )
                if not use.backed_up:
                    return True
            if not unit.authenticators.use_passkey(known.id, use.sign_count, backed_up=use.backed_up, now=now):
                return False
            self._trail.within(
                unit,
                "second_factor",
                account_id=known.account_id,
                method="passkey",
                network=network,
                action=action,
            )
        return True
