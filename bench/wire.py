"""A client that weighs next to nothing: one kept connection, whole requests out, whole answers in.

What the standard library's client spends on one request is more than what the fastest answers cost the server. Knows
what HTTP/1.1 servers of the bench answer with: a length, chunks, or no body.
"""

import socket
from dataclasses import dataclass
from typing import Final

LONGEST: Final = 30.0
"""Seconds without an octet after which a server counts as gone."""
_BODILESS: Final = frozenset({204, 304})


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: its status, its headers by lower-case name (all of one name), its body, and its size in octets."""

    status: int
    headers: dict[str, list[str]]
    body: bytes
    octets: int

    def header(self, name: str) -> str:
        """Return the first header of a name, or nothing."""
        return self.headers.get(name, [""])[0]


def raw(method: str, target: str, headers: dict[str, str], body: str = "") -> bytes:
    """Return a request as it goes over the wire."""
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    if body:
        lines.append(f"Content-Length: {len(body.encode())}")
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


class Wire:
    """One connection to a port of this machine, made anew where the server closed it between two requests."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None
        self._rest = b""

    def ask(self, request: bytes) -> Answer:
        """Send a request and return its answer.

        Raises:
            OSError: the server is gone, or closed in the middle of an answer.
        """
        kept = self._socket is not None
        try:
            return self._asked(request)
        except ConnectionError:
            self.close()
            if not kept or self._rest:
                raise
            return self._asked(request)

    def close(self) -> None:
        """Leave."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _asked(self, request: bytes) -> Answer:
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), LONGEST)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._rest = b""
        self._socket.sendall(request)
        head = self._until(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers: dict[str, list[str]] = {}
        for line in filter(None, lines):
            name, _, value = line.partition(":")
            headers.setdefault(name.lower(), []).append(value.strip())
        status = int(first.split(" ", 2)[1])
        body, octets = self._body(status, headers)
        if headers.get("connection", [""])[0].lower() == "close":
            self.close()
        return Answer(status, headers, body, len(head) + octets)

    def _body(self, status: int, headers: dict[str, list[str]]) -> tuple[bytes, int]:
        """Return the body and the octets that it took on the wire."""
        if status in _BODILESS:
            return b"", 0
        if "content-length" in headers:
            length = int(headers["content-length"][0])
            return self._exactly(length), length
        parts: list[bytes] = []
        octets = 0
        while True:
            size = self._until(b"\r\n")
            part = self._exactly(int(size.split(b";")[0], 16))
            octets += len(size) + len(part) + len(self._until(b"\r\n"))
            if not part:
                return b"".join(parts), octets
            parts.append(part)

    def _until(self, mark: bytes) -> bytes:
        while (end := self._rest.find(mark)) < 0:
            self._rest += self._more()
        found, self._rest = self._rest[: end + len(mark)], self._rest[end + len(mark) :]
        return found

    def _exactly(self, length: int) -> bytes:
        while len(self._rest) < length:
            self._rest += self._more()
        found, self._rest = self._rest[:length], self._rest[length:]
        return found

    def _more(self) -> bytes:
        assert self._socket is not None  # noqa: S101 - opened by whoever asks
        if not (octets := self._socket.recv(65536)):
            raise ConnectionResetError("closed in the middle of an answer" if self._rest else "closed")
        return octets
