"""One process that serves or works: its log, its traces and figures, the provider in it."""

import logging
import os
import signal
from wsgiref.types import WSGIApplication

from idp import config, logs
from idp.app import build
from idp.lifeline import end_with_parent
from idp.loading import kept
from idp.measuring import node_of
from idp.wire.room import Room

log = logging.getLogger("idp.process")


def trace(settings: config.Settings) -> None:
    """Send spans to the collector that the settings name; the SDK is loaded only then. Before `build`.

    Raises:
        ConfigurationError: the SDK is not installed, or a file cannot be read.
    """
    if settings.tracing.endpoint is not None:
        from idp.tracing.export import begin  # noqa: PLC0415 - see above

        begin(settings.tracing)


def serve() -> WSGIApplication:
    """Return the WSGI application of one server process, from the settings file named in IDP_CONFIG.

    Until it serves, the process ends at once when told to: a worker would otherwise heed what its server, from which
    it was forked, does on that signal, that is, nothing.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    settings = config.load()
    logs.configure(settings.logs)
    end_with_parent()
    trace(settings)
    with kept():
        application = build(settings)
        wsgi = application.wsgi
    node = node_of(application, settings.metrics.port, lambda: application.edge.upstreams)
    if node is not None:
        node.start()
    if settings.server.run_worker:
        application.worker.start()
    log.info("process %d serves %s", os.getpid(), settings.issuer, extra={"event": "started"})
    return Room(wsgi, settings.server.threads)
