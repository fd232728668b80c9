"""How a message leaves: by SMTP, or as a file that the demonstration's mailbox shows."""

import hashlib
import os
import smtplib
import ssl
import tempfile
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Protocol

from idp import config


class MailFailed(Exception):
    """A message could not be handed over; the outbox will try again. The text holds no address."""


class Transport(Protocol):
    """Hands one message over."""

    def send(self, message: EmailMessage) -> None:
        """Return once the other side has taken it; raise `MailFailed` otherwise."""
        ...


class FileTransport:
    """Writes each message as one `.eml` file, whole or not at all; the same message twice is one file."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def send(self, message: EmailMessage) -> None:
        """Write the message, named after its Message-ID."""
        name = hashlib.sha256(str(message["Message-ID"]).encode()).hexdigest()[:32]
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            handle, draft = tempfile.mkstemp(dir=self._directory, suffix=".part")
            with os.fdopen(handle, "wb") as file:
                file.write(message.as_bytes(policy=SMTP))
            Path(draft).replace(self._directory / f"{name}.eml")
        except OSError as error:
            raise MailFailed(type(error).__name__) from error


class SmtpTransport:
    """Speaks SMTP, over TLS with a verified certificate unless the settings say none; a connection a message."""

    def __init__(self, settings: config.Mail) -> None:
        self._settings = settings
        self._password = config.read_secret(settings.password_file) if settings.password_file else None

    def send(self, message: EmailMessage) -> None:
        """Hand the message to the server of the settings."""
        try:
            with self._connect() as server:
                server.send_message(message)
        except (OSError, smtplib.SMTPException) as error:
            # The server's words may quote the address: its code and the error's name are enough.
            code = getattr(error, "smtp_code", "")
            raise MailFailed(f"{type(error).__name__} {code}".strip()) from error

    def _connect(self) -> smtplib.SMTP:
        settings = self._settings
        tls = ssl.create_default_context()
        server: smtplib.SMTP
        if settings.security == "tls":
            server = smtplib.SMTP_SSL(settings.host, settings.port, timeout=settings.timeout, context=tls)
        else:
            server = smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout)
        try:
            if settings.security == "starttls":
                server.starttls(context=tls)
            if settings.username is not None:
                server.login(settings.username, self._password or "")
        except (OSError, smtplib.SMTPException):
            server.close()
            raise
        return server


def transport_of(settings: config.Mail) -> Transport:
    """Return the transport the settings name.

    Raises:
        ConfigurationError: when the password file cannot be read.
    """
    return SmtpTransport(settings) if settings.transport == "smtp" else FileTransport(settings.directory)
