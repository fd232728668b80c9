"""Exchanges with one Redis server, and with one that does not say what it should."""

import os
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from idp.store.redis_servers import connect_redis
from idp.store.redis_wire import OneServer, ResponseError


@pytest.fixture
def direct(redis_url: str) -> Iterator[OneServer]:
    """Exchanges with a server that is empty."""
    found = connect_redis(redis_url, timeout=5)
    assert isinstance(found, OneServer)
    yield found
    found.close()


@pytest.fixture
def told(free_port: int) -> Iterator[Callable[..., OneServer]]:
    """Make exchanges with a server that answers reads as it is told: each argument goes out as it is, for one read."""
    listener = socket.create_server(("127.0.0.1", free_port))
    direct = connect_redis(f"redis://127.0.0.1:{free_port}/0", timeout=0.2)
    assert isinstance(direct, OneServer)

    def serve(answers: list[tuple[bytes, ...]]) -> None:
        while answers:
            connection, _ = listener.accept()
            with connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                while answers and (question := connection.recv(4096)):
                    for part in answers.pop(0) if b"\r\nGET\r\n" in question else (b"+OK\r\n",):
                        if part == b"close":
                            break
                        connection.sendall(part)
                    else:
                        continue
                    break

    def make(*answers: tuple[bytes, ...]) -> OneServer:
        threading.Thread(target=serve, args=(list(answers),), daemon=True).start()
        return direct

    yield make
    direct.close()
    listener.close()


def test_every_kind_of_answer(direct: OneServer) -> None:
    """Text, a number, octets of any kind and length, nothing, and a refusal that leaves the connection as it was."""
    long = bytes(range(256)) * 2000
    answers = direct(
        ("SET", "a", long, "EX", 60), ("GET", "a"), ("GET", "absent"), ("INCR", "n"), ("LPUSH", "n", "x"), ("GET", "n")
    )
    assert [b"OK", long, None, 1] == answers[:4]
    assert isinstance(answers[4], ResponseError)
    assert b"1" == answers[5]
    assert [b"1"] == direct(("GET", "n"))


def test_a_server_that_closed_meanwhile_costs_nothing(direct: OneServer) -> None:
    """A connection that lay idle is looked at before anything goes out on it: nothing is sent twice (R-14)."""
    (mine,) = direct(("CLIENT", "ID"))
    with pytest.raises(ConnectionError):
        direct(("CLIENT", "KILL", "ID", mine, "SKIPME", "no"), ("INCR", "n"), ("GET", "n"))
    killer = direct(("CLIENT", "ID"))[0]
    assert mine != killer
    assert [b"OK"] == direct(("SET", "a", b"1"))


def test_a_worker_opens_connections_of_its_own(direct: OneServer) -> None:
    """What was opened before a process divided is used by the parent alone."""
    (before,) = direct(("CLIENT", "ID"))
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.write(write, b"%d" % direct(("CLIENT", "ID"))[0])
        os._exit(0)
    os.waitpid(child, 0)
    theirs = os.read(read, 32)
    os.close(read)
    os.close(write)
    assert [before] == direct(("CLIENT", "ID"))
    assert theirs != b"%d" % before


def test_no_thread_of_a_worker_finds_the_parents_connections(direct: OneServer) -> None:
    """Whoever sees that the process is this one finds no connection of before it was divided."""

    class Looked(OneServer):
        def __setattr__(self, name: str, value: object) -> None:
            super().__setattr__(name, value)
            if name == "_process" and value == os.getpid():
                found.append(len(self._idle))

    found: list[int] = []
    looked = Looked(direct._connect)
    looked(("CLIENT", "ID"))
    (parents,) = looked._idle
    looked._process = -1  # as after a fork
    looked(("CLIENT", "ID"))
    assert [0, 0] == found
    parents.socket.close()
    looked.close()


def test_an_answer_in_pieces(told: Callable[..., OneServer]) -> None:
    """It is whole when its last octet is there."""
    direct = told((b"$5\r", b"\nwh", b"ole\r", b"\n:", b"7\r\n"))
    assert [b"whole", 7] == direct(("GET", "a"), ("INCR", "n"))


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"-READONLY You can't write against a read only replica.\r\n", ConnectionError),
        (b"-LOADING Redis is loading the dataset in memory\r\n", ConnectionError),
        (b"$3\r\none\r\n:1\r\n", ConnectionError),
        (b"$x\r\n", ConnectionError),
        (b"HTTP/1.1 400 Bad Request\r\n", ConnectionError),
        (b"$10\r\nhalf", TimeoutError),
        (b"close", ConnectionError),
    ],
)
def test_after_what_is_no_answer_the_connection_is_not_used(
    told: Callable[..., OneServer], answer: bytes, kind: type[Exception]
) -> None:
    """The next exchange has one of its own, so that it gets its own answer."""
    direct = told((answer, b"close") if answer != b"$10\r\nhalf" else (answer,), (b"$2\r\nOK\r\n",))
    with pytest.raises(kind):
        direct(("GET", "a"))
    assert [b"OK"] == direct(("GET", "b"))
