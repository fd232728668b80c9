"""The worker's part of a reset: who is behind the number, and one provisional password for the member (D8).

The new one, the message or letter that brings it and the event stand in one transaction. Nothing in the account
changes: the old password works until the new secret is used (N-110).
"""

import logging
import secrets
from collections.abc import Callable
from typing import Final

from idp import config
from idp.clock import Clock
from idp.members.delivery import Channel, Deliveries
from idp.members.letter_queue import queue_letter
from idp.members.provisional import Digests, draw, printed
from idp.members.reset_requests import read_task
from idp.members.sealed_mail import queue_mail
from idp.members.trail import Trail
from idp.store.accounts import Account
from idp.store.db import Store, Unit
from idp.store.outbox import Task
from idp.store.provisionals import Provisional
from idp.upstream_ports import Seal

log = logging.getLogger("idp.members")

_DAY: Final = 86400
_ISSUED: Final = "provisional"
"""Requests that were answered: a task that comes twice finds its key used."""


class PostIsFull(Exception):
    """The day's letters are all asked for (N-115); the outbox tries again later."""


class ProvisionalIssue:
    """Answers the outbox's `reset` tasks.

    Args:
        store: accounts, provisional passwords, letters, the outbox.
        seal: the house's sealer.
        deliveries: which of a member's addresses may receive one.
        digests: what is stored of a provisional password.
        settings: lifetimes and limits.
        clock: present time.
        trail: told of every request, in the same transaction.
        below: random numbers (`secrets.randbelow`).
    """

    def __init__(
        self,
        store: Store,
        seal: Seal,
        deliveries: Deliveries,
        digests: Digests,
        settings: config.Activation,
        clock: Clock,
        trail: Trail,
        *,
        below: Callable[[int], int] = secrets.randbelow,
    ) -> None:
        self._store = store
        self._seal = seal
        self._deliveries = deliveries
        self._digests = digests
        self._settings = settings
        self._clock = clock
        self._trail = trail
        self._below = below

    def deliver(self, task: Task) -> None:
        """Answer one request; nothing at all for a number that is nobody's.

        Raises:
            PostIsFull: no more letters today.
            SealBroken: the payload was altered.
            Unavailable: the store does not answer; nothing was written.
        """
        situation, dossier, channel, network = read_task(self._seal, task.key, str(task.payload["sealed"]))
        now = self._clock()
        with self._store.begin() as unit:
            account = unit.accounts.by_login(situation, dossier)
            # The answer may have been committed by a worker that died before it could say so.
            if not unit.spent.claim(_ISSUED, task.key.rpartition(":")[2], now + 40 * _DAY):
                return
            outcome = self._outcome(unit, account, channel, now)
            if account is not None and outcome == "ok":
                self._issue(unit, account, channel, task, now)
            account_id = account.id if account is not None else None
            self._trail.within(
                unit, "provisional_asked", account_id=account_id, outcome=outcome, channel=channel, network=network
            )

    def _outcome(self, unit: Unit, account: Account | None, channel: Channel, now: int) -> str:
        if account is None:
            return "unknown_dossier"
        if account.status != "active":
            return "not_active"
        if channel == "email":
            return "ok" if self._deliveries.email(account, now) else "no_email"
        if not self._deliveries.post(account, now):
            return "no_address"
        last = unit.provisionals.last_letter(account.id)
        if last and now - last < self._settings.letter_interval and unit.provisionals.live(account.id, 1 << 31, now):
            return "letter_on_its_way"
        most = self._settings.letters_per_day
        if unit.provisionals.letters_since(now - _DAY, most) >= most:
            log.error("the day's letters are all asked for, letters_per_day=%d", most)
            raise PostIsFull
        return "ok"

    def _issue(self, unit: Unit, account: Account, channel: Channel, task: Task, now: int) -> None:
        secret = draw(self._below)
        settings = self._settings
        life = settings.email_lifetime if channel == "email" else settings.letter_lifetime
        made = Provisional(
            id=task.id,
            account_id=account.id,
            channel=channel,
            digest=self._digests.of(account.id, secret),
            created_at=now,
            expires_at=now + life,
        )
        unit.provisionals.replace(made)
        if channel == "post":
            queue_letter(
                unit,
                self._seal,
                letter_id=task.id,
                account_id=account.id,
                provisional_id=made.id,
                secret=printed(secret),
                now=now,
            )
            return
        queue_mail(
            unit,
            self._seal,
            account_id=account.id,
            to=self._deliveries.email(account, now) or "",
            template="provisional",
            values={"secret": printed(secret), "dossier": account.dossier, "expires_at": str(made.expires_at)},
            key=f"provisional:{made.id}",
            task_id=secrets.token_hex(16),
            now=now,
            good_until=made.expires_at,
        )
