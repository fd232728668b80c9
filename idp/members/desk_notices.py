"""What a member is told of what the fund's desk did to the account: one message, queued with the act (N-100, D11)."""

import secrets
from collections.abc import Callable
from typing import Final, Literal

from idp.clock import Clock
from idp.members.sealed_mail import queue_mail
from idp.store.accounts import Account
from idp.store.db import Unit
from idp.upstream_ports import Seal

TEMPLATE: Final = "desk_act"

What = Literal["letter_asked", "sessions_ended", "suspended", "resumed", "closed"]


class DeskNotices:
    """Queues the messages.

    Args:
        seal: the house's sealer: a message names the dossier.
        clock: present time.
        new_id: makes an unguessable id of at most 32 characters.
    """

    def __init__(self, seal: Seal, clock: Clock, new_id: Callable[[], str] = lambda: secrets.token_hex(16)) -> None:
        self._seal = seal
        self._clock = clock
        self._new_id = new_id

    def tell(self, unit: Unit, account: Account, what: What) -> None:
        """Queue one message in the unit of the act; nothing for a member without an e-mail address."""
        if not account.email:
            return
        now, task_id = self._clock(), self._new_id()
        queue_mail(
            unit,
            self._seal,
            account_id=account.id,
            to=account.email,
            template=TEMPLATE,
            values={"dossier": account.dossier, "what": what, "changed_at": str(now)},
            key=f"desk-act:{task_id}",
            task_id=task_id,
            now=now,
        )
