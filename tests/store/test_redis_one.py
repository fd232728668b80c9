"""Connections to one Redis server: who is let in, to which database, and whom we believe."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from idp.store.redis_one import AuthenticationError, Server, connect, exchange_with, read_one
from idp.store.redis_servers import connect_redis
from idp.store.redis_wire import ResponseError
from tests.support import redis_servers
from tests.support.certificates import Authority
from tests.support.servers import directory

HOST = "127.0.0.1"


@pytest.fixture(scope="module")
def server() -> Iterator[redis_servers.Server]:
    """A server that asks who comes: the password of everybody is `house`, that of `idp` is `se cret`."""
    folder: Path = directory() / "redis-one"
    folder.mkdir()
    servers = redis_servers.Servers(folder)
    try:
        found = servers.start()
        assert "+OK\r\n" == found.ask("ACL", "SETUSER", "idp", "on", ">se cret", "~*", "+@all")
        assert "+OK\r\n" == found.ask("CONFIG", "SET", "requirepass", "house")
        yield found
    finally:
        servers.stop()


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("redis://", Server(("localhost", 6379))),
        ("redis://host:7000/", Server(("host", 7000))),
        ("redis://[::1]/12", Server(("::1", 6379), database=12)),
        ("rediss://idp:se%20cret@host/1", Server(("host", 6379), True, "idp", "se cret", 1)),
        ("redis://:p%40ss@host", Server(("host", 6379), password="p@ss")),
        ("unix:///run/a%20b.sock", Server("/run/a b.sock")),
        ("unix://idp:word@/run/redis.sock", Server("/run/redis.sock", False, "idp", "word")),
        ("redis://host/0?db=1", Server(("host", 6379), database=1)),
        ("redis://host?db=first", None),
        ("redis://host?db=1&client_name=fund", None),
        ("redis://host/first", None),
        ("unix:///run/redis.sock?db=12", Server("/run/redis.sock", database=12)),
    ],
)
def test_addresses(url: str, found: Server | None) -> None:
    """What a plain address says; one that says more is the client's."""
    assert found == read_one(url)


@pytest.mark.parametrize(
    ("login", "file", "who"),
    [
        (":house@", None, b"default"),
        ("", "house", b"default"),
        ("idp:se%20cret@", None, b"idp"),
        ("idp@", "se cret", b"idp"),
    ],
)
def test_who_is_let_in(server: redis_servers.Server, login: str, file: str | None, who: bytes) -> None:
    """By a password alone or with a name; from the address, or else from the file."""
    exchange = connect_redis(f"redis://{login}{HOST}:{server.port}/0", password=file, timeout=5)
    assert [who, b"PONG"] == exchange(("ACL", "WHOAMI"), ("PING",))
    exchange.close()


@pytest.mark.parametrize("login", [":wrong@", "idp:house@", "nobody@"])
def test_who_is_not(server: redis_servers.Server, login: str) -> None:
    """A fault of its own kind, which is counted by its name, and nothing is asked."""
    exchange = connect_redis(f"redis://{login}{HOST}:{server.port}/0", timeout=5)
    with pytest.raises(AuthenticationError):
        exchange(("PING",))


def test_each_database_has_its_own(server: redis_servers.Server) -> None:
    """The number of the address says which; one that the server has not is refused."""
    first, second, none = (
        connect_redis(f"redis://:house@{HOST}:{server.port}/{number}", timeout=5) for number in (0, 3, 999)
    )
    first(("SET", "key", b"first", "EX", 60))
    second(("SET", "key", b"second", "EX", 60))
    assert [b"first", b"second"] == [*first(("GET", "key")), *second(("GET", "key"))]
    with pytest.raises(ResponseError):
        none(("GET", "key"))
    first.close()
    second.close()


