"""HTTP towards an upstream, against a server that behaves badly."""

import contextlib
import gzip
import socket
import threading
import tracemalloc
from typing import Any

import pytest
import requests

from idp.outbound import AddressRefused, BodyTooLarge, BoundedAdapter, DeadlineExceeded, get
from idp.public_addresses import is_public
from tests.support.raw_server import ENDLESS, Answer, answer, dripping, raw_server

DRIP = dripping(b"x")


def adapter(timeout: float = 0.5, *, public_only: bool = False) -> BoundedAdapter:
    """Return an adapter that may talk to this machine."""
    return BoundedAdapter(hosts=frozenset({"127.0.0.1"}), timeout=timeout, public_only=public_only)


@pytest.mark.parametrize(
    "reply",
    [
        (ENDLESS,),
        (b"HTTP/1.1 200 OK\r\nX-Slow: ", *DRIP),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n", *DRIP),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", *DRIP),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n30000\r\n", *DRIP),
    ],
    ids=["silence", "headers", "length", "no length", "chunked"],
)
def test_deadline_is_for_the_whole_call(reply: Answer) -> None:
    """However an answer drips, the call ends at its deadline: the answer never does."""
    with raw_server(lambda _: reply) as server, pytest.raises(DeadlineExceeded):
        get(adapter(), server.address, {})


def test_no_thread_is_left() -> None:
    """Calls that ended leave no watchdog behind."""
    with raw_server(lambda _: answer(b"{}")) as server:
        used, before = adapter(5.0), None
        for _ in range(5):
            get(used, server.address, {})
            before = before or threading.active_count()
        assert before == threading.active_count()


def test_connection_is_reused() -> None:
    """Calls through one adapter share a connection, whatever session makes them."""
    with raw_server(lambda _: answer(b"{}")) as server:
        used = adapter()
        bodies = [get(used, server.address + path, {}).body for path in ("/a", "/b", "/c")]
    assert ([b"{}"] * 3, ["/a", "/b", "/c"], 1) == (bodies, server.paths, server.connections)


@pytest.mark.parametrize(("said", "connections"), [("timeout=60, max=9", 1), ("max=9, timeout=1", 3), ("timeout=0", 3)])
def test_a_server_says_how_long_it_keeps_a_connection(said: str, connections: int) -> None:
    """What it is about to close is not asked any more: nothing is sent twice, so that the answer would be lost."""
    reply = answer(b"{}", headers=(f"Keep-Alive: {said}",))
    with raw_server(lambda _: reply) as server:
        caller = adapter(30)
        for _ in range(3):
            assert 200 == get(caller, f"{server.address}/", {}).status
        assert connections == server.connections


def test_dripping_on_a_reused_connection() -> None:
    """The deadline holds on a connection that was made for an earlier call."""
    slow: Answer = (b"HTTP/1.1 200 OK\r\n", *DRIP)
    with raw_server(lambda path: slow if path == "/slow" else answer(b"{}")) as server:
        used = adapter()
        get(used, server.address, {})
        with pytest.raises(DeadlineExceeded):
            get(used, server.address + "/slow", {})
    assert 1 == server.connections


@pytest.mark.parametrize(
    "reply",
    [
        answer(b"x" * 300_000),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", b"x" * 300_000),
    ],
)
def test_size_is_bounded(reply: Answer) -> None:
    """A body above the limit is refused, announced or not."""
    with raw_server(lambda _: reply) as server, pytest.raises(BodyTooLarge):
        get(adapter(2.0), server.address, {})


@pytest.mark.parametrize("layers", [1, 2])
def test_a_compressed_body_is_bounded_too(layers: int) -> None:
    """We ask for none; a host that sends a bomb all the same is cut off long before it is unpacked (V-32)."""
    bomb = b"\0" * 64_000_000
    for _ in range(layers):
        bomb = gzip.compress(bomb)
    coding = ("Content-Encoding: " + ", ".join(["gzip"] * layers),)
    with raw_server(lambda _: answer(bomb, headers=coding)) as server:
        tracemalloc.start()
        try:
            with pytest.raises(requests.RequestException):
                get(adapter(5.0), server.address, {})
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < 8_000_000


def test_redirects_are_not_followed() -> None:
    """A redirect is an answer like another: nothing is asked of where it points."""
    away = answer(b"", status="302 Found", headers=("Location: /elsewhere",))
    with raw_server(lambda _: away) as server:
        assert 302 == get(adapter(), server.address + "/here", {}).status
    assert ["/here"] == server.paths


