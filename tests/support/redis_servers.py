"""Several real Redis servers that work as one: a primary with a replica and a sentinel, or a cluster of three."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tests.support import processes
from tests.support.processes import HOST, Program
from tests.support.servers import redis_program

SLOTS = 16384
_HIGHEST = 55535
"""Above it a cluster's second port, 10000 higher, does not exist."""


@dataclass
class Server:
    """One server on a port."""

    port: int
    program: Program

    def ask(self, *words: str | int) -> str:
        """Send one command and return the beginning of the answer (RESP)."""
        with socket.create_connection((HOST, self.port), timeout=20) as connection:
            parts = [str(word).encode() for word in words]
            line = b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(one), one) for one in parts)
            connection.sendall(line)
            return connection.recv(65536).decode()


@dataclass
class Servers:
    """The folder and the servers of one set."""

    folder: Path
    running: list[Server] = field(default_factory=list)

    def start(self, *options: str | int, file: str | None = None, port: int | None = None) -> Server:
        """Start a server, or with the text of a file a sentinel, and return once it answers."""
        port = port or self.port()
        home = self.folder / str(port)
        home.mkdir()
        command: list[str | Path] = [redis_program()]
        if file is not None:
            (home / "sentinel.conf").write_text(file, "ascii")
            command += [home / "sentinel.conf", "--sentinel"]
        command += ["--port", str(port), "--bind", HOST, "--dir", home, *map(str, options)]
        if file is None:
            command += ["--save", "", "--appendonly", "no"]
        server = Server(port, processes.start(command, home / "log"))
        self.running.append(server)
        server.program.wait_until(lambda: processes.listens(port) and server.ask("PING") == "+PONG\r\n", 30)
        return server

    @staticmethod
    def port() -> int:
        """Return a free port whose second, for a cluster's own talk, is free as well."""
        for _ in range(200):
            port = processes.free_port()
            if port <= _HIGHEST and processes._is_free(port + 10000):
                return port
        raise OSError("no free port for a cluster")

    def stop(self) -> None:
        """End all of them."""
        for server in self.running:
            server.program.kill()


@contextmanager
def watched(folder: Path, service: str) -> Iterator[tuple[str, Server]]:
    """Open a primary with a replica, which a sentinel watches; return their address and the primary."""
    servers = Servers(folder)
    try:
        primary = servers.start()
        replica = servers.start("--replicaof", HOST, primary.port, "--repl-diskless-sync-delay", 0)
        replica.program.wait_until(lambda: "master_link_status:up" in replica.ask("INFO", "replication"), 30)
        sentinel = servers.start(
            file=f"sentinel monitor {service} {HOST} {primary.port} 1\n"
            f"sentinel down-after-milliseconds {service} 500\nsentinel failover-timeout {service} 2000\n"
        )
        sentinel.program.wait_until(lambda: f"{replica.port}" in sentinel.ask("SENTINEL", "REPLICAS", service), 60)
        yield f"redis+sentinel://{HOST}:9,{HOST}:{sentinel.port}/{service}/0", primary
    finally:
        servers.stop()


@contextmanager
def cluster(folder: Path) -> Iterator[tuple[str, list[Server]]]:
    """Open three primaries that share the slots; return their address and them."""
    servers = Servers(folder)
    try:
        nodes = [servers.start("--cluster-enabled", "yes", "--cluster-require-full-coverage", "no") for _ in range(3)]
        for number, node in enumerate(nodes):
            share = range(SLOTS * number // 3, SLOTS * (number + 1) // 3)
            assert "+OK\r\n" == node.ask("CLUSTER", "ADDSLOTS", *share)
            node.ask("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
            node.ask("CLUSTER", "MEET", HOST, nodes[0].port)
        for node in nodes:
            node.program.wait_until(partial(_whole, node), 60)
        yield f"redis+cluster://{HOST}:9,{HOST}:{nodes[1].port}", nodes
    finally:
        servers.stop()


def _whole(node: Server) -> bool:
    told = node.ask("CLUSTER", "INFO")
    return f"cluster_slots_ok:{SLOTS}" in told and "cluster_known_nodes:3" in told and "cluster_state:ok" in told
