"""What was sent to a member, as far as it is kept, on both databases."""

from idp.members.letter_queue import queue_letter
from idp.store.db import Store
from idp.store.deliveries import Message
from idp.store.provisionals import Provisional
from keys.sealing import Sealer
from tests.support.records import with_account

SEALER = Sealer([b"k" * 32])


def test_from_its_making_to_its_end(store: Store) -> None:
    """By mail with how far its message got, by post with its batch; the newest first, and no one else's."""
    account = with_account(store)
    with store.begin() as unit:
        unit.provisionals.replace(Provisional("mailed", account.id, "email", "d1", 1000, 5000))
        unit.outbox.add("sealed-mail", "provisional:mailed", {"account_id": account.id}, task_id="t1", now=1000)
        unit.provisionals.replace(Provisional("posted", account.id, "post", "d2", 2000, 9000))
        queue_letter(unit, SEALER, letter_id="l", account_id=account.id, provisional_id="posted", secret="x", now=2000)
    with store.reading() as unit:
        posted, mailed = unit.deliveries.of(account.id, 10)
        assert ([], [posted]) == (unit.deliveries.of("other", 10), unit.deliveries.of(account.id, 1))
    assert ("post", True, None, None) == (posted.channel, posted.waits, posted.batch, posted.mail)
    assert ("email", "waiting", 2000, False) == (mailed.channel, mailed.mail, mailed.cancelled_at, mailed.waits)
    with store.begin() as unit:
        unit.outbox.done("t1", 3000)
        unit.letters.mark_printed(["l"], "2026-11-24-01", 3000)
    with store.reading() as unit:
        posted, mailed = unit.deliveries.of(account.id, 10)
    assert (False, "2026-11-24-01", 3000) == (posted.waits, posted.batch, posted.printed_at)
    assert "done" == mailed.mail


def test_messages(store: Store) -> None:
    """Those that wait, that left and that were given up, of the member alone; not those that bring a password."""
    account = with_account(store)
    with store.begin() as unit:
        tasks = {"waits": 1000, "over": 1001, "left": 1002, "other": 1003, "dropped": 1004, "provisional:x": 1005}
        for task, now in tasks.items():
            payload = {"account_id": "other" if task == "other" else account.id, "template": "linked"}
            unit.outbox.add("mail", task, payload, task_id=task, now=now)
        unit.outbox.add("reset", "reset", {"account_id": account.id}, task_id="reset", now=1000)
        unit.outbox.abandon("over", "unusable_address", 2000, {"account_id": account.id})
        unit.outbox.done("left", 2000, {"account_id": account.id, "template": "linked"})
        unit.outbox.done("dropped", 2000)
    with store.reading() as unit:
        found = unit.deliveries.messages(account.id, 10)
        assert found[:1] == unit.deliveries.messages(account.id, 1)
    over = Message("", 1001, "given_up", "unusable_address")
    assert [Message("linked", 1002, "done"), over, Message("linked", 1000, "waiting")] == list(found)
