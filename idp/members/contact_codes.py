"""Codes to the e-mail address on file, for a proof of the dossier: the `idp.upstream_codes.ContactCodes` port."""

import secrets
from collections.abc import Callable
from typing import Any, Final

from idp.clock import Clock
from idp.members.delivery import Deliveries
from idp.members.sealed_mail import queue_mail
from idp.store.db import Store, Unit
from idp.upstream_ports import Seal

TEMPLATE: Final = "link_code"


class MailedCodes:
    """Sends them where a provisional password could go: not to an address that has just been changed (N-119).

    Args:
        store: accounts and the outbox.
        deliveries: which address may receive one, and what is shown of it.
        seal: the house's sealer; a code waits in the outbox sealed.
        clock: present time.
        new_id: makes an unguessable id of at most 32 characters.
    """

    def __init__(
        self,
        store: Store,
        deliveries: Deliveries,
        seal: Seal,
        clock: Clock,
        new_id: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        self._store = store
        self._deliveries = deliveries
        self._seal = seal
        self._clock = clock
        self._new_id = new_id

    def masked(self, situation: str, dossier: str, account_id: str | None) -> str | None:
        """Return the address to show: the account's own, or an invented one for no account. Raises `Unavailable`."""
        with self._store.reading() as unit:
            account = unit.accounts.by_id(account_id or "")
        return self._deliveries.options(account, situation, dossier, self._clock()).masked_email

    def send(self, session: Any, *, account_id: str, code: str, provider: str, expires_at: int, key: str) -> None:
        """Queue one message in the unit of work of `session`; it is given up when the code is worth nothing."""
        now, unit = self._clock(), Unit(session)
        account = unit.accounts.by_id(account_id)
        address = self._deliveries.email(account, now) if account is not None else None
        if account is None or not address:
            return
        queue_mail(
            unit,
            self._seal,
            account_id=account.id,
            to=address,
            template=TEMPLATE,
            values={
                "code": code,
                "provider": provider,
                "dossier": account.dossier,
                "expires_at": str(expires_at),
            },
            key=key,
            task_id=self._new_id(),
            now=now,
            good_until=expires_at,
        )
