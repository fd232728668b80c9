"""The notice of a sign-in from a new device (N-100): by mail, or on a page at the next sign-in without an address."""

import secrets
from collections.abc import Callable
from typing import Literal

from idp.members.sealed_mail import queue_mail
from idp.store.db import Unit
from idp.store.sign_ins import StoredSignIn
from idp.upstream_ports import Seal

Told = Literal["mailed", "waiting"]
"""How the member hears of it: by mail, or at the next sign-in."""


class NewDeviceNotice:
    """Tells a member of a new device, in the unit that records it.

    Args:
        seal: the house's sealer.
        new_id: makes an unguessable id of at most 32 characters.
    """

    def __init__(self, seal: Seal, new_id: Callable[[], str] = lambda: secrets.token_hex(16)) -> None:
        self._seal = seal
        self._new_id = new_id

    def __call__(self, unit: Unit, found: StoredSignIn) -> Told:
        """Queue the message to the address of now, which whoever has just come in cannot have changed yet."""
        account = unit.accounts.by_id(found.account_id)
        if account is None or not account.email:
            return "waiting"
        queue_mail(
            unit,
            self._seal,
            account_id=account.id,
            to=account.email,
            template="new_device",
            values={
                "dossier": account.dossier,
                "signed_in_at": str(found.started_at),
                "browser": found.browser,
                "system": found.system,
                "network": found.network,
                "method": found.provider,
            },
            # Once a device, however many windows it opens at a time; again after the account was secured.
            key=f"new-device:{account.id}:{account.epoch}:{found.device[:40]}",
            task_id=self._new_id(),
            now=found.started_at,
        )
        return "mailed"