def test_broken_off() -> None:
    """An answer cut short is an error, not a short answer."""
    cut: Answer = (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\nabc",)
    used = adapter()

    def reply(_: str) -> Answer:
        return cut

    with raw_server(reply) as server, pytest.raises(requests.RequestException):
        get(used, server.address, {})


def test_other_hosts_are_refused() -> None:
    """Only the upstream's own host is spoken to."""
    with pytest.raises(AddressRefused):
        get(adapter(), "http://localhost:1/", {})


def test_inside_addresses_are_refused() -> None:
    """A public upstream whose name leads inside the house is not spoken to, and gets no request."""
    with raw_server(lambda _: answer(b"{}")) as server, pytest.raises(AddressRefused):
        get(adapter(public_only=True), server.address, {})
    assert [] == server.paths


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("64:ff9b::5db8:d70e", True),
        ("127.0.0.1", False),
        ("10.0.0.1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("0.0.0.0", False),  # noqa: S104 - an address to refuse
        ("224.0.0.1", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%lo", False),
        ("fc00::1", False),
        ("fec0::1", False),
        ("ff02::1", False),
        ("::ffff:10.0.0.1", False),
        ("::7f00:1", False),
        ("64:ff9b::a9fe:a9fe", False),
        ("64:ff9b:1::1", False),
        ("2002:a00:1::1", False),
    ],
)
def test_what_is_public(address: str, expected: bool) -> None:
    """N-131: no address of the house, however it is written or wrapped."""
    assert expected == is_public(address)


def test_nobody_inside_is_called_to_find_out(free_port: int) -> None:
    """An open door and a closed one look the same, and nobody knocks: no address tells what listens in the house."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.2)
        for port in (listening.getsockname()[1], free_port):
            with pytest.raises(AddressRefused):
                get(adapter(public_only=True), f"https://127.0.0.1:{port}/", {})
        with pytest.raises(TimeoutError):
            listening.accept()


def test_a_name_that_leads_elsewhere_the_second_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The address that was reached is looked at too, so a resolver that changes its mind gets no request."""
    resolve, asked = socket.getaddrinfo, list[Any]()

    def public_at_first(host: Any, port: Any, *rest: Any, **named: Any) -> Any:
        asked.append(host)
        if len(asked) == 1:
            return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("93.184.215.14", port))]
        return resolve(host, port, *rest, **named)

    with raw_server(lambda _: answer(b"{}")) as server:
        monkeypatch.setattr(socket, "getaddrinfo", public_at_first)
        with pytest.raises(AddressRefused):
            get(adapter(public_only=True), server.address, {})
        monkeypatch.undo()
    assert (2, []) == (len(asked), server.paths)


def test_many_addresses_get_no_more_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is tried in turn, and the call ends at its deadline: with all of it for each it would last for minutes."""
    with socket.socket() as deaf, contextlib.ExitStack() as waiting:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        for _ in range(4):  # whom nobody takes in; who comes after them hears nothing
            knocking = waiting.enter_context(socket.socket())
            knocking.setblocking(False)
            knocking.connect_ex(deaf.getsockname())
        address = (socket.AF_INET, socket.SOCK_STREAM, 0, "", deaf.getsockname())
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [address] * 500)
        used = BoundedAdapter(hosts=frozenset({"many.example"}), timeout=0.5, public_only=False)
        with pytest.raises(requests.RequestException):
            get(used, f"http://many.example:{deaf.getsockname()[1]}/", {})


def test_nobody_listens() -> None:
    """A refused connection is a requests error like any other."""
    with pytest.raises(requests.ConnectionError):
        get(adapter(), "http://127.0.0.1:9/", {})


def test_environment_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy in the environment does not get to see codes and tokens."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with raw_server(lambda _: answer(b"{}")) as server:
        assert 200 == get(adapter(), server.address, {}).status


def test_a_header_stays_one_header() -> None:
    """What an upstream gave us to send back cannot add headers, or another request, of its own."""
    with raw_server(lambda _: answer(b"{}")) as server:
        for value in ("a\r\nX-Other: b", "a\nb", "a\rb"):
            with pytest.raises(requests.RequestException):
                get(adapter(), server.address, {"Authorization": value})
    assert [] == server.paths


def test_a_connection_that_was_closed_meanwhile() -> None:
    """Whoever closes between two calls gets a new connection; a call that was sent is never sent again."""
    closing = answer(b"{}", headers=("Connection: close",))
    with raw_server(lambda path: () if path == "/lost" else closing) as server:
        used = adapter()
        assert [200, 200] == [get(used, server.address, {}).status for _ in range(2)]
        with pytest.raises(requests.RequestException):
            get(used, server.address + "/lost", {})
    assert (["/", "/", "/lost"], 3) == (server.paths, server.connections)
