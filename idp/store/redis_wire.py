"""Exchanges with one Redis server, in its own words (RESP 2): commands out, answers in, nothing between.

The client makes the connections, with their deadlines, TLS, passwords and sentinels; what it does for each command
beside sending it and reading the answer costs several times as much processor time as these two, which pages have many
of (`docs/performance.md`). A cluster is asked by the client itself: it knows which node a key is on.
"""

import os
import select
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import redis
from redis.exceptions import NoScriptError

Command = tuple[str | bytes | int, ...]
"""A command and its arguments, such as `("SET", key, value, "EX", 60)`."""

_OCTETS: Final = 65_536
"""Read at once: more than almost every answer has."""
_ELSEWHERE: Final = (b"READONLY", b"LOADING", b"MASTERDOWN")
"""How a server answers that is not, or not yet, the one to ask: its connection is given up."""


class Exchange(Protocol):
    """Sends commands and returns their answers."""

    def __call__(self, *commands: Command) -> list[Any]:
        """Return an answer a command: bytes, a number, None or what is true; of a failed one its error.

        Raises:
            redis.RedisError, OSError: the server did not answer.
        """
        ...


class ByClient:
    """Exchanges of a cluster, by its client, one command after the other.

    Args:
        client: of the cluster.
    """

    def __init__(self, client: redis.Redis) -> None:
        self._client: Any = client  # its commands by name are published without types

    def __call__(self, *commands: Command) -> list[Any]:
        """See `Exchange`; several reads are one exchange with each node."""
        if all(command[0] == "GET" for command in commands):
            with self._client.pipeline(transaction=False) as asked:
                for command in commands:
                    asked.get(command[1])
                return list(asked.execute())
        return [self._ask(command) for command in commands]

    def _ask(self, command: Command) -> Any:
        if command[0] == "DEL":
            # Its keys may lie on several nodes, which the client knows of this verb alone.
            return self._client.delete(*command[1:])
        try:
            return self._client.execute_command(*command)
        except NoScriptError as error:
            return error


@dataclass(slots=True, eq=False)
class _Connection:
    """A connection of the client's, what tells whether something came on it unasked, and when it was opened."""

    made: Any
    open: bool = False
    era: int = -1
    watch: select.poll = field(default_factory=select.poll)


class Direct:
    """Exchanges with one server, or with the primary that sentinels name. Thread-safe.

    A connection on which anything went wrong is closed, and those that lie idle with it are not used again, since
    they lead to the same server: the next exchange opens its own, where the sentinels say (R-14).

    Args:
        client: whose settings the connections follow.
    """

    def __init__(self, client: redis.Redis) -> None:
        self._pool: Any = client.connection_pool
        self._idle: deque[_Connection] = deque()
        self._era = 0
        self._process = os.getpid()

    def __call__(self, *commands: Command) -> list[Any]:
        """See `Exchange`; it is one exchange whatever the number of commands."""
        connection = self._taken()
        try:
            # What the client has a socket for, it has no quick way to use.
            socket = connection.made._sock  # noqa: SLF001 - see above
            socket.sendall(b"".join(map(_packed, commands)))
            answers = _read(socket, len(commands))
        except TimeoutError as error:
            self._given_up(connection)
            raise redis.TimeoutError("no answer in time") from error
        except BaseException:
            self._given_up(connection)
            raise
        self._idle.append(connection)
        return answers

    def close(self) -> None:
        """Close the connections that lie idle."""
        while self._idle:
            self._idle.pop().made.disconnect()

    def _taken(self) -> _Connection:
        if self._process != os.getpid():
            # What the server opened before it was divided into workers is nobody's.
            self._process, self._idle = os.getpid(), deque()
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = _Connection(self._pool.make_connection())
        if connection.open and (connection.era != self._era or _spoiled(connection)):
            self._close(connection)
        if not connection.open:
            try:
                self._open(connection)
            except BaseException:
                self._idle.append(connection)
                raise
        return connection

    def _open(self, connection: _Connection) -> None:
        era = self._era
        connection.made.connect()
        connection.watch = select.poll()
        connection.watch.register(connection.made._sock, select.POLLIN)  # noqa: SLF001 - as above
        connection.open, connection.era = True, era

    def _given_up(self, connection: _Connection) -> None:
        self._era += 1
        self._close(connection)
        self._idle.append(connection)

    @staticmethod
    def _close(connection: _Connection) -> None:
        connection.open = False
        connection.made.disconnect()


def exchange_of(client: redis.Redis, *, one: bool) -> Exchange:
    """Return how a client's server is asked; without `one` it is a cluster's client."""
    return Direct(client) if one else ByClient(client)


def _spoiled(connection: _Connection) -> bool:
    """Whether a connection that lay idle is closed, or has something to say that nobody asked."""
    if not connection.watch.poll(0):
        return False
    try:
        # Under TLS there may be something to read that is no answer; the client tells.
        return bool(connection.made.can_read())
    except (redis.RedisError, OSError):
        return True


def _packed(command: Command) -> bytes:
    """Return a command as an array of bulk strings."""
    words = [word if type(word) is bytes else str(word).encode() for word in command]
    return b"*%d\r\n" % len(words) + b"".join([b"$%d\r\n%b\r\n" % (len(word), word) for word in words])


def _read(socket: Any, count: int) -> list[Any]:
    """Read so many answers, and nothing else.

    Raises:
        redis.ConnectionError: the connection ended, what came is none of what was asked for, or another server is to
            be asked.
        OSError: the connection failed; `TimeoutError` where nothing came in time.
    """
    held, answers, at = b"", list[Any](), 0
    while len(answers) < count:
        found = _answer(held, at)
        if found is None:
            more = socket.recv(_OCTETS)
            if not more:
                raise redis.ConnectionError("closed by the server")
            held, at = held[at:] + more, 0
        else:
            answers.append(found[0])
            at = found[1]
    if at != len(held):
        raise redis.ConnectionError("more came than was asked for")
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
    raise redis.ConnectionError("what came is no answer")


def _number(said: bytes) -> int:
    try:
        return int(said)
    except ValueError:
        raise redis.ConnectionError("what came is no answer") from None


def _error(said: bytes) -> redis.ResponseError:
    """Return what a server refused a command with.

    Raises:
        redis.ConnectionError: it is not the server to ask.
    """
    told: Sequence[str] = said.decode(errors="replace").split(" ", 1)
    if said.startswith(_ELSEWHERE):
        raise redis.ConnectionError(told[0])
    if said.startswith(b"NOSCRIPT"):
        return NoScriptError(told[-1])
    return redis.ResponseError(told[-1])
