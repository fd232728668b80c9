"""The suite's own web server on https: it shows the documents that the provider fetches, and notes what it is sent."""

import ssl
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.support.certificates import Authority


@dataclass(frozen=True, slots=True)
class Received:
    """One request that came in."""

    method: str
    target: str
    content_type: str
    body: bytes


@dataclass(slots=True)
class _Shelf:
    documents: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)


class _Server(ThreadingHTTPServer):
    """A thread for each connection; one that breaks off, as of a browser that asks about the certificate, is over."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing."""


class Documents:
    """Listens on a free port of the loopback, with a certificate of an authority of its own, until it is stopped."""

    def __init__(self, folder: Path) -> None:
        made = Authority.create(folder)
        self.authority = made.file
        self._shelf = _Shelf()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(made.vouches_for("127.0.0.1", folder))
        self._server = _Server(("127.0.0.1", 0), _handler(self._shelf))
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        """Its address, without a path."""
        return f"https://127.0.0.1:{self._server.server_address[1]}"

    def show(self, path: str, content: str | bytes, content_type: str = "application/json") -> str:
        """Show a document at a path, in place of what was there; return its address."""
        body = content.encode() if isinstance(content, str) else content
        self._shelf.documents[path] = (content_type, body)
        return self.url + path

    def received(self, path: str) -> list[Received]:
        """Return what came to a path so far."""
        return [one for one in self._shelf.received if urlsplit(one.target).path == path]

    def waits_for(self, path: str, seconds: float = 10) -> Received:
        """Return the first request to a path, once it is there."""
        deadline = time.monotonic() + seconds
        while not self.received(path):
            assert time.monotonic() < deadline, f"nothing came to {path}"
            time.sleep(0.02)
        return self.received(path)[0]

    def stop(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


def _handler(shelf: _Shelf) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Answers from the shelf."""

        timeout = 10

        def do_GET(self) -> None:
            self._note(b"")
            found = shelf.documents.get(urlsplit(self.path).path)
            self._answer(404, "text/plain", b"") if found is None else self._answer(200, *found)

        def do_POST(self) -> None:
            self._note(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
            self._answer(200, "text/plain", b"")

        def log_message(self, *_arguments: Any) -> None:
            """Say nothing."""

        def _note(self, body: bytes) -> None:
            kind = self.headers.get("Content-Type", "")
            shelf.received.append(Received(self.command, self.path, kind, body))

        def _answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler
