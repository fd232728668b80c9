"""Messages that hold a secret or go to an address of their own: sealed in the outbox, opened when they leave."""

import base64
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from email.message import EmailMessage
from typing import Any, Final

from idp.members.transports import Transport
from idp.store.accounts import Account
from idp.store.db import Store, Unit
from idp.store.outbox import Task
from idp.upstream_ports import Seal

log = logging.getLogger("idp.mail")

SEALED_MAIL: Final = "sealed-mail"
"""The kind of an outbox task whose payload is `account_id`, `template` and `sealed`."""

Compose = Callable[[Account, str, Mapping[str, Any], str], EmailMessage]


def queue_mail(
    unit: Unit,
    seal: Seal,
    *,
    account_id: str,
    to: str,
    template: str,
    values: Mapping[str, str],
    key: str,
    task_id: str,
    now: int,
    good_until: int | None = None,
) -> bool:
    """Queue one message in an open unit; return whether it is new.

    Args:
        unit: the open unit of work.
        seal: the house's sealer.
        account_id: the member, for the name and the language.
        to: the address, fixed now: it may be one that the account has no longer, or not yet.
        template: name under `templates/mail/`.
        values: what the template shows; may be secret.
        key: at most 128 characters; a second message with the same key is dropped.
        task_id: a new id, 32 characters at most.
        now: Unix seconds.
        good_until: Unix seconds from which the message is worth nothing and is given up instead of sent.
    """
    body = json.dumps({"to": to, "values": dict(values)}).encode()
    sealed = base64.b64encode(seal.seal(body, _context(key))).decode()
    payload: dict[str, str | int] = {"account_id": account_id, "template": template, "sealed": sealed}
    if good_until is not None:
        payload["good_until"] = good_until
    return unit.outbox.add(SEALED_MAIL, key, payload, task_id=task_id, now=now)


class SealedMail:
    """Delivers the outbox's `sealed-mail` tasks.

    Args:
        store: where accounts are.
        seal: the house's sealer.
        compose: makes the message (`Mailer.compose`).
        transport: how messages leave.
    """

    def __init__(self, store: Store, seal: Seal, compose: Compose, transport: Transport) -> None:
        self._store = store
        self._seal = seal
        self._compose = compose
        self._transport = transport

    def deliver(self, task: Task) -> bool:
        """Send the message of one task; False where it is dropped: no account, or a secret's whose account is closed.

        Raises:
            MailFailed: not handed over; try again later.
            UnusableAddress: it is none; the task is over, and told as given up.
            SealBroken: the payload was altered, or its key-encryption key is not held here.
            Unavailable: the account could not be read.
        """
        account_id, template = str(task.payload["account_id"]), str(task.payload["template"])
        body = json.loads(self._seal.unseal(base64.b64decode(task.payload["sealed"]), _context(task.key)))
        with self._store.reading() as unit:
            account = unit.accounts.by_id(account_id)
        if account is None:
            log.info("message dropped, no account template=%s account_id=%s", template, account_id)
            return False
        if account.status != "active" and "good_until" in task.payload:
            log.info("secret dropped, account not active template=%s account_id=%s", template, account_id)
            return False
        addressed = replace(account, email=str(body["to"]))
        self._transport.send(self._compose(addressed, template, body["values"], task.key))
        return True


def _context(key: str) -> bytes:
    return b"mail:" + key.encode()
