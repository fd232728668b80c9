"""The question to a third party: in time, in size, to the configured address only."""

import threading
import time

import pytest

from idp.services.captcha.siteverify import NoAnswer, Siteverify
from tests.services.captcha.conftest import Endpoint
from tests.support.raw_server import ENDLESS, Answer, answer, dripping, raw_server


def ask(address: str, timeout: float = 2) -> dict[str, object]:
    """Ask an address."""
    return dict(Siteverify(address, "our-secret", timeout).ask({"response": "t"}))


def test_a_verdict_is_handed_back(endpoint: Endpoint) -> None:
    """An answer is a JSON object with `success`; refusals may come with 400."""
    endpoint.verdict, endpoint.status = {"success": False}, 400
    assert {"success": False} == ask(endpoint.address)


@pytest.mark.parametrize("status", [204, 302, 404, 429, 500, 503])
def test_another_status_is_no_answer(endpoint: Endpoint, status: int) -> None:
    """Even with a body that says yes."""
    endpoint.status = status
    with pytest.raises(NoAnswer, match=f"status {status}"):
        ask(endpoint.address)


def test_a_redirect_is_not_followed(endpoint: Endpoint) -> None:
    """The secret is sent to one address only."""
    endpoint.status = 307
    endpoint.headers = {"Location": endpoint.address}
    with pytest.raises(NoAnswer, match="status 307"):
        ask(endpoint.address)
    assert 1 == len(endpoint.asked)


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"true", b"{}", b'{"success": "true"}', b'{"success": 1}', b"\xff", b"[" * 60_000]
)
def test_what_is_no_verdict_is_no_answer(endpoint: Endpoint, body: bytes) -> None:
    """Only a JSON `true` is a yes."""
    endpoint.verdict = body
    with pytest.raises(NoAnswer):
        ask(endpoint.address)


def test_a_large_answer_is_not_read_to_its_end(endpoint: Endpoint) -> None:
    """Past 64 KiB nothing honest follows."""
    endpoint.verdict = b'{"success": true, "x": "' + b"a" * 100_000 + b'"}'
    with pytest.raises(NoAnswer, match="too large"):
        ask(endpoint.address)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n"


@pytest.mark.parametrize(
    "parts",
    [
        (ENDLESS,),
        (HEAD, ENDLESS),
        (HEAD, *dripping(b"X-A: b\r\n")),
        (HEAD, b"\r\n", *dripping(b" ")),
    ],
    ids=["silent", "half a head", "dripping head", "dripping body"],
)
def test_the_whole_question_has_one_deadline(parts: Answer) -> None:
    """Silence and drops alike end at the deadline, for they have no end of their own."""
    with raw_server(lambda _: parts) as server, pytest.raises(NoAnswer):
        ask(server.address, timeout=0.4)


def test_a_verdict_in_chunks_is_read() -> None:
    """A body without a length is read to its end."""
    body = b'{"success": true}'
    chunked = b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    with raw_server(lambda _: (b"HTTP/1.1 200 OK\r\n" + chunked,)) as server:
        assert {"success": True} == ask(server.address)


def test_a_verdict_cut_in_the_middle_is_no_answer() -> None:
    """A body shorter than announced says nothing."""
    short = b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\nConnection: close\r\n\r\n" + b'{"success": true}'
    with raw_server(lambda _: (short,)) as server, pytest.raises(NoAnswer):
        ask(server.address, timeout=0.5)


def test_nobody_listening_is_no_answer(free_port: int) -> None:
    """A refused connection is an outage, not an exception of the HTTP library."""
    with pytest.raises(NoAnswer, match="ConnectionError"):
        ask(f"http://127.0.0.1:{free_port}/")


def test_only_so_many_questions_are_under_way() -> None:
    """A slow third party cannot take all our threads: the ninth question is not asked, and later ones are again."""
    slow = threading.Event()

    def reply(_: str) -> Answer:
        slow.wait(5)
        return answer(b'{"success": true}')

    with raw_server(reply) as server:
        verify = Siteverify(server.address, "our-secret", 5)
        threads = [threading.Thread(target=verify.ask, args=({"response": "t"},)) for _ in range(8)]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + 3
        while len(server.paths) < 8 and time.monotonic() < deadline:
            time.sleep(0.01)
        with pytest.raises(NoAnswer, match="too many"):
            verify.ask({"response": "t"})
        slow.set()
        for thread in threads:
            thread.join()
        assert {"success": True} == verify.ask({"response": "t"})
