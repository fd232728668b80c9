"""The file for nginx and the block in the manual, as they are written and before a real nginx."""

import re
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from tests.support.nginx import FILE, Nginx
from tests.support.sources import ROOT

SECRET = "s3cret-of-a-link"
_MANUAL = re.findall(r"```nginx\n(.*?)```", (ROOT / "docs" / "operations.md").read_text("utf-8"), re.DOTALL)
TEXTS = [FILE.read_text("utf-8"), *_MANUAL]


@pytest.fixture(scope="module")
def node() -> Iterator[int]:
    """A port where everything is answered but `/broken/…`, after which the connection ends, and `/slow/…` for long."""
    ended = threading.Event()

    class Node(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/slow/"):
                ended.wait(60)
            if not self.path.startswith("/broken/"):
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

        def log_message(self, *_said: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Node)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    ended.set()
    server.shutdown()
    server.server_close()


def provoked(folder: Path, node: int, text: str) -> str:
    """Return what nginx logs of requests with a secret in their address, all that can go wrong with them."""
    gone = (f"127.0.0.1:{_free()} max_fails=0", f"unix:{folder}/no-socket max_fails=0")
    nginx = Nginx(folder, [*gone, node], text)
    try:
        base = f"http://127.0.0.1:{nginx.port}"
        for _ in range(6):
            requests.get(f"{base}/adresse-e-mail/{SECRET}", timeout=20)
        requests.get(f"{base}/broken/{SECRET}", timeout=20)
        requests.get(f"{base}/readyz?code={SECRET}", timeout=20)
        requests.post(f"{base}/{SECRET}", data=b"a" * 70_000, timeout=20)
        for body in (b"\r\n", b"Content-Length: 9\r\n\r\nhalf"):
            with socket.create_connection(("127.0.0.1", nginx.port)) as leaves:
                leaves.sendall(f"GET /slow/{SECRET} HTTP/1.1\r\nHost: x\r\n".encode() + body)
        requests.get(f"{base}/afterwards", timeout=20)
    finally:
        nginx.stop()
    return nginx.logged


def _free() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def test_no_server_logs_an_address() -> None:
    """A query may hold a code, a path a link that opens something: no server of either text logs any (N-152)."""
    assert 2 == len(TEXTS)
    for text in TEXTS:
        servers = re.findall(r"^server \{\n(.*?)^\}", text, re.DOTALL | re.MULTILINE)
        said = [re.findall(r"^    (?:access|error)_log .*?;", one, re.MULTILINE) for one in servers]
        assert [["    access_log off;", "    error_log /var/log/nginx/error.log emerg;"]] * 2 == said


@pytest.mark.parametrize("text", TEXTS, ids=["file", "manual"])
def test_no_address_is_in_a_log_of_a_real_nginx(tmp_path: Path, node: int, text: str) -> None:
    """Nodes that are gone or break off, members who leave, what is refused: nothing of the request is written."""
    assert SECRET not in provoked(tmp_path / "nginx", node, text)


def test_less_than_that_does_not_keep_addresses_out(tmp_path: Path, node: int) -> None:
    """Why it is `emerg`: what happens here is logged with the request's line at `crit` still."""
    logged = provoked(tmp_path / "nginx", node, TEXTS[0].replace(" emerg;", " crit;"))
    assert "[crit]" in logged
    assert SECRET in logged
