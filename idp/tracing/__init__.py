"""Traces for an OpenTelemetry collector, where `tracing.endpoint` names one; otherwise nothing is loaded.

Purpose: one span each for a request, a unit of work, a call of Redis, an HTTP call that leaves the house and a piece of
work of the outbox. `spans` is a leaf that rooms call (and does nothing by itself), `watched` wraps the door and the
stores where tracing is on, `export` alone knows the OpenTelemetry SDK. `traceparent` (W3C Trace Context) is taken from
requests and passed on; no span holds a path, a query, a key, a statement's values or an address of a person.

Depends on `idp.config`; `watched` also on `idp.store`. The SDK is an extra: `pip install ".[tracing]"`.
"""
