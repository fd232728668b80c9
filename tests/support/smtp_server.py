"""A real SMTP server (aiosmtpd) that refuses, delays and cuts as it is told, and one that only listens."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Literal

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from idp import config
from tests.support.processes import free_port

Security = Literal["none", "starttls", "tls"]
Verb = Literal["RCPT", "DATA", "QUIT"]
_USUAL = {"RCPT": "250 OK", "DATA": "250 taken", "QUIT": "221 Bye"}
USER, PASSWORD = "idp", "a relay's password"


@dataclass
class PostOffice:
    """What an SMTP server does: `answers` are given in their order, each once; then it takes everything."""

    port: int
    answers: dict[Verb, list[str]] = field(default_factory=dict)
    cuts: int = 0
    """How many times the connection ends between a message and the answer to it."""
    taken: list[EmailMessage] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    """The verb of each command that got an answer of ours."""

    def settings(self, **changes: Any) -> config.Mail:
        """Return settings that send mail here."""
        base = {"transport": "smtp", "host": "127.0.0.1", "port": self.port, "security": "none", "timeout": 3}
        return config.load(mail={**base, **changes}).mail

    async def handle_RCPT(  # noqa: N802 - the server's name for it
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take a recipient or not."""
        answer = self._answer("RCPT")
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        """Take a message or not, or take it and vanish."""
        answer = self._answer("DATA")
        if answer.startswith("2"):
            content = envelope.content if isinstance(envelope.content, bytes) else b""
            self.taken.append(message_from_bytes(content, EmailMessage, policy=policy.default))
        if self.cuts and isinstance(server.transport, asyncio.WriteTransport):
            self.cuts -= 1
            server.transport.abort()
        return answer

    async def handle_QUIT(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802 - as above
        """Say goodbye."""
        return self._answer("QUIT")

    def _answer(self, verb: Verb) -> str:
        self.asked.append(verb)
        waiting = self.answers.get(verb, [])
        return waiting.pop(0) if waiting else _USUAL[verb]


def _authenticate(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
    right = isinstance(data, LoginPassword) and data == LoginPassword(USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=False)


@contextmanager
def post_office(
    security: Security = "none", certificate: Path | None = None, *, private: bool = False
) -> Iterator[PostOffice]:
    """Run a server.

    Args:
        security: how it speaks TLS, with the key and certificate in `certificate`.
        certificate: a PEM file.
        private: it takes mail from `USER` with `PASSWORD` only; with `starttls`, which aiosmtpd wants for that.
    """
    office = PostOffice(free_port())
    options: dict[str, Any] = {}
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        options = {"ssl_context": context} if security == "tls" else {"tls_context": context, "require_starttls": True}
    if private:
        options |= {"authenticator": _authenticate, "auth_required": True}
    server = Controller(office, hostname="127.0.0.1", port=office.port, **options)
    server.start()
    try:
        yield office
    finally:
        server.stop()


@contextmanager
def dripping(first: bytes, drop: bytes = b"", every: float = 0.05) -> Iterator[int]:
    """Run a server that says `first`, then `drop` for ever; yield its port. Without a drop it hangs."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.1)

        def serve() -> None:
            while not over.is_set():
                with suppress(OSError):
                    _drip(listener.accept()[0], over, first, drop, every)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            over.set()
            thread.join()


def _drip(client: socket.socket, over: threading.Event, first: bytes, drop: bytes, every: float) -> None:
    with client:
        client.sendall(first)
        while not over.wait(every):
            if drop:
                client.sendall(drop)
