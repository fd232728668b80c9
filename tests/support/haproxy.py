"""A real HAProxy in front of nodes, with the file that we hand out; only its addresses are the test's."""

import os
import re
import shutil
import socket
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support import processes
from tests.support.sources import ROOT

FILE = ROOT / "deploy" / "haproxy" / "idp.cfg"


class HAProxy:
    """One HAProxy on a free port, without TLS.

    Args:
        folder: where its files go; its path is short, as a socket's is.
        nodes: ports of the nodes, known as `node-1` and so on.
    """

    def __init__(self, folder: Path, nodes: Sequence[int]) -> None:
        program = shutil.which("haproxy", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin:/opt/homebrew/bin")
        if program is None:
            pytest.skip("no HAProxy on this machine: install Debian's package haproxy")
        self.port = processes.free_port()
        self._nodes = tuple(nodes)
        folder.mkdir()
        self._socket = folder / "admin.sock"
        text = FILE.read_text(encoding="utf-8").replace("/run/haproxy/admin.sock", str(self._socket))
        text = re.sub(r"bind :443 .*", f"bind 127.0.0.1:{self.port}", text)
        text = re.sub(r"(?s)frontend plain.*?(?=\nbackend)", "", text)
        for number, node in enumerate(nodes, 1):
            text = text.replace(f"server node-{number} 127.0.0.1:800{number}", f"server node-{number} 127.0.0.1:{node}")
        if os.geteuid() != 0:
            # Only root can become somebody else.
            text = re.sub(r"(?m)^    (?:user|group|chroot) .*\n", "", text)
        (folder / "idp.cfg").write_text(text, encoding="utf-8")
        self._program = processes.start([program, "-db", "-f", folder / "idp.cfg"], folder / "output.log")
        self._program.wait_until(lambda: processes.answers(f"http://127.0.0.1:{self.port}/healthz"), 20)

    def set(self, node: int, state: str) -> None:
        """Let a node get new requests (`ready`), or none while those under way end (`drain`)."""
        said = self._ask(f"set server idp/node-{self._nodes.index(node) + 1} state {state}")
        assert "" == said.strip(), said

    def is_up(self, node: int) -> bool:
        """Whether a node has answered that it is ready."""
        name = f"node-{self._nodes.index(node) + 1}"
        rows = [line.split(",") for line in self._ask("show stat").splitlines()]
        return any(row[:2] == ["idp", name] and row[17].startswith(("UP", "no check")) for row in rows if len(row) > 17)

    def wait_for(self, node: int) -> None:
        """Return once a node is up."""
        self._program.wait_until(lambda: self.is_up(node), 60)

    @property
    def logged(self) -> str:
        """What it has written so far."""
        return self._program.output()

    def stop(self) -> None:
        """End it."""
        self._program.stop()

    def _ask(self, line: str) -> str:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(20)
            connection.connect(str(self._socket))
            connection.sendall(f"{line}\n".encode())
            said = b""
            while part := connection.recv(65536):
                said += part
        return said.decode()
