"""A real nginx in front of nodes, with the file that we hand out; only its addresses are the test's."""

import re
import shutil
import signal
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support import processes
from tests.support.sources import ROOT

FILE = ROOT / "deploy" / "nginx" / "idp.conf"
_FRAME = """\
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  include {folder}/idp.conf;
}}
"""


class Nginx:
    """One nginx on a free port, without TLS.

    Args:
        folder: where its files go.
        nodes: ports of the nodes, or what nginx's `server` takes.
        text: the file, where it is another than the one that we hand out.
    """

    def __init__(self, folder: Path, nodes: Sequence[int | str], text: str | None = None) -> None:
        program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin:/opt/homebrew/bin")
        if program is None:
            pytest.skip("no nginx on this machine: install Debian's package nginx-light")
        self.port = processes.free_port()
        self._folder = folder
        self._text = FILE.read_text(encoding="utf-8") if text is None else text
        folder.mkdir()
        (folder / "nginx.conf").write_text(_FRAME.format(folder=folder), encoding="ascii")
        self.send_to(nodes)
        command = [program, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
        self._program = processes.start(command, folder / "output.log")
        self._program.wait_until(lambda: processes.answers(f"http://127.0.0.1:{self.port}/healthz"), 20)

    def send_to(self, nodes: Sequence[int | str]) -> None:
        """Write the file with other nodes."""
        named = [f"127.0.0.1:{one} max_fails=1 fail_timeout=3s" if isinstance(one, int) else one for one in nodes]
        text = re.sub(r"(?:\s*server 127\.0\.0\.1:.*?;)+", "".join(f"\n    server {one};" for one in named), self._text)
        text = text.partition("server {\n    listen 80;")[0]
        text = re.sub(r"    (ssl_|listen|http2).*\n", "", text)
        text = text.replace("server {\n", f"server {{\n    listen 127.0.0.1:{self.port};\n")
        text = text.replace("/var/log/nginx/error.log", str(self._folder / "error.log"))
        (self._folder / "idp.conf").write_text(text, encoding="utf-8")

    @property
    def logged(self) -> str:
        """What it has logged so far, anywhere."""
        return "".join(one.read_text("utf-8", "replace") for one in sorted(self._folder.glob("*.log")))

    def reload(self, nodes: Sequence[int | str]) -> None:
        """Send new requests to these nodes; those under way end where they are."""
        self.send_to(nodes)
        self._program.process.send_signal(signal.SIGHUP)

    def stop(self) -> None:
        """End it."""
        self._program.stop(how=signal.SIGQUIT)
