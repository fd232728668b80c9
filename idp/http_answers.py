"""Answers of HTTP servers, read whole from a connection: status, headers, a bounded body (RFC 9112).

urllib3 and the standard library read headers as those of a mail, and hand a body on in pieces through six layers: most
of what a call cost (`docs/performance.md`). What may be read in two ways is not guessed at but refused: nobody whom the
house calls sends it. Interim answers (1xx) are skipped. For answers to GET and POST only.

A leaf: it knows a connection, and no more of who calls.
"""

import math
import re
import zlib
from collections.abc import Mapping
from dataclasses import field
from typing import Final, Protocol

from idp.records import dataclass

_OCTETS: Final = 16_384
"""Read at once."""
_MOST_HEAD: Final = 65_536
"""Octets of a status line with its headers, or of the line before a chunk."""
_MOST_INTERIM: Final = 10
"""Interim answers before the final one."""
_STATUS: Final = re.compile(r"HTTP/1\.([01]) ([1-9][0-9]{2})(?: [^\r\n\0]*)?")
_HEADER: Final = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n\0]*)")
_FOLD: Final = re.compile(r"\r\n[ \t]+")
"""A header that goes on in the next line: one space (RFC 9112 section 5.2)."""
_SIZE: Final = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?\r\n")
_KEPT: Final = re.compile(r"(?:^|[,;\s])timeout=\"?([0-9]{1,6})(?![0-9])", re.IGNORECASE)
_BODILESS: Final = frozenset({204, 304})
_GZIP_OR_ZLIB: Final = 32 + zlib.MAX_WBITS


class BrokenAnswer(OSError):
    """What came is no whole answer of HTTP/1.1."""


class TooLong(Exception):
    """The body is longer than asked for."""


class Readable(Protocol):
    """A connection that is open."""

    def recv(self, most: int, /) -> bytes:
        """Return what has come, so many octets at most; nothing where the other side has closed."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered.

    Args:
        status: of the final answer.
        headers: by name in lower case; those of one name in one, with commas between them.
        body: without any coding of its transfer.
        reusable: the connection is at the answer's end and stays open.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    reusable: bool

    @property
    def media_type(self) -> str:
        """The media type in lower case, without parameters; empty where it is not said."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def kept_for(self) -> float:
        """Seconds for which the server keeps a connection that rests (`Keep-Alive`, RFC 2068 section 19.7.1.1).

        Infinite where it does not say.
        """
        said = _KEPT.search(self.headers.get("keep-alive", ""))
        return math.inf if said is None else float(said[1])


def read(connection: Readable, most: int) -> Answer:
    """Read the answer to the request that was just sent.

    Args:
        connection: on which nothing else comes.
        most: octets of the longest body, after it was unpacked too.

    Raises:
        TooLong: the body is longer.
        BrokenAnswer: it ended early, or is not understood.
        OSError: the connection failed.
    """
    incoming = _Incoming(connection)
    for _ in range(1 + _MOST_INTERIM):
        minor, status, headers = _head(incoming.until(b"\r\n\r\n"))
        if status == 101:
            raise BrokenAnswer("another protocol that nobody asked for")
        if status >= 200:
            break
    else:
        raise BrokenAnswer("interim answers without an end")
    body, framed = _body(incoming, status, headers, most)
    coding = headers.get("content-encoding", "identity").lower()
    if coding != "identity" and body:
        body = _unpacked(body, coding, most)
    lasting = minor == "1" and "close" not in headers.get("connection", "").lower()
    return Answer(status, headers, body, framed and lasting and not incoming.held)


