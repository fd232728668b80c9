"""Answers of HTTP servers, whole and broken, all at once and octet by octet."""

import gzip
import math
import zlib

import pytest

from idp.http_answers import Answer, BrokenAnswer, TooLong, read

MOST = 1000
OK = b"HTTP/1.1 200 OK\r\n"


class Coming:
    """A connection on which octets come, so many at a time, and which is then closed."""

    def __init__(self, octets: bytes, at_once: int) -> None:
        self._octets, self._at_once = octets, at_once

    def recv(self, most: int, /) -> bytes:
        """Return the next of them."""
        count = min(most, self._at_once)
        taken, self._octets = self._octets[:count], self._octets[count:]
        return taken


@pytest.fixture(params=[1, 7, 100_000])
def at_once(request: pytest.FixtureRequest) -> int:
    """How many octets come at a time."""
    count: int = request.param
    return count


def chunked(*chunks: bytes, after: bytes = b"") -> bytes:
    """Return a body in chunks."""
    return b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in (*chunks, b""))[:-2] + after + b"\r\n"


@pytest.mark.parametrize(
    ("sent", "body", "reusable"),
    [
        (OK + b"Content-Length: 5\r\n\r\nabcde", b"abcde", True),
        (OK + b"content-length:5\t\r\n\r\nabcde", b"abcde", True),
        (OK + b"Content-Length: 0\r\n\r\n", b"", True),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(b"abc", b"de"), b"abcde", True),
        (OK + b"Transfer-Encoding: Chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nX-After: 1\r\n\r\n", b"abc", True),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b"", True),
        (b"HTTP/1.1 304 \r\nContent-Length: 50\r\n\r\n", b"", True),
        (b"HTTP/1.1 100 Go on\r\n\r\nHTTP/1.1 103 Hint\r\n\r\n" + OK + b"Content-Length: 1\r\n\r\na", b"a", True),
        (OK + b"Connection: Close\r\nContent-Length: 1\r\n\r\na", b"a", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na", b"a", False),
        (b"HTTP/1.1 200\r\n\r\nuntil it closes", b"until it closes", False),
        (OK + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(b"abc"), b"abc", False),
    ],
)  # fmt: skip
def test_a_body_ends_where_the_server_says(sent: bytes, body: bytes, reusable: bool, at_once: int) -> None:
    """And the connection goes on only where that is sure, and wished on both sides."""
    answer = read(Coming(sent, at_once), MOST)
    assert (body, reusable) == (answer.body, answer.reusable)


def test_headers_are_found_by_name(at_once: int) -> None:
    """In any case, several of one name together, one that goes on in the next line with a space."""
    sent = b"HTTP/1.1 404 Nicht da\r\nA: 1\r\na: 2\r\nFolded: so\r\n \twie so\r\nEmpty:\r\nContent-Length: 0\r\n\r\n"
    answer = read(Coming(sent, at_once), MOST)
    assert (404, {"a": "1, 2", "folded": "so wie so", "empty": "", "content-length": "0"}) == (
        answer.status,
        answer.headers,
    )


@pytest.mark.parametrize("said", ["application/jwt", "Application/JWT ; charset=utf-8"])
def test_the_media_type_stands_alone(said: str) -> None:
    """In lower case, whatever parameters follow."""
    assert "application/jwt" == Answer(200, {"content-type": said}, b"", reusable=True).media_type
    assert "" == Answer(200, {}, b"", reusable=True).media_type


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("timeout=5", 5),
        ("max=100, Timeout=15", 15),
        ('timeout="7"', 7),
        ("timeout=5, max=100", 5),
        ("", math.inf),
        ("max=3", math.inf),
        ("timeout=soon", math.inf),
        ("timeout=99999999", math.inf),
        ("othertimeout=3", math.inf),
    ],
)
def test_how_long_a_connection_is_kept(said: str, seconds: float) -> None:
    """As far as the server says it."""
    assert seconds == Answer(200, {"keep-alive": said}, b"", reusable=True).kept_for


def test_nothing_may_follow_an_answer() -> None:
    """What nobody asked for would be taken for the answer to the next request."""
    answer = read(Coming(OK + b"Content-Length: 1\r\n\r\na" + OK, 100_000), MOST)
    assert (b"a", False) == (answer.body, answer.reusable)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        OK + b"Content-Length: 5\r\n\r\nabc",
        OK + b"Content-Length: -1\r\n\r\n",
        OK + b"Content-Length: 1, 2\r\n\r\na",
        OK + "Content-Length: ²\r\n\r\na".encode("latin-1"),
        OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + chunked(b"a"),
        OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nabcde",
        OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabcde\r\n0\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\nx\r\nabc\r\n0\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n-1\r\nabc\r\n0\r\n\r\n",
        OK + b"No header\r\n\r\n",
        OK + b"Name : value\r\n\r\n",
        OK + b"Name: a\0b\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + OK + b"\r\n",
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 11 + OK + b"Content-Length: 0\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"A: b\r\n" * 20_000 + b"\r\n",
        OK + b"X: " + b"a" * 100_000 + b"\r\n\r\n",
        OK + b"Content-Encoding: br\r\nContent-Length: 1\r\n\r\na",
        OK + b"Content-Encoding: gzip\r\nContent-Length: 1\r\n\r\na",
        OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"abc", mtime=0)[:-4],
        OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"abc", mtime=0) + b"d",
    ],
)
def test_what_is_no_answer(sent: bytes, at_once: int) -> None:
    """Half an answer is none, and what may be read in two ways is read in neither."""
    with pytest.raises(BrokenAnswer):
        read(Coming(sent, at_once), MOST)


@pytest.mark.parametrize(
    "sent",
    [
        OK + b"Content-Length: 1001\r\n\r\n",
        OK + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n",
        OK + b"\r\n" + b"a" * 1001,
        OK + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(b"a" * 600, b"a" * 401),
        OK + b"Transfer-Encoding: chunked\r\n\r\nfffffffff\r\n",
        OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"a" * 1001, mtime=0),
    ],
)
def test_a_body_is_bounded(sent: bytes, at_once: int) -> None:
    """However it ends, and after it was unpacked too."""
    with pytest.raises(TooLong):
        read(Coming(sent, at_once), MOST)


@pytest.mark.parametrize(
    ("coding", "packed"),
    [("gzip", gzip.compress(b"a" * MOST, mtime=0)), ("deflate", zlib.compress(b"a" * MOST)), ("identity", b"a" * MOST)],
)
def test_a_packed_body_is_unpacked(coding: str, packed: bytes, at_once: int) -> None:
    """Though none was asked for."""
    sent = OK + f"Content-Encoding: {coding}\r\nContent-Length: {len(packed)}\r\n\r\n".encode() + packed
    assert b"a" * MOST == read(Coming(sent, at_once), MOST).body
