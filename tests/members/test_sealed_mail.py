"""Messages that hold a secret: sealed in the outbox, opened when they leave."""

from email.message import EmailMessage

import pytest

from idp.members.mail import Mailer, UnusableAddress
from idp.members.sealed_mail import SealedMail, queue_mail
from idp.store.db import Store
from idp.store.outbox import Task
from keys.errors import SealBroken
from keys.sealing import Sealer
from tests.support.gallery import TEMPLATES
from tests.support.held import closed
from tests.support.provider import settings
from tests.support.records import with_account

NOW = 1_000_000_000
SECRET = "ABCD-EFGH-JKMN-PQRS"
VALUES = {"secret": SECRET, "dossier": "1234567", "expires_at": str(NOW + 3600)}


class Kept:
    """A transport that keeps what it is given."""

    def __init__(self) -> None:
        """Start empty."""
        self.messages: list[EmailMessage] = []

    def send(self, message: EmailMessage) -> None:
        """Keep one message."""
        self.messages.append(message)


def queued(
    store: Store, to: str = "other@example.org", key: str = "provisional:1", good_until: int | None = None
) -> Task:
    """Queue a message and return its task."""
    with store.begin() as unit:
        queue_mail(
            unit,
            Sealer([b"k" * 32]),
            account_id="account",
            to=to,
            template="provisional",
            values=VALUES,
            key=key,
            task_id=key[-1],
            now=NOW,
            good_until=good_until,
        )
    with store.begin() as unit:
        (task,) = unit.outbox.due(NOW)
    return task


def delivery(store: Store, sealer: Sealer, transport: Kept, folder: object) -> SealedMail:
    """Return the handler over the real templates."""
    mailer = Mailer(store, transport, settings(folder), TEMPLATES, lambda: NOW)  # type: ignore[arg-type]  # a path
    return SealedMail(store, sealer, mailer.compose, transport)


def test_it_reaches_its_own_address_and_waits_unreadable(store: Store, tmp_path: object) -> None:
    """The address of the task, not the account's; neither it nor the secret stands in the outbox."""
    with_account(store)
    task, transport = queued(store), Kept()
    assert SECRET not in str(task.payload)
    assert "other@" not in str(task.payload)
    delivery(store, Sealer([b"k" * 32]), transport, tmp_path).deliver(task)
    (message,) = transport.messages
    assert "other@example.org" == message["To"]
    assert SECRET in message.as_string()


def test_a_secret_for_a_closed_dossier_is_dropped(store: Store, tmp_path: object) -> None:
    """Closed while its message waited for the server: what it would bring works no more; other words still go."""
    with_account(store)
    secret, notice = queued(store, good_until=NOW + 3600), queued(store, key="provisional:2")
    closed(store, lambda: NOW, "1234567")
    transport = Kept()
    for task in (secret, notice):
        delivery(store, Sealer([b"k" * 32]), transport, tmp_path).deliver(task)
    assert 1 == len(transport.messages)


def test_a_payload_is_of_one_task(store: Store, tmp_path: object) -> None:
    """Moved to another task, it does not open."""
    with_account(store)
    task = queued(store)
    moved = Task(task.id, task.kind, "provisional:2", task.payload, NOW, 1)
    with pytest.raises(SealBroken):
        delivery(store, Sealer([b"k" * 32]), Kept(), tmp_path).deliver(moved)


def test_an_address_that_is_none_ends_the_task(store: Store, tmp_path: object) -> None:
    """Trying again would change nothing, and whoever looks after the queue is told."""
    with_account(store)
    transport = Kept()
    with pytest.raises(UnusableAddress) as caught:
        delivery(store, Sealer([b"k" * 32]), transport, tmp_path).deliver(queued(store, to="a@b@c"))
    assert ("unusable_address", 0) == (caught.value.cause, caught.value.patience)
    assert [] == transport.messages
