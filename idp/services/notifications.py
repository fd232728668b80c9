"""Messages to members, queued in the transaction that gives the reason for them (decision D11)."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from idp.clock import Clock
from idp.store.outbox import Outbox

MAIL: Final = "mail"
"""The kind of an outbox task whose payload is `account_id`, `template` and `values`."""


class Notifications:
    """The `idp.upstream_ports.Notify` port over the outbox.

    Args:
        clock: present time.
        new_id: makes an unguessable id of at most 32 characters.
    """

    def __init__(self, clock: Clock, new_id: Callable[[], str]) -> None:
        self._clock = clock
        self._new_id = new_id

    def __call__(self, session: Any, *, account_id: str, template: str, values: Mapping[str, str], key: str) -> None:
        """Queue one message; sent if and only if the session commits, and once by `key`.

        Args:
            session: the SQLAlchemy session of the open unit of work.
            account_id: whom to write to; the address is read when the message leaves.
            template: name under `templates/mail/`.
            values: what the template shows; never a secret.
            key: at most 128 characters; a second message with the same key is dropped.
        """
        payload = {"account_id": account_id, "template": template, "values": dict(values)}
        Outbox(session).add(MAIL, key, payload, task_id=self._new_id(), now=self._clock())
