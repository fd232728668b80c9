"""`GET /metrics` on a port of its own: the figures of the node in Prometheus' or OpenMetrics' text format.

Never on the port that members reach: how often passwords are wrong is no stranger's business. Whoever the settings give
a token must show it (`Authorization: Bearer`); without one, who reaches the address may read.
"""

import hmac
import logging
from collections.abc import Callable, Iterable, Iterator
from http.server import BaseHTTPRequestHandler
from itertools import accumulate
from pathlib import Path
from socket import AF_INET, AF_INET6
from socketserver import ThreadingTCPServer
from threading import Lock, Thread
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from idp.metrics import points, snapshots
from idp.metrics.ledger import SECONDS, Histogram, Reading
from idp.metrics.snapshots import Key, Sums

log = logging.getLogger("idp.metrics")

_PATIENCE: Final = 10
"""Seconds for which a reader may be silent."""
_BOUNDS: Final = (*(str(bound) for bound in SECONDS), "+Inf")


def families(sums: Sums) -> Iterator[Metric]:
    """Yield the node's figures as prometheus-client knows them."""
    for counter in points.COUNTERS:
        yield _counter(counter.name, counter.words, counter.labels, sums.counters.get(counter.name, {}))
    for histogram in points.HISTOGRAMS:
        yield from _histogram(histogram, sums.histograms.get(histogram.name, {}))
    for gauge in (*points.LEVELS, *points.GAUGES):
        shown = GaugeMetricFamily(gauge.name, gauge.words, labels=gauge.labels)
        for labels, value in sums.gauges.get(gauge.name, {}).items():
            shown.add_metric(labels, value)
        yield shown


def _counter(name: str, words: str, labels: Iterable[str], cells: dict[Key, float]) -> Metric:
    shown = CounterMetricFamily(name, words, labels=tuple(labels))
    for values, count in cells.items():
        shown.add_metric(values, count)
    return shown


def _histogram(histogram: Histogram, cells: dict[Key, list[float]]) -> Iterator[Metric]:
    labels = histogram.labels
    if histogram.counter is not None:
        counts = {values: sum(cell[:-1]) for values, cell in cells.items()}
        yield _counter(histogram.counter, histogram.words, labels, counts)
        labels, whole = labels[:-1], cells
        cells = {}
        for values, cell in whole.items():
            before = cells.get(values[:-1], [0.0] * len(cell))
            cells[values[:-1]] = [one + more for one, more in zip(before, cell, strict=True)]
    shown = HistogramMetricFamily(histogram.name, histogram.words, labels=labels)
    for values, cell in cells.items():
        shown.add_metric(values, list(zip(_BOUNDS, accumulate(cell[:-1]), strict=True)), cell[-1])
    yield shown


class _Collected(Collector):
    def __init__(self, directory: Path, stored: Callable[[], Iterable[Reading]]) -> None:
        self._directory = directory
        self._stored = stored

    def collect(self) -> Iterable[Metric]:
        """Read the files, and what the database says."""
        sums = snapshots.read(self._directory)
        sums.read(snapshots.named(self._stored()))
        return families(sums)


class Exposition:
    """Answers scrapes; opened by one of a node's processes, the others find the port taken.

    Args:
        address: host and port to listen on.
        directory: where the node's processes write.
        stored: reads what the database knows; must not raise.
        token: what a reader must show; None for nothing.

    Raises:
        OSError: the port is taken.
    """

    def __init__(
        self,
        address: tuple[str, int],
        directory: Path,
        stored: Callable[[], Iterable[Reading]],
        token: str | None = None,
    ) -> None:
        registry = CollectorRegistry()
        registry.register(_Collected(directory, stored))
        self._server = _server(address, registry, token)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Answer from now on, in threads that do not keep the process alive."""
        Thread(target=self._server.serve_forever, name="idp-metrics-http", daemon=True).start()

    def stop(self) -> None:
        """Let the port go."""
        self._server.shutdown()
        self._server.server_close()


def _server(address: tuple[str, int], registry: CollectorRegistry, token: str | None) -> ThreadingTCPServer:
    turn = Lock()

    class Handler(BaseHTTPRequestHandler):
        timeout = _PATIENCE
        server_version = "idp"
        sys_version = ""

        def do_GET(self) -> None:
            if self.path.partition("?")[0] != "/metrics":
                self._write(404, "text/plain", b"GET /metrics\n")
            elif token is not None and not self._shown(token):
                self._write(401, "text/plain", b"a bearer token is needed\n", ("WWW-Authenticate", "Bearer"))
            else:
                encode, kind = choose_encoder(self.headers.get("Accept", ""))
                # One at a time: a reader in a hurry costs the members nothing more.
                with turn:
                    body = encode(registry)
                self._write(200, kind, body)

        def _shown(self, wanted: str) -> bool:
            kind, _, presented = self.headers.get("Authorization", "").partition(" ")
            given = presented.strip().encode("utf-8", "surrogatepass")
            return kind.lower() == "bearer" and hmac.compare_digest(given, wanted.encode())

        def _write(self, status: int, kind: str, body: bytes, *headers: tuple[str, str]) -> None:
            self.send_response(status)
            for name, value in (("Content-Type", kind), ("Content-Length", str(len(body))), *headers):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's own
            log.debug(format, *args)

    class Server(ThreadingTCPServer):
        address_family = AF_INET6 if ":" in address[0] else AF_INET
        daemon_threads = True
        allow_reuse_address = True

    return Server(address, Handler)
