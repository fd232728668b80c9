"""A small OpenTelemetry collector: takes OTLP over HTTP as the protocol says, and keeps what came."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span


@dataclass
class Collected:
    """What a collector was sent."""

    url: str
    spans: list[Span] = field(default_factory=list)
    services: set[str] = field(default_factory=set)
    authorizations: set[str | None] = field(default_factory=set)
    raw: bytes = b""

    def named(self, name: str) -> list[Span]:
        """Return the spans of a name."""
        return [span for span in self.spans if span.name == name]


def attributes(span: Span) -> dict[str, str | int]:
    """Return what a span says of itself."""
    found = {one.key: one.value for one in span.attributes}
    return {key: value.int_value if value.HasField("int_value") else value.string_value for key, value in found.items()}


@contextmanager
def collector() -> Iterator[Collected]:
    """Open a collector on a free port."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            assert "application/x-protobuf" == self.headers["Content-Type"]
            message = ExportTraceServiceRequest.FromString(body)
            with lock:
                collected.raw += body
                collected.authorizations.add(self.headers.get("Authorization"))
                for resource in message.resource_spans:
                    named = {one.key: one.value.string_value for one in resource.resource.attributes}
                    collected.services.add(named["service.name"])
                    for scope in resource.scope_spans:
                        collected.spans.extend(scope.spans)
            answer = ExportTraceServiceResponse().SerializeToString()
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's own
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    collected = Collected(f"http://127.0.0.1:{server.server_port}/v1/traces")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield collected
    finally:
        server.shutdown()
        server.server_close()
