"""A small HTTP server that sends exactly the bytes it is told, at the pace it is told."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

Answer = Sequence[bytes | float]
"""Parts of an answer: bytes to send, or seconds to wait."""
ENDLESS: Final = 3600.0
"""Seconds of silence: who waits for their end meets the time limit of the tests."""


def dripping(drop: bytes) -> Answer:
    """Return what never ends either: a drop, and another."""
    return (drop, 0.1) * 36_000


def answer(
    body: bytes, *, status: str = "200 OK", headers: Sequence[str] = ("Content-Type: application/json",)
) -> Answer:
    """Return an ordinary answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return ("\r\n".join(lines).encode() + body,)


@dataclass
class RawServer:
    """Answers each request with what `reply` returns for its path; counts paths and connections."""

    port: int
    reply: Callable[[str], Answer]
    paths: list[str] = field(default_factory=list)
    connections: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def address(self) -> str:
        """The server's URL."""
        return f"http://127.0.0.1:{self.port}"

    def serve(self, client: socket.socket) -> None:
        """Answer on one connection until the other side leaves."""
        self.connections += 1
        with suppress(OSError), client:
            while request := self._request(client):
                path = request.split(b" ")[1].decode()
                self.paths.append(path)
                for part in self.reply(path):
                    if isinstance(part, bytes):
                        client.sendall(part)
                    elif self.over.wait(part):
                        return

    def _request(self, client: socket.socket) -> bytes:
        received = b""
        while b"\r\n\r\n" not in received:
            chunk = client.recv(4096)
            if not chunk:
                return b""
            received += chunk
        return received


@contextmanager
def raw_server(reply: Callable[[str], Answer], *, certificate: Path | None = None) -> Iterator[RawServer]:
    """Run a raw server on a loopback port while the block runs; over TLS with a file of key and certificate."""
    tls = None
    if certificate is not None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)
    listener = socket.create_server(("127.0.0.1", 0))
    server = RawServer(listener.getsockname()[1], reply)

    def accept() -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                threading.Thread(target=begin, args=(client,), daemon=True).start()

    def begin(client: socket.socket) -> None:
        with suppress(OSError):
            server.serve(client if tls is None else tls.wrap_socket(client, server_side=True))

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
