"""What reaches a collector of traces, in its own protocol."""

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import requests

from idp import config, outbound
from idp.logs import JsonFormatter
from idp.tracing import spans
from idp.tracing.export import begin
from tests.support.cast import ESPACE, MEMBER, PASSWORD
from tests.support.collector import Collected, attributes, collector
from tests.support.provider import copied_provider, running
from tests.support.relying_party import RelyingParty
from tests.support.sources import ROOT

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
"""The example of W3C Trace Context, section 3.2.2.5."""
TRACE = PARENT.split("-")[1]


class Heard(logging.Handler):
    """Keeps the lines of the log, as JSON."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[dict[str, object]] = []
        self.setFormatter(JsonFormatter())

    def emit(self, record: logging.LogRecord) -> None:
        """Take a line."""
        self.lines.append(json.loads(self.format(record)))


@pytest.fixture
def heard() -> Iterator[Heard]:
    """What the access log says."""
    handler, logger = Heard(), logging.getLogger("idp.access")
    logger.addHandler(handler)
    level = logger.level
    logger.setLevel(logging.INFO)
    yield handler
    logger.setLevel(level)
    logger.removeHandler(handler)


@pytest.fixture
def partner() -> Iterator[tuple[str, list[str | None]]]:
    """Somebody who is called, and the `traceparent` that they saw."""
    seen: list[str | None] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.headers.get("traceparent"))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's own
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/secret-path?code=c0de", seen
    server.shutdown()
    server.server_close()


def settings(where: Collected, folder: Path) -> config.Tracing:
    """Return settings that trace everything."""
    (folder / "header").write_text("Authorization: Bearer of-the-collector\n", "ascii")
    return config.Tracing(endpoint=where.url, share=1.0, header_file=folder / "header", service="of-the-test")


def test_a_sign_in_is_seen_from_the_door_to_the_stores(tmp_path: Path, heard: Heard, redis_url: str) -> None:
    """A request goes on with its caller's trace, units of work and calls of Redis below it; log lines have its id."""
    with collector() as collected:
        end = begin(settings(collected, tmp_path))
        try:
            house = copied_provider(tmp_path / "house", cache={"redis_url": redis_url}, mail={"transport": "file"})
            with running(house) as provider:
                browser, party = provider.browser(), RelyingParty(provider, ESPACE)
                issued = party.tokens(party.sign_in(browser))
                headers = {"Authorization": f"Bearer {issued['access_token']}", "traceparent": PARENT}
                assert 200 == browser.raw("GET", "/userinfo", headers=headers).status_code
        finally:
            end()
    assert ({"of-the-test"}, {"Bearer of-the-collector"}) == (collected.services, collected.authorizations)
    ours = [span for span in collected.spans if span.trace_id.hex() == TRACE]
    (request,) = [span for span in ours if span.name == "HTTP GET"]
    assert PARENT.split("-")[2] == request.parent_span_id.hex()
    facts = attributes(request)
    assert ("/userinfo", 200) == (facts["http.route"], facts["http.response.status_code"])
    units = [span for span in ours if span.name == "unit read"]
    assert units
    assert {request.span_id} == {span.parent_span_id for span in units}
    assert collected.named("redis set")
    assert collected.named("unit write")
    (line,) = [one for one in heard.lines if one["path"] == "/userinfo"]
    assert (TRACE, facts["idp.reference"]) == (line["trace_id"], line["reference"])
    hidden = (
        PASSWORD,
        MEMBER.dossier,
        ESPACE.client_id,
        issued["access_token"],
        MEMBER.civil.birth_name,
        *(str(one["path"]) for one in heard.lines if str(one["path"]).startswith("/connexion/")),
    )
    assert [] == [word for word in hidden if word.encode() in collected.raw]


def test_a_call_that_leaves_goes_on_with_the_trace(tmp_path: Path, partner: tuple[str, list[str | None]]) -> None:
    """The partner sees our span as its parent; the host alone is kept of its address, of a failure its class."""
    url, seen = partner
    adapter = outbound.BoundedAdapter(hosts=None, timeout=5, public_only=False)
    with collector() as collected:
        end = begin(settings(collected, tmp_path))
        try:
            with spans.span("HTTP POST", "server", {"traceparent": PARENT}):
                outbound.get(adapter, url, {})
            with pytest.raises(requests.RequestException):
                outbound.get(adapter, "http://127.0.0.1:9/", {})
        finally:
            end()
    called, failed = collected.named("HTTP GET")
    assert [f"00-{TRACE}-{called.span_id.hex()}-01"] == seen
    assert {"server.address": "127.0.0.1"} == attributes(called)
    assert (2, "ConnectionError") == (failed.status.code, attributes(failed)["error.type"])
    assert b"c0de" not in collected.raw


def test_a_collector_that_is_gone_costs_nothing(tmp_path: Path) -> None:
    """Requests are answered; what could not be sent is lost."""
    gone = config.Tracing(endpoint="http://127.0.0.1:9/v1/traces", share=1.0, timeout=0.2)
    end = begin(gone)
    try:
        with running(copied_provider(tmp_path)) as provider:
            assert 200 == provider.browser().raw("GET", "/jwks").status_code
    finally:
        end()


def test_the_provider_does_not_need_the_extra() -> None:
    """Without the SDK all is as ever, and where traces are asked for a sentence says what to install.
    Nor is the writer of figures loaded before somebody asks for figures.
    """
    program = """if True:
        import sys
        sys.modules["opentelemetry"] = None
        from idp import config
        from idp.process import trace
        trace(config.load())
        print("prometheus_client" in sys.modules)
        try:
            trace(config.load(tracing={"endpoint": "http://127.0.0.1:4318/v1/traces"}))
        except config.ConfigurationError as error:
            print(error)
    """
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=100, cwd=ROOT
    )
    loaded, told = done.stdout.splitlines()
    assert ("False", True) == (loaded, '".[tracing]"' in told), done.stdout
