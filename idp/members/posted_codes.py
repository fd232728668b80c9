"""Codes by letter, for a proof of the dossier: the `idp.upstream_codes.LetterCodes` port.

A code is drawn, printed and kept like a provisional password, and is none: it has a purpose, the one person of an
upstream to whom it proves the dossier, and its digest holds that purpose. Typed anywhere else it is nothing (V-14).
"""

import logging
import secrets
from collections.abc import Callable
from typing import Any, Final

from idp import config
from idp.clock import Clock
from idp.members.delivery import Deliveries
from idp.members.letter_queue import queue_letter
from idp.members.provisional import Digests, draw, printed
from idp.store.db import Unit
from idp.store.provisionals import Provisional
from idp.upstream_ports import Seal

log = logging.getLogger("idp.members")

_DAY: Final = 86400


class PostedCodes:
    """Sends them where a provisional password could go: not to an address that has just been changed (N-119).

    Args:
        deliveries: whether there is an address that may receive one.
        seal: the house's sealer; a code waits for the printer sealed.
        digests: what is stored of a code, under a key of its own.
        settings: lifetime, attempts and limits, those of letters with a provisional password.
        clock: present time.
        below: random numbers (`secrets.randbelow`).
        new_id: makes an unguessable id of at most 32 characters.
    """

    def __init__(
        self,
        deliveries: Deliveries,
        seal: Seal,
        digests: Digests,
        settings: config.Activation,
        clock: Clock,
        *,
        below: Callable[[int], int] = secrets.randbelow,
        new_id: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        self._deliveries = deliveries
        self._seal = seal
        self._digests = digests
        self._settings = settings
        self._clock = clock
        self._below = below
        self._new_id = new_id

    def open(self, session: Any) -> bool:
        """Whether the post takes another letter today (N-115)."""
        most = self._settings.letters_per_day
        if Unit(session).provisionals.letters_since(self._clock() - _DAY, most) < most:
            return True
        log.error("the day's letters are all asked for, letters_per_day=%d", most)
        return False

    def send(self, session: Any, *, account_id: str, person: str, provider: str) -> bool:
        """Queue one letter in the unit of work of `session`; return whether one goes.

        None goes where no address may receive one, nor while another with a code is on its way to the member.
        """
        now, unit = self._clock(), Unit(session)
        account = unit.accounts.by_id(account_id)
        if account is None or account.status != "active" or not self._deliveries.post(account, now):
            return False
        last = unit.provisionals.last_letter(account.id, with_code=True)
        if last and now - last < self._settings.letter_interval:
            return False
        secret, letter_id = draw(self._below), self._new_id()
        made = Provisional(
            id=letter_id,
            account_id=account.id,
            channel="post",
            digest=self._digests.of(_bound(account.id, person), secret),
            created_at=now,
            expires_at=now + self._settings.letter_lifetime,
            purpose=person,
        )
        unit.provisionals.replace(made)
        queue_letter(
            unit,
            self._seal,
            letter_id=letter_id,
            account_id=account.id,
            provisional_id=made.id,
            secret=printed(secret),
            now=now,
            provider=provider,
        )
        return True

    def spend(self, session: Any, *, person: str, typed: str) -> str | None:
        """Return the account that a person's code proves, and use the code up; None counts as a wrong try."""
        now, unit, attempts = self._clock(), Unit(session), self._settings.attempts
        for one in unit.provisionals.proofs(person, attempts, now):
            if self._digests.matches(_bound(one.account_id, person), one.digest, typed):
                return one.account_id if unit.provisionals.spend(one.id, attempts, now) else None
        unit.provisionals.count_proof_attempt(person, now)
        return None


def _bound(account_id: str, person: str) -> str:
    return f"{account_id}:{person}"
