"""A captcha over a real store, a clock that stands still, and a third party's endpoint on this machine."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import altcha
import pytest

from idp import config
from idp.services.captcha.build import build_captcha
from idp.services.captcha.port import Captcha, CaptchaWidget, Verdict
from idp.store.db import Store
from tests.support.ports import MemoryKeyValue
from tests.support.stores import Clock, sqlite_store

BROWSER = "browser-a"
ACTION = "forgotten"
NETWORK = "192.0.2.7"
KEY = bytes(range(32))


def solved(widget: CaptchaWidget) -> str:
    """Return the proof of a challenge, found by trying as a browser does."""
    challenge = altcha.Challenge.from_dict(json.loads(widget.challenge))
    solution = altcha.solve_challenge(challenge)
    assert solution is not None
    return altcha.Payload(challenge, solution).to_base64()


def answered(widget: CaptchaWidget, **changes: str) -> dict[str, str]:
    """Return the fields that a browser without scripts sends once the box is ticked, with changes."""
    proof = {"captcha_proof": ""} if widget.challenge else {}
    return {"captcha_stamp": widget.stamp, "captcha": "on", "captcha_site_web": "", **proof, **changes}


@dataclass
class World:
    """What the tests of this room share."""

    store: Store
    folder: Path
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        """Open the counters."""
        self.kv = MemoryKeyValue(self.clock)

    def captcha(self, **settings: Any) -> Captcha:
        """Build a captcha from settings; proofs are small unless they say otherwise."""
        if settings.get("provider"):
            secret = self.folder / "captcha-secret"
            secret.write_text("our-secret\n", encoding="utf-8")
            settings = {"site_key": "our-site-key", "secret_file": secret, **settings}
        small = {"proof_iterations": 100, "proof_attempts": 10}
        return build_captcha(config.load(captcha={**small, **settings}), self.store, self.kv, KEY, self.clock)


def judge(captcha: Captcha, answer: Mapping[str, str], **changes: str) -> Verdict:
    """Judge an answer of the usual browser, action and network, or of others."""
    who = {"browser_id": BROWSER, "action": ACTION, "network": NETWORK, **changes}
    return captcha.verify(answer, **who)


def plausible(captcha: Captcha, answer: Mapping[str, str], **changes: str) -> bool:
    """Say whether an answer of the usual browser and action, or of others, may pass."""
    return captcha.plausible(answer, **{"browser_id": BROWSER, "action": ACTION, **changes})


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """An empty world."""
    store = sqlite_store(tmp_path)
    yield World(store, tmp_path)
    store.engine.dispose()


@dataclass
class Endpoint:
    """A third party's verification endpoint: keeps what it was sent, says what a test wants."""

    address: str = ""
    status: int = 200
    verdict: object = field(default_factory=lambda: {"success": True, "hostname": "localhost", "action": ACTION})
    delay: float = 0
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    hook: Callable[[], None] = lambda: None


def _handler(endpoint: Endpoint) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            endpoint.asked.append(dict(parse_qsl(self.rfile.read(length).decode())))
            endpoint.hook()
            time.sleep(endpoint.delay)
            body = endpoint.verdict if isinstance(endpoint.verdict, bytes) else json.dumps(endpoint.verdict).encode()
            self.send_response(endpoint.status)
            for name, value in {"Content-Length": str(len(body)), **endpoint.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Stay silent when a caller hangs up: that is what some tests are about."""


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """A running endpoint that believes everything."""
    found = Endpoint()
    server = _Server(("127.0.0.1", 0), _handler(found))
    found.address = f"http://127.0.0.1:{server.server_port}/siteverify"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()
