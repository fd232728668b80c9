"""How a message leaves: by SMTP, or as a file that the demonstration's mailbox shows."""

import hashlib
import os
import re
import smtplib
import socket
import ssl
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any, Final, Protocol

from idp import config
from idp.store.outbox import PATIENCE, Undelivered

REFUSED_PATIENCE: Final = 3600
"""Seconds for which a message that was refused for good is offered again: servers say so by mistake, and mend it."""

_WHOLE: Final = 60.0
"""Seconds that one message may take, however slowly the server answers; well below the lease of its task."""

_REST: Final = 30.0
"""Seconds for which a server that does not answer is left alone, so that other work is not kept waiting by it."""

_ENHANCED: Final = re.compile(rb"[245]\.\d{1,3}\.\d{1,3}\b")
"""An enhanced status code (RFC 3463), which says more than the reply's own three digits."""


class MailFailed(Undelivered):
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
    """Speaks SMTP, over TLS with a verified certificate unless the settings say none; a connection a message.

    A server that takes a message and is cut off before it can say so gets it again, under the same Message-ID: there
    is no way to know (RFC 1047).

    Args:
        settings: the server and how to speak to it; a password is for a server over TLS only.
        whole: seconds that one message may take from the connection on.
        clock: seconds that only go forward.
    """

    def __init__(
        self, settings: config.Mail, *, whole: float = _WHOLE, clock: Callable[[], float] = time.monotonic
    ) -> None:
        if settings.username is not None and settings.security == "none":
            raise config.ConfigurationError(["mail.username: its password would go in plain text; set mail.security"])
        self._settings = settings
        self._password = config.read_secret(settings.password_file) if settings.password_file else None
        self._whole = whole
        self._clock = clock
        self._rests_until = float("-inf")

    def send(self, message: EmailMessage) -> None:
        """Hand the message to the server of the settings."""
        if self._clock() < self._rests_until:
            raise MailFailed("server_rests")
        try:
            with self._connected() as server:
                _hand_over(server, message)
        except MailFailed:
            raise
        except OSError as error:  # smtplib's errors too
            self._rests_until = self._clock() + _REST
            raise MailFailed(_cause(error)) from error

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        settings, tls = self._settings, ssl.create_default_context()
        place = (settings.host, settings.port)
        server: _Bounded
        if settings.security == "tls":
            server = _BoundedTls(self._whole, *place, timeout=settings.timeout, context=tls)
        else:
            server = _Bounded(self._whole, *place, timeout=settings.timeout)
        try:
            if settings.security == "starttls":
                server.starttls(context=tls)
            if settings.username is not None:
                server.login(settings.username, self._password or "")
            yield server
            # The message is theirs: whatever they answer to a goodbye must not send it again.
            with suppress(OSError):
                server.quit()
        finally:
            server.close()


class _Bounded(smtplib.SMTP):
    """A conversation that is cut after `whole` seconds.

    smtplib's timeout is for each packet: an answer that comes drop by drop would hold the worker for hours.
    """

    def __init__(self, whole: float, *place: Any, **options: Any) -> None:
        self._watch = threading.Timer(whole, self._cut)
        self._watch.daemon = True
        self._watch.start()
        try:
            super().__init__(*place, **options)
        except BaseException:
            self._watch.cancel()
            raise

    def close(self) -> None:
        """Leave, and let the watch go."""
        self._watch.cancel()
        super().close()

    def _cut(self) -> None:
        if self.sock is not None:
            with suppress(OSError):
                # The plain socket's shutdown: that of TLS would take the connection from under the waiting reader.
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)


class _BoundedTls(_Bounded, smtplib.SMTP_SSL):
    """The same, over TLS from the first octet."""


def _hand_over(server: smtplib.SMTP, message: EmailMessage) -> None:
    """Give one message to a server that is ready for it.

    Raises:
        MailFailed: the server, which works, does not want this message now or ever.
        OSError: the server does not work.
    """
    try:
        server.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        code, words = next(iter(error.recipients.values()))
        raise _refusal(error, code, words) from error
    except smtplib.SMTPDataError as error:
        raise _refusal(error, error.smtp_code, error.smtp_error) from error
    except smtplib.SMTPNotSupportedError as error:
        # An address beyond ASCII, and a server that cannot carry one (RFC 6531).
        raise MailFailed(type(error).__name__, REFUSED_PATIENCE) from error


def _refusal(error: smtplib.SMTPException, code: int, words: bytes | str) -> MailFailed:
    # 5yz is for good, 4yz means later, as a server says to strangers that it greylists (RFC 5321 section 4.2.1).
    return MailFailed(_cause(error, code, words), REFUSED_PATIENCE if code >= 500 else PATIENCE)


def _cause(error: OSError, code: int | None = None, words: bytes | str | None = None) -> str:
    """Return the error's name and its codes. Not the server's words, which may quote the address."""
    if isinstance(error, smtplib.SMTPResponseException):
        code, words = error.smtp_code, error.smtp_error
    said = words.encode() if isinstance(words, str) else words or b""
    enhanced = _ENHANCED.match(said)
    parts = (type(error).__name__, str(code or ""), enhanced[0].decode() if enhanced else "")
    return " ".join(part for part in parts if part)


def transport_of(settings: config.Mail) -> Transport:
    """Return the transport the settings name.

    Raises:
        ConfigurationError: when the password file cannot be read, or the password would go in plain text.
    """
    return SmtpTransport(settings) if settings.transport == "smtp" else FileTransport(settings.directory)
