"""The bench's own client reads what servers answer, and takes nothing for an answer that is none."""

from collections.abc import Iterator, Sequence
from typing import cast

import pytest

from bench.journeys.browser import Page
from bench.peers.wrk import Spoiled
from bench.wire import Wire, raw
from tests.support.raw_server import Answer, answer, raw_server

GET = raw("GET", "/", {"Host": "localhost"})


@pytest.mark.parametrize(
    ("parts", "body"),
    [
        (answer(b"hello"), b"hello"),
        ((b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\n", b"lo\r\n0\r\n\r\n"), b"hello"),
        ((b"HTTP/1.1 204 No Content\r\n\r\n",), b""),
    ],
)
def test_an_answer_is_read_to_its_end(parts: Sequence[bytes], body: bytes) -> None:
    """Two answers on one connection are each read whole, and told apart, whatever says where a body ends."""
    with raw_server(lambda _: parts) as server:
        wire = Wire(server.port)
        answers = [wire.ask(GET), wire.ask(GET)]
        wire.close()
    assert [body, body] == [one.body for one in answers]
    assert sum(map(len, parts)) == answers[0].octets
    assert 1 == server.connections


def test_an_answer_that_is_cut_is_none() -> None:
    """A server that leaves in the middle of an answer is an error, not a short answer."""

    def cut() -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhel"
        raise OSError("leaves")

    with raw_server(lambda _: cast("Answer", cut())) as server, pytest.raises(ConnectionError):
        Wire(server.port).ask(GET)


def test_the_form_of_a_page_is_found_by_what_is_in_it() -> None:
    """Of two forms the one with the text counts, with its hidden fields and its address; a page without it is wrong."""
    page = Page(
        "https://id.example.org/connexion/1",
        200,
        b'<form action="/a"><input type="hidden" name="csrf" value="x"></form>'
        b'<form method="post" action="/b?c=1&amp;d=2"><input type="hidden" name="csrf" value="y&#39;z">'
        b'<input name="dossier"><button id="sign-in"></button></form>',
    )
    assert ("https://id.example.org/b?c=1&d=2", {"csrf": "y'z"}) == page.form('id="sign-in"')
    with pytest.raises(Spoiled):
        page.form('id="other"')
