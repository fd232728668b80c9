"""One Redis server: what its plain address says, and connections to it, with deadlines, TLS and a login.

An address with other options than `db` is left to the client (`redis_client`), which knows every one.
"""

import socket
import ssl
import struct
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

from idp.records import dataclass
from idp.store.redis_wire import Command, OneServer, ResponseError, ask

_PORT: Final = 6379
_KEPT_ALIVE: Final = (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3))
"""So that no firewall forgets a connection that lies idle; seconds, seconds and times. Not every system has them."""


class AuthenticationError(ConnectionError):
    """The server does not let in who names this password."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where a server is, a host and a port or a socket's path, and who comes to which of its databases."""

    place: tuple[str, int] | str
    tls: bool = False
    username: str | None = None
    password: str | None = None
    database: int = 0


def read_one(url: str) -> Server | None:
    """Read the address of one server; None where it says more than `Server` holds.

    Raises:
        ValueError: its port is none.
    """
    parts = urlsplit(url)
    local, options = parts.scheme == "unix", parse_qs(parts.query)
    number = options.pop("db", [""])[0] or ("" if local else parts.path.removeprefix("/"))
    if options or parts.fragment or not (number.isdecimal() or not number):
        return None
    return Server(
        unquote(parts.path) if local else (unquote(parts.hostname or "localhost"), parts.port or _PORT),
        tls=parts.scheme == "rediss",
        username=unquote(parts.username or "") or None,
        password=unquote(parts.password or "") or None,
        database=int(number or 0),
    )


def exchange_with(server: Server, password: str | None, ca_bundle: Path | None, timeout: float) -> OneServer:
    """Return exchanges with a server; nothing is connected yet.

    Args:
        server: where it is.
        password: of the server, where its address names none.
        ca_bundle: file of the authorities believed; None for the usual ones.
        timeout: seconds to connect and to wait for each answer.
    """
    return OneServer(partial(connect, replace(server, password=server.password or password), ca_bundle, timeout))


def connect(server: Server, ca_bundle: Path | None, timeout: float) -> socket.socket:
    """Return a connection that was let in and asks the database of the address.

    Raises:
        TimeoutError: there was no answer in time.
        ConnectionError: there is no such server, or it is not to be believed; `AuthenticationError` if it says no.
        ResponseError: it has no such database.
    """
    try:
        made = _opened(server, ca_bundle, timeout)
    except TimeoutError:
        raise
    except OSError as error:
        raise ConnectionError(str(error)) from error
    try:
        _let_in(made, server)
    except BaseException:
        made.close()
        raise
    if type(made) is socket.socket and sys.platform == "linux":
        _kept_by_the_kernel(made, timeout)
    return made


def _kept_by_the_kernel(made: socket.socket, timeout: float) -> None:
    """Have the kernel keep the deadline of each call.

    Python would ask it before each whether it can be done, and let go of the interpreter's lock once more for that.
    """
    made.settimeout(None)
    spell = struct.pack("@ll", int(timeout), int(timeout % 1 * 1_000_000))
    for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
        made.setsockopt(socket.SOL_SOCKET, option, spell)


def _opened(server: Server, ca_bundle: Path | None, timeout: float) -> socket.socket:
    if isinstance(server.place, str):
        local = socket.socket(socket.AF_UNIX)
        try:
            local.settimeout(timeout)
            local.connect(server.place)
        except BaseException:
            local.close()
            raise
        return local
    # Before the connection, so that none is left open where the file cannot be read.
    tls = ssl.create_default_context(cafile=ca_bundle) if server.tls else None
    plain = socket.create_connection(server.place, timeout)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEPT_ALIVE:
        if hasattr(socket, name):
            plain.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    return plain if tls is None else tls.wrap_socket(plain, server_hostname=server.place[0])


def _let_in(made: socket.socket, server: Server) -> None:
    commands: list[Command] = []
    if server.username is not None:
        commands.append(("AUTH", server.username, server.password or ""))
    elif server.password is not None:
        commands.append(("AUTH", server.password))
    if server.database:
        commands.append(("SELECT", server.database))
    for command, answer in zip(commands, ask(made, commands), strict=True):
        if isinstance(answer, ResponseError):
            raise AuthenticationError(str(answer)) if command[0] == "AUTH" else answer
