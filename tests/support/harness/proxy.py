"""A TCP proxy that breaks: slow, cut, half open, dripping, or cut exactly when a certain request passes."""

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Target = Path | tuple[str, int]
"""A Unix socket, or a host and a port."""

_RESET = struct.pack("ii", 1, 0)
"""Close with a reset, as a host does whose program is gone."""
_CHUNK = 65536


@dataclass(slots=True)
class _Trap:
    """Waits for a request that holds `pattern`; `forwarded` says whether the server gets it."""

    pattern: bytes
    forwarded: bool
    times: int


@dataclass
class FaultProxy:
    """A proxy on the loopback before one server. Its faults are attributes, changed while it runs.

    Args:
        target: the server.
    """

    target: Target
    delay: float = 0.0
    """Seconds that each piece from the server waits."""
    drip: float = 0.0
    """Seconds between two octets from the server; 0 for whole pieces."""
    silent: bool = False
    """Half open: connections are accepted and stay, nothing passes in either direction."""
    refusing: bool = False
    """New connections are reset at once."""
    sprung: int = 0
    """How many connections a trap has cut."""
    asked: int = 0
    """How many pieces have come from clients, whether they were passed on or not."""
    _pairs: list[tuple[socket.socket, socket.socket]] = field(default_factory=list)
    _traps: list[_Trap] = field(default_factory=list)
    _deaf: dict[socket.socket, threading.Event] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Listen."""
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening and cut everything."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """Reset every connection there is, on both sides."""
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for one in pair:
                _reset(one)

    def heal(self) -> None:
        """Be an ordinary proxy again, for new connections; those that were stuck are cut."""
        stuck = self.silent
        self.delay = self.drip = 0.0
        self.silent = self.refusing = False
        with self._lock:
            self._traps.clear()
        if stuck:
            self.cut()

    @contextlib.contextmanager
    def faulty(self, **faults: float | bool) -> Iterator[None]:
        """Have these faults while the block runs."""
        for name, value in faults.items():
            setattr(self, name, value)
        if self.refusing:
            self.cut()
        try:
            yield
        finally:
            self.heal()

    def trap(self, pattern: bytes, when: Literal["before", "after"], times: int = 1) -> None:
        """Cut the connections on which a request with `pattern` passes, the next `times` times.

        Args:
            pattern: octets of one request, such as `COMMIT`.
            when: `before` the server sees it, or `after` it has answered, so that the answer is lost.
            times: how many connections.
        """
        with self._lock:
            self._traps.append(_Trap(pattern, when == "after", times))

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self.refusing:
                _reset(client)
                continue
            server = self._connect()
            if server is None:
                _reset(client)
                continue
            with self._lock:
                self._pairs.append((client, server))
            for work in (self._upwards, self._downwards):
                threading.Thread(target=work, args=(client, server), daemon=True).start()

    def _connect(self) -> socket.socket | None:
        server = socket.socket(socket.AF_UNIX if isinstance(self.target, Path) else socket.AF_INET)
        try:
            server.connect(str(self.target) if isinstance(self.target, Path) else self.target)
        except OSError:
            server.close()
            return None
        return server

    def _upwards(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := client.recv(_CHUNK):
                self.asked += 1
                self._wait_while_silent()
                trap = self._springs(piece)
                if trap is not None:
                    if trap.forwarded:
                        answered = self._deaf[client] = threading.Event()
                        server.sendall(piece)
                        answered.wait(30)
                    self.sprung += 1
                    break
                server.sendall(piece)
        self._part(client, server)

    def _downwards(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := server.recv(_CHUNK):
                self._wait_while_silent()
                if self.delay:
                    time.sleep(self.delay)
                if client in self._deaf:
                    self._deaf[client].set()  # and the answer goes nowhere
                    continue
                if not self.drip:
                    client.sendall(piece)
                    continue
                for octet in piece:
                    time.sleep(self.drip)
                    client.sendall(bytes((octet,)))
        self._part(client, server)

    def _springs(self, piece: bytes) -> _Trap | None:
        with self._lock:
            for trap in self._traps:
                if trap.times and trap.pattern in piece:
                    trap.times -= 1
                    return trap
        return None

    def _wait_while_silent(self) -> None:
        while self.silent:
            time.sleep(0.05)

    def _part(self, client: socket.socket, server: socket.socket) -> None:
        with self._lock:
            if (client, server) in self._pairs:
                self._pairs.remove((client, server))
            self._deaf.pop(client, None)
        _reset(client)
        _reset(server)


def _reset(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        one.shutdown(socket.SHUT_RDWR)
    one.close()
