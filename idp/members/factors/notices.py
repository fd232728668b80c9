"""What is told of each change of a second factor: one message, queued with the change (N-100, D11).

A member is told at the address of the dossier, an administrator at the login, which is one of the house's addresses.
"""

import secrets
from collections.abc import Callable
from typing import Literal

from idp.clock import Clock
from idp.members.sealed_mail import queue_mail
from idp.protocol.names import STAFF
from idp.store.db import Unit
from idp.upstream_ports import Seal

TEMPLATE = "second_factor"

What = Literal[
    "added", "removed", "removed_last", "removed_by_us", "recovery_used", "recovery_renewed", "second_failed"
]


class Notices:
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

    def tell(self, unit: Unit, account_id: str, what: What, *, key: str, kind: str = "", left: int = 0) -> None:
        """Queue one message in an open unit, to a member or an administrator; nothing for a member without an address.

        Args:
            unit: the unit that makes the change.
            account_id: whom to tell.
            what: what happened.
            key: makes the message one of its kind: the id of what changed.
            kind: `totp` or `passkey`, where one of them came or went.
            left: recovery codes that can still be used.
        """
        account = unit.accounts.by_id(account_id)
        if account is None:
            return
        administrator = unit.administrators.get(account_id) if account.situation == STAFF else None
        to = account.email if administrator is None else administrator.login
        if not to:
            return
        now = self._clock()
        queue_mail(
            unit,
            self._seal,
            account_id=account_id,
            to=to,
            template=TEMPLATE,
            values={
                "dossier": account.dossier if administrator is None else "",
                "what": what,
                "kind": kind,
                "left": str(left),
                "changed_at": str(now),
            },
            key=f"second-factor:{what}:{key}",
            task_id=self._new_id(),
            now=now,
        )