class _Incoming:
    """What has come on a connection and is not taken yet."""

    def __init__(self, connection: Readable) -> None:
        self._connection = connection
        self.held = b""

    def until(self, mark: bytes) -> bytes:
        """Take everything up to a mark, with it."""
        while (at := self.held.find(mark)) < 0:
            if len(self.held) > _MOST_HEAD:
                raise BrokenAnswer("a head without an end")
            self._more()
        taken, self.held = self.held[: at + len(mark)], self.held[at + len(mark) :]
        return taken

    def exactly(self, count: int) -> bytes:
        """Take so many octets."""
        parts, missing = [self.held], count - len(self.held)
        while missing > 0:
            self._more(held=b"")
            parts.append(self.held)
            missing -= len(self.held)
        whole = b"".join(parts)
        self.held = whole[count:]
        return whole[:count]

    def rest(self, most: int) -> bytes:
        """Take everything until the other side closes."""
        whole = bytearray(self.held)
        while len(whole) <= most and (more := self._connection.recv(_OCTETS)):
            whole += more
        if len(whole) > most:
            raise TooLong
        self.held = b""
        return bytes(whole)

    def _more(self, held: bytes | None = None) -> None:
        more = self._connection.recv(_OCTETS)
        if not more:
            raise BrokenAnswer("closed in the middle of an answer")
        self.held = (self.held if held is None else held) + more


def _head(octets: bytes) -> tuple[str, int, dict[str, str]]:
    """Return the minor version, the status and the headers."""
    first, *lines = _FOLD.sub(" ", octets[:-4].decode("latin-1")).split("\r\n")
    status = _STATUS.fullmatch(first)
    if status is None:
        raise BrokenAnswer("no status line")
    headers: dict[str, str] = {}
    for line in lines:
        header = _HEADER.fullmatch(line)
        if header is None:
            raise BrokenAnswer("a line that is no header")
        name, value = header[1].lower(), header[2].rstrip(" \t")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return status[1], int(status[2]), headers


def _body(incoming: _Incoming, status: int, headers: Mapping[str, str], most: int) -> tuple[bytes, bool]:
    """Return the body and whether its end was told, not only seen (RFC 9112 section 6.3)."""
    coding, length = headers.get("transfer-encoding"), headers.get("content-length")
    if status in _BODILESS:
        return b"", True
    if coding is not None:
        if coding.lower() != "chunked":
            raise BrokenAnswer("a body that does not tell where it ends")
        # Of two ends that are told the chunks' counts, and nothing that follows is believed.
        return _chunks(incoming, most), length is None
    if length is None:
        return incoming.rest(most), False
    if not (length.isascii() and length.isdigit()):
        raise BrokenAnswer("no length")
    if len(length) > 15 or int(length) > most:
        raise TooLong
    return incoming.exactly(int(length)), True


def _chunks(incoming: _Incoming, most: int) -> bytes:
    """Return a body that came in chunks; what follows the last one is read and forgotten."""
    body = bytearray()
    while size := _size(incoming):
        if len(body) + size > most:
            raise TooLong
        body += incoming.exactly(size)
        if incoming.exactly(2) != b"\r\n":
            raise BrokenAnswer("a chunk longer than it says")
    follows = 0
    while (line := incoming.until(b"\r\n")) != b"\r\n":
        follows += len(line)
        if follows > _MOST_HEAD:
            raise BrokenAnswer("a trailer without an end")
    return bytes(body)


def _size(incoming: _Incoming) -> int:
    said = _SIZE.fullmatch(incoming.until(b"\r\n"))
    if said is None:
        raise BrokenAnswer("no chunk")
    return int(said[1], 16)


def _unpacked(body: bytes, coding: str, most: int) -> bytes:
    """Return what is inside a body that was packed though nobody asked for it, never more than may be."""
    if coding not in {"gzip", "x-gzip", "deflate"}:
        raise BrokenAnswer("a coding that is not known")
    unpacking = zlib.decompressobj(_GZIP_OR_ZLIB)
    try:
        found = unpacking.decompress(body, most + 1)
    except zlib.error as error:
        raise BrokenAnswer("not packed as it says") from error
    if len(found) > most:
        raise TooLong
    if not unpacking.eof or unpacking.unused_data:
        raise BrokenAnswer("packed, and not whole")
    return found