def test_an_address_with_options_is_the_clients(server: redis_servers.Server) -> None:
    """What it says holds for each connection, of which there may be any number."""
    exchange = connect_redis(f"redis://:house@{HOST}:{server.port}/0?client_name=fund", timeout=5)
    for _ in range(30):
        name, mine = exchange(("CLIENT", "GETNAME"), ("CLIENT", "ID"))
        assert b"fund" == name
        server_closes = connect_redis(f"redis://:house@{HOST}:{server.port}/0", timeout=5)
        assert [1] == server_closes(("CLIENT", "KILL", "ID", mine))
        server_closes.close()
        time.sleep(0.02)  # later than in the middle of work, when nobody looks whether it is still there
    exchange.close()


def test_a_connection_that_ends_in_the_middle_of_work(server: redis_servers.Server) -> None:
    """It costs the next exchange at most, since nobody looks at one that was used just now; the one after is good."""
    exchange = connect_redis(f"redis://:house@{HOST}:{server.port}/0", timeout=5)
    closes = connect_redis(f"redis://:house@{HOST}:{server.port}/0", timeout=5)
    for _ in range(20):
        (mine,) = exchange(("CLIENT", "ID"))
        assert [1] == closes(("CLIENT", "KILL", "ID", mine))
        with suppress(ConnectionError):
            exchange(("ECHO", "one"))
        assert [b"two"] == exchange(("ECHO", "two"))
    exchange.close()
    closes.close()


def test_a_server_that_falls_silent(server: redis_servers.Server) -> None:
    """Its answer is waited for as long as was said; the next exchange has a connection of its own."""
    url = f"redis://:house@{HOST}:{server.port}/0"
    patient, hasty = connect_redis(url, timeout=5), connect_redis(url, timeout=0.1)
    assert [b"one"] == hasty(("ECHO", "one"))
    patient(("CLIENT", "PAUSE", 300))
    with pytest.raises(TimeoutError):
        hasty(("ECHO", "two"))
    assert [b"three"] == patient(("ECHO", "three"))
    assert [b"four"] == hasty(("ECHO", "four"))
    for exchange in (patient, hasty):
        exchange.close()


def test_a_server_that_is_not_there(free_port: int, tmp_path: Path) -> None:
    """Nobody listens; nobody says anything."""
    for place in ((HOST, free_port), "/nowhere/redis.sock"):
        with pytest.raises(ConnectionError):
            connect(Server(place), None, 0.5)
    with pytest.raises(ConnectionError):
        connect(Server((HOST, free_port), tls=True), tmp_path / "absent.pem", 0.5)
    with socket.create_server((HOST, 0)) as silent, pytest.raises(TimeoutError):
        connect(Server(silent.getsockname(), password="word"), None, 0.1)


@contextmanager
def secured(certificate: Path) -> Iterator[int]:
    """Answer over TLS: whatever is asked is `+OK`. Yield the port."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            try:
                with tls.wrap_socket(client, server_side=True) as connection:
                    while connection.recv(4096):
                        connection.sendall(b"+OK\r\n")
            except OSError:
                continue

    with socket.create_server((HOST, 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def test_whom_we_believe(tmp_path: Path) -> None:
    """A server that the authority vouches for, under the name that we call it by, and while it does."""
    ours, other = Authority.create(tmp_path), tmp_path / "other"
    other.mkdir()
    stranger = Authority.create(other)
    with secured(ours.vouches_for(HOST, tmp_path)) as port:
        exchange = exchange_with(Server((HOST, port), tls=True), "word", ours.file, 5)
        assert [b"OK"] == exchange(("SET", "key", b"value"))
        # Nothing that TLS says by itself is taken for a farewell.
        assert [b"OK"] == exchange(("GET", "key"))
        exchange.close()
        for name, believed in ((HOST, stranger.file), (HOST, None), ("localhost", ours.file)):
            with pytest.raises(ConnectionError, match="certificate"):
                connect(Server((name, port), tls=True), believed, 5)
    with secured(ours.vouches_for(HOST, tmp_path, days=-1)) as port, pytest.raises(ConnectionError, match="expired"):
        connect(Server((HOST, port), tls=True), ours.file, 5)
