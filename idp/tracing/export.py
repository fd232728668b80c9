"""Spans by the OpenTelemetry SDK, sent to a collector by OTLP over HTTP, in batches and beside the requests."""

import logging
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any, Final

from idp.config import ConfigurationError, Tracing, read_secret
from idp.tracing import spans

try:
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
    from opentelemetry.trace import SpanKind, Status, StatusCode
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
except ImportError as error:
    raise ConfigurationError(
        ['tracing.endpoint: the OpenTelemetry SDK is not installed; pip install ".[tracing]" brings it']
    ) from error

_KINDS: Final[Mapping[spans.Kind, SpanKind]] = {
    "server": SpanKind.SERVER,
    "client": SpanKind.CLIENT,
    "internal": SpanKind.INTERNAL,
    "consumer": SpanKind.CONSUMER,
}
_EVERY_MS: Final = 1000
_WAITING: Final = 4096
"""Spans that wait to be sent at most; where the collector does not keep up the others are dropped."""


def begin(settings: Tracing) -> Callable[[], None]:
    """Send spans from now on, from this process; return what sends the last ones and ends it.

    Raises:
        ConfigurationError: the file of the headers cannot be read.
    """
    resource = Resource.create(
        {
            "service.name": settings.service,
            "service.version": version("carpimko-idp"),
            "service.instance.id": socket.gethostname(),
        }
    )
    provider = TracerProvider(resource=resource, sampler=ParentBased(TraceIdRatioBased(settings.share)))
    exporter = OTLPSpanExporter(endpoint=settings.endpoint, headers=_headers(settings), timeout=settings.timeout)
    provider.add_span_processor(
        BatchSpanProcessor(
            exporter, max_queue_size=_WAITING, schedule_delay_millis=_EVERY_MS, max_export_batch_size=512
        )
    )
    spans.install(_tracer(provider))
    logging.setLogRecordFactory(_Marked)

    def end() -> None:
        spans.install(None)
        logging.setLogRecordFactory(logging.LogRecord)
        provider.shutdown()

    return end


def _headers(settings: Tracing) -> dict[str, str]:
    if settings.header_file is None:
        return {}
    name, mark, value = read_secret(settings.header_file).partition(":")
    if not mark:
        raise ConfigurationError([f"tracing.header_file: {settings.header_file} has no line such as Name: value"])
    return {name.strip(): value.strip()}


def _tracer(provider: TracerProvider) -> spans.Tracer:
    tracer, propagator = provider.get_tracer("idp"), TraceContextTextMapPropagator()

    @contextmanager
    def start(
        name: str, kind: spans.Kind, attributes: Mapping[str, str | int], headers: Mapping[str, str]
    ) -> Iterator[spans.Span]:
        parent = propagator.extract(dict(headers)) if headers else None
        with tracer.start_as_current_span(
            name, parent, _KINDS[kind], dict(attributes), record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield span
            except BaseException as error:
                # Its class alone: an exception's words may hold what a person typed.
                span.set_status(Status(StatusCode.ERROR))
                span.set_attribute("error.type", type(error).__name__)
                raise

    def carried() -> Mapping[str, str]:
        headers: dict[str, str] = {}
        propagator.inject(headers)
        return headers

    def current() -> str | None:
        context = trace.get_current_span().get_span_context()
        return f"{context.trace_id:032x}" if context.is_valid else None

    return spans.Tracer(start, carried, current)


class _Marked(logging.LogRecord):
    """A record of the log that has the id of the trace in which it was made."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.trace_id = spans.current()
