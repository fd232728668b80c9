"""Messages to members: templates to an e-mail, when the outbox's turn comes.

The address is read when the message leaves, so that it goes to the present one, and never stands in the outbox.
"""

import hashlib
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import jinja2

from idp.clock import Clock
from idp.config import Settings
from idp.members.transports import Transport
from idp.moments import moment
from idp.store.accounts import Account
from idp.store.db import Store
from idp.store.outbox import Task, Undelivered

log = logging.getLogger("idp.mail")


class UnusableAddress(Undelivered):
    """An address that may not stand in a header (N-132); no trying again makes it one."""

    def __init__(self) -> None:
        super().__init__("unusable_address", patience=0)


class Mailer:
    """Delivers the outbox's `mail` tasks.

    Args:
        store: where accounts are.
        transport: how messages leave.
        settings: issuer, sender, and what to tell a member who needs a person.
        templates: the directory that holds `mail/NAME.subject.txt`, `.txt` and `.html`.
        clock: present time.
        gettext: returns the translator of a locale; templates call it as `_`.
    """

    def __init__(
        self,
        store: Store,
        transport: Transport,
        settings: Settings,
        templates: Path,
        clock: Clock,
        gettext: Callable[[str], Callable[[str], str]] = lambda _locale: str,
    ) -> None:
        self._store = store
        self._transport = transport
        self._settings = settings
        self._clock = clock
        self._gettext = gettext
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(templates),
            autoescape=jinja2.select_autoescape(enabled_extensions=("html",)),
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters["moment"] = lambda seconds, locale: moment(int(seconds), locale)

    def deliver(self, task: Task) -> bool:
        """Send the message of one task; False where it is dropped: the member has no address any more.

        Raises:
            MailFailed: not handed over; try again later.
            jinja2.TemplateError: the template is missing or wants a value it was not given.
            UnusableAddress: it is none; the task is over, and told as given up.
            Unavailable: the account could not be read.
        """
        account_id = str(task.payload["account_id"])
        with self._store.reading() as unit:
            account = unit.accounts.by_id(account_id)
        if account is None or not account.email:
            log.info("message dropped, no address template=%s account_id=%s", task.payload["template"], account_id)
            return False
        message = self.compose(account, str(task.payload["template"]), task.payload["values"], task.key)
        self._transport.send(message)
        return True

    def compose(self, account: Account, template: str, values: Mapping[str, Any], key: str) -> EmailMessage:
        """Build a message. The same `key` gives the same Message-ID, so that a repetition can be told.

        Raises:
            UnusableAddress: the account's address cannot stand in a header.
        """
        host = self._settings.mail.sender.rpartition("@")[2]
        context = self._context(account, values)
        message = EmailMessage(policy=SMTP)
        message["From"] = Address("CARPIMKO", addr_spec=self._settings.mail.sender)
        message["To"] = _address(account.email or "")
        # One line whatever the values hold: a line break would start another header.
        message["Subject"] = " ".join(self._render(template, "subject.txt", context).split())
        message["Date"] = format_datetime(datetime.fromtimestamp(self._clock(), UTC))
        message["Message-ID"] = f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{host}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(self._render(template, "txt", context))
        message.add_alternative(self._render(template, "html", context), subtype="html")
        # Last: setting the content takes every header away that speaks of content.
        message["Content-Language"] = account.locale
        return message

    def _context(self, account: Account, values: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "_": self._gettext(account.locale),
            "lang": account.locale,
            "name": account.display_name,
            "issuer": self._settings.issuer,
            "help": self._settings.help,
            **values,
        }

    def _render(self, template: str, part: str, context: Mapping[str, Any]) -> str:
        return self._environment.get_template(f"mail/{template}.{part}").render(context)


def _address(text: str) -> Address:
    if not text.isprintable() or text.count("@") != 1:
        raise UnusableAddress
    try:
        return Address(addr_spec=text)
    except (ValueError, IndexError, MessageError) as error:
        raise UnusableAddress from error
