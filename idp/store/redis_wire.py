"""Exchanges with one Redis server, in its own words (RESP 2): commands out, answers in, nothing between.

What redis-py does for each command beside sending it and reading the answer costs several times as much processor time
as these two, which pages have many of, and loading it a tenth of a start (`docs/performance.md`). So it is there for
sentinels and clusters alone (`redis_client`).
"""

import os
import select
import socket
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

from idp.records import dataclass

Command = tuple[str | bytes | int, ...]
"""A command and its arguments, such as `("SET", key, value, "EX", 60)`."""

_OCTETS: Final = 65_536
"""Read at once: more than almost every answer has."""
_FRESH: Final = 0.01
"""Seconds after an exchange for which a connection is used again without a look at it."""
_ELSEWHERE: Final = (b"READONLY", b"LOADING", b"MASTERDOWN")
"""How a server answers that is not, or not yet, the one to ask: its connection is given up."""


class ResponseError(Exception):
    """A server refused a command."""


class NoScriptError(ResponseError):
    """It does not know the script that it was to run."""


class Exchange(Protocol):
    """Sends commands and returns their answers."""

    @property
    def one(self) -> bool:
        """Whether one server has every key; if not, several share them."""
        ...

    def __call__(self, *commands: Command) -> list[Any]:
        """Return an answer a command: bytes, a number, None or what is true; of a failed one its error.

        Raises:
            OSError: the server did not answer.
            ResponseError: it refused more than a command.
        """
        ...

    def close(self) -> None:
        """Let go of the connections."""
        ...


@dataclass(slots=True)
class _Connection:
    """A connection, what tells whether something came on it unasked, and when it was opened and last used."""

    socket: socket.socket
    watch: select.poll
    era: int
    used_at: float


class OneServer:
    """Exchanges with one server, or with the primary that sentinels name. Thread-safe.

    A connection on which anything went wrong is closed, and those that lie idle with it are not used again, since
    they lead to the same server: the next exchange opens its own, where the sentinels say (R-14).

    Args:
        connect: returns a connection on which commands may be sent, with its deadline.
    """

    one = True

    def __init__(self, connect: Callable[[], socket.socket]) -> None:
        self._connect = connect
        self._idle: deque[_Connection] = deque()
        self._era = 0
        self._process = os.getpid()

    def __call__(self, *commands: Command) -> list[Any]:
        """See `Exchange`; it is one exchange whatever the number of commands."""
        connection = self._taken()
        try:
            answers = ask(connection.socket, commands)
        except BaseException:
            self._era += 1
            connection.socket.close()
            raise
        connection.used_at = time.monotonic()
        self._idle.append(connection)
        return answers

    def close(self) -> None:
        """Close the connections that lie idle."""
        while self._idle:
            self._idle.pop().socket.close()

    def _taken(self) -> _Connection:
        if self._process != os.getpid():
            # What the server opened before it was divided into workers is nobody's. Forgotten first: a thread that
            # comes between the two must not find the process right and take one.
            self._idle = deque()
            self._process = os.getpid()
        era = self._era
        while (connection := self._left()) is not None:
            # What a server says unasked is its farewell, which does not come in the middle of work.
            fresh = time.monotonic() - connection.used_at < _FRESH
            if connection.era == era and (fresh or not connection.watch.poll(0)):
                return connection
            connection.socket.close()
        made, watch = self._connect(), select.poll()
        watch.register(made, select.POLLIN)
        return _Connection(made, watch, era, time.monotonic())

    def _left(self) -> _Connection | None:
        try:
            return self._idle.pop()
        except IndexError:
            return None


def ask(connection: socket.socket, commands: Sequence[Command]) -> list[Any]:
    """Send commands and return an answer each, of one that was refused its error.

    Raises:
        ConnectionError: the connection ended, what came is none of what was asked for, or another server is to be
            asked.
        OSError: the connection failed; `TimeoutError` where nothing came in time.
    """
    try:
        if commands:
            connection.sendall(b"".join(map(_packed, commands)))
        return _read(connection, len(commands))
    except BlockingIOError:
        # How a socket says it whose deadlines the kernel keeps.
        raise TimeoutError("no answer in time") from None


def _packed(command: Command) -> bytes:
    """Return a command as an array of bulk strings."""
    words = [word if type(word) is bytes else str(word).encode() for word in command]
    return b"*%d\r\n" % len(words) + b"".join([b"$%d\r\n%b\r\n" % (len(word), word) for word in words])


def _read(connection: socket.socket, count: int) -> list[Any]:
    """Read so many answers, and nothing else."""
    held, answers, at = b"", list[Any](), 0
    while len(answers) < count:
        found = _answer(held, at)
        if found is None:
            more = connection.recv(_OCTETS)
            if not more:
                raise ConnectionError("closed by the server")
            held, at = held[at:] + more, 0
        else:
            answers.append(found[0])
            at = found[1]
    if at != len(held):
        raise ConnectionError("more came than was asked for")
    return answers


def _answer(held: bytes, at: int) -> tuple[Any, int] | None:
    """Return the answer that begins at a place and the place behind it; None where it is not yet there whole."""
    line = held.find(b"\r\n", at)
    if line < 0:
        return None
    kind, said, after = held[at : at + 1], held[at + 1 : line], line + 2
    if kind == b"$":
        size = _number(said)
        end = after + size
        if size < 0:
            return None, after
        return (held[after:end], end + 2) if len(held) >= end + 2 else None
    if kind == b"*":
        parts: list[Any] = []
        for _ in range(_number(said)):
            found = _answer(held, after)
            if found is None:
                return None
            parts.append(found[0])
            after = found[1]
        return parts, after
    if kind == b":":
        return _number(said), after
    if kind == b"+":
        return said, after
    if kind == b"-":
        return _error(said), after
    raise ConnectionError("what came is no answer")


def _number(said: bytes) -> int:
    try:
        return int(said)
    except ValueError:
        raise ConnectionError("what came is no answer") from None


def _error(said: bytes) -> ResponseError:
    """Return what a server refused a command with.

    Raises:
        ConnectionError: it is not the server to ask.
    """
    told: Sequence[str] = said.decode(errors="replace").split(" ", 1)
    if said.startswith(_ELSEWHERE):
        raise ConnectionError(told[0])
    if said.startswith(b"NOSCRIPT"):
        return NoScriptError(told[-1])
    return ResponseError(told[-1])
