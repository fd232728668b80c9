"""Messages to members."""

import email
import email.policy
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest

from idp import config
from idp.members.mail import Mailer, UnusableAddress
from idp.members.transports import FileTransport, MailFailed
from idp.store.db import Store
from idp.store.outbox import Task
from tests.support.records import PARTICULARS, with_account

NOW = 1_000_000_000
TASK = Task(
    id="task",
    kind="mail",
    key="linked:1",
    payload={
        "account_id": "account",
        "template": "test",
        "values": {"provider": "France<Connect>\r\nBcc: all@example.org", "linked_at": str(NOW)},
    },
    created_at=NOW,
    attempts=1,
)


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    """A folder with one message of our own."""
    folder = tmp_path / "templates" / "mail"
    folder.mkdir(parents=True)
    (folder / "test.subject.txt").write_text("{{ _('Bonjour') }} {{ provider }}", encoding="utf-8")
    (folder / "test.txt").write_text("{{ name }}, {{ provider }}, {{ linked_at | moment(lang) }}", encoding="utf-8")
    (folder / "test.html").write_text("<p>{{ provider }}</p>", encoding="utf-8")
    return folder.parent


@pytest.fixture
def mailbox(tmp_path: Path) -> Path:
    """Where the file transport writes."""
    return tmp_path / "mailbox"


@pytest.fixture
def mailer(store: Store, templates: Path, mailbox: Path) -> Mailer:
    """A mailer over files."""
    return Mailer(store, FileTransport(mailbox), config.load(), templates, lambda: NOW)


def _read(path: Path) -> EmailMessage:
    return email.message_from_bytes(path.read_bytes(), EmailMessage, policy=email.policy.default)


def test_a_message_is_rendered_for_its_member(store: Store, mailer: Mailer, mailbox: Path) -> None:
    """Text and HTML, the present address, and headers that say no person wrote it."""
    with_account(store)
    mailer.deliver(TASK)
    (path,) = mailbox.iterdir()
    message = _read(path)
    assert message["To"] == "angela@example.org"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"].datetime.timestamp() == NOW
    text, html = (part.get_content() for part in message.iter_parts())
    assert "Angela DUBOIS" in text
    assert "9 septembre 2001" in text
    assert "03:46" in text
    assert "France&lt;Connect&gt;" in html


def test_a_value_cannot_add_a_header(store: Store, mailer: Mailer, mailbox: Path) -> None:
    """A line break in a subject is a space, never another header (N-132)."""
    with_account(store)
    mailer.deliver(TASK)
    (path,) = mailbox.iterdir()
    message = _read(path)
    assert message["Bcc"] is None
    assert message["Subject"] == "Bonjour France<Connect> Bcc: all@example.org"


@pytest.mark.parametrize(
    "address", ["a@example.org\r\nBcc: b@example.org", "a@b@example.org", "nobody", "a b@example.org", "@", "a@e\n"]
)
def test_an_address_that_could_be_two_is_refused(store: Store, mailer: Mailer, address: str) -> None:
    """Whatever an import brought, one recipient or none (N-132)."""
    account = with_account(store, replace(PARTICULARS, email=address))
    with pytest.raises(UnusableAddress):
        mailer.compose(account, "test", TASK.payload["values"], "key")


def test_the_same_task_twice_is_one_file(store: Store, mailer: Mailer, mailbox: Path) -> None:
    """A repetition has the same Message-ID."""
    with_account(store)
    mailer.deliver(TASK)
    mailer.deliver(TASK)
    assert len(list(mailbox.iterdir())) == 1


def test_a_member_without_an_address_gets_nothing(store: Store, mailer: Mailer, mailbox: Path) -> None:
    """The task is over: nothing will change by trying again."""
    with_account(store, replace(PARTICULARS, email=None))
    mailer.deliver(TASK)
    assert not mailbox.exists()


def test_a_mailbox_that_cannot_be_written_is_a_failure(store: Store, mailer: Mailer, mailbox: Path) -> None:
    """The outbox is told, and keeps the message."""
    with_account(store)
    mailbox.write_text("in the way", encoding="utf-8")
    with pytest.raises(MailFailed):
        mailer.deliver(TASK)


@pytest.mark.parametrize(("locale", "hello"), [("fr", "Bonjour"), ("en", "Hello")])
def test_the_messages_of_the_house_are_whole(store: Store, tmp_path: Path, locale: str, hello: str) -> None:
    """Every template finds the values it wants, in both languages."""
    account = with_account(store, replace(PARTICULARS, locale=locale))
    house = Path(__file__).parents[2] / "templates"
    mailer = Mailer(store, FileTransport(tmp_path), config.load(), house, lambda: NOW)
    values = {"provider": "FranceConnect", "dossier": "1234567", "linked_at": str(NOW)}
    message = mailer.compose(account, "linked", values, "key")
    text, html = (part.get_content() for part in message.iter_parts())
    assert hello in text
    assert "2001" in text
    assert "2001" in html
    assert "1234567" not in text + html
