"""The whole way of a message: outbox, mailer, SMTP, with what servers do to it in between (R-33, R-34)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from idp import config
from idp.members.mail import Mailer
from idp.members.transports import SmtpTransport
from idp.services.audit import AuditLog
from idp.services.notifications import MAIL, Notifications
from idp.store.db import Store
from idp.store.tables import AuditRow
from idp.worker.outbox import OutboxDelivery
from tests.support.gallery import TEMPLATES
from tests.support.records import with_account
from tests.support.smtp_server import PostOffice, dripping, post_office
from tests.support.stores import Clock, sqlite_store

HOUR = 3600


class Killed(BaseException):
    """The end of the process."""


class Dying(SmtpTransport):
    """A transport whose process dies once the server has taken the message."""

    def send(self, message: object) -> None:
        """Send, and die before anybody can be told."""
        super().send(message)  # type: ignore[arg-type]  # whatever the mailer made
        raise Killed


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store with one member."""
    made = sqlite_store(tmp_path)
    with_account(made)
    yield made
    made.engine.dispose()


@pytest.fixture
def clock() -> Clock:
    """The present."""
    return Clock()


@pytest.fixture
def office() -> Iterator[PostOffice]:
    """The SMTP server."""
    with post_office() as running:
        yield running


def queue(store: Store, clock: Clock, number: int = 1) -> None:
    """Queue one notice."""
    notify = Notifications(clock, lambda: f"task{number}")
    values = {"provider": "FranceConnect", "dossier": "1234567", "linked_at": str(clock())}
    with store.begin() as unit:
        notify(unit.session, account_id="account", template="linked", values=values, key=f"linked:{number}")


def worker(
    store: Store, clock: Clock, mail: config.Mail, transport: type[SmtpTransport] = SmtpTransport
) -> OutboxDelivery:
    """Return the delivery that a process has."""
    settings = config.load()
    mailer = Mailer(store, transport(mail, clock=clock), settings, TEMPLATES, clock)
    return OutboxDelivery(store, {MAIL: mailer.deliver}, clock, AuditLog(store, clock))


def told(store: Store) -> list[tuple[str, str, str | None]]:
    """Return the audit's events."""
    query = select(AuditRow.event, AuditRow.outcome, AuditRow.account_id)
    with store.reading() as unit:
        return [(event, outcome, account) for event, outcome, account in unit.session.execute(query)]


def test_a_greylisted_message_is_delivered_once_later(store: Store, clock: Clock, office: PostOffice) -> None:
    """The server says later twice; the third time it takes the message, and nothing more is sent."""
    queue(store, clock)
    office.answers["RCPT"] = ["451 4.7.1 greylisted"] * 2
    delivery = worker(store, clock, office.settings())
    handed = []
    for wait in (0, 30, 60, HOUR, HOUR):
        clock.forward(wait)
        handed.append(delivery.run_once())
    assert [0, 0, 1, 0, 0] == handed
    assert ["angela@example.org"] == [one["To"] for one in office.taken]
    assert [] == told(store)


def test_a_refused_address_is_given_up_after_an_hour_and_told(
    store: Store, clock: Clock, office: PostOffice, caplog: pytest.LogCaptureFixture
) -> None:
    """Not at the first word, since servers err, and not silently: the member's events and the log say so."""
    queue(store, clock)
    office.answers["RCPT"] = ["550 5.1.1 <angela@example.org>: no such user"] * 99
    delivery = worker(store, clock, office.settings())
    for _ in range(HOUR // 30):
        delivery.run_once()
        clock.forward(60)
    assert 7 <= office.asked.count("RCPT") <= 8
    assert [("undelivered", "SMTPRecipientsRefused 550 5.1.1", "account")] == told(store)
    assert "task given up kind=mail id=task1" in caplog.text
    assert "angela" not in caplog.text


def test_a_server_that_is_down_for_an_hour_loses_nothing(store: Store, clock: Clock, free_port: int) -> None:
    """Ten messages wait; when it is back each is delivered once, a while later at most."""
    for number in range(10):
        queue(store, clock, number)
    absent = worker(store, clock, PostOffice(free_port).settings())
    for _ in range(HOUR // 30):
        absent.run_once()
        clock.forward(30)
    with store.reading() as unit:
        assert 10 == unit.outbox.waiting()
    with post_office() as office:
        present = worker(store, clock, office.settings())
        for _ in range(2 * HOUR // 60):
            present.run_once()
            clock.forward(60)
    assert 10 == len({one["Message-ID"] for one in office.taken}) == len(office.taken)


def test_a_cut_after_the_message_sends_it_again_under_its_name(store: Store, clock: Clock, office: PostOffice) -> None:
    """At least once: a mailbox that keeps one of each Message-ID keeps one."""
    queue(store, clock)
    office.cuts = 1
    delivery = worker(store, clock, office.settings())
    for wait in (0, 30, HOUR):
        clock.forward(wait)
        delivery.run_once()
    assert 2 == len(office.taken)
    assert 1 == len({one["Message-ID"] for one in office.taken})


def test_a_worker_that_dies_between_sending_and_marking_makes_one_duplicate(
    store: Store, clock: Clock, office: PostOffice
) -> None:
    """The next worker sends it once more, with the same Message-ID, and that is the end of it (R-34)."""
    queue(store, clock)
    with pytest.raises(Killed):
        worker(store, clock, office.settings(), Dying).run_once()
    survivor = worker(store, clock, office.settings())
    for wait in (0, 120, HOUR, HOUR):
        clock.forward(wait)
        survivor.run_once()
    assert 2 == len(office.taken)
    assert 1 == len({one["Message-ID"] for one in office.taken})


def test_a_server_that_hangs_does_not_keep_other_work_waiting(store: Store, clock: Clock) -> None:
    """The first message waits for the timeout; those behind it are put off at once, and what is no mail is done."""
    for number in range(20):
        queue(store, clock, number)
    with store.begin() as unit:
        unit.outbox.add("other", "other", {}, task_id="other", now=clock())
    done: list[str] = []
    with dripping(b"") as port:
        transport = SmtpTransport(PostOffice(port).settings(timeout=0.2), clock=clock)
        mailer = Mailer(store, transport, config.load(), TEMPLATES, clock)
        handlers = {MAIL: mailer.deliver, "other": lambda task: done.append(task.id)}
        OutboxDelivery(store, handlers, clock, AuditLog(store, clock)).run_once(30)
        with store.reading() as unit:
            met = {one.cause: one.count for one in unit.outbox.obstacles()}
    assert ["other"] == done
    assert {"SMTPServerDisconnected": 1, "server_rests": 19} == met
