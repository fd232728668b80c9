"""What rooms call to be seen in a trace. It does nothing until `idp.tracing.export` has put a tracer here."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Literal, Protocol

from idp.records import dataclass

Kind = Literal["server", "client", "internal", "consumer"]


class Span(Protocol):
    """One piece of work under way."""

    def set_attribute(self, key: str, value: str | int) -> None:
        """Say something of it; a word of ours or a number, never what a person typed."""


class _Nothing:
    def set_attribute(self, key: str, value: str | int) -> None:
        """Nobody watches."""


@dataclass(frozen=True, slots=True)
class Tracer:
    """How spans are made and carried on; `export` makes the only one.

    Args:
        start: opens a span as a context: name, kind, attributes, headers of the request that it answers.
        carried: returns the headers by which the next program goes on with the trace.
        current: returns the id of the trace under way, None outside of one.
    """

    start: Callable[[str, Kind, Mapping[str, str | int], Mapping[str, str]], AbstractContextManager[Span]]
    carried: Callable[[], Mapping[str, str]]
    current: Callable[[], str | None]


_NOTHING = nullcontext(_Nothing())
_NO_HEADERS: Mapping[str, str] = {}
_tracers: list[Tracer] = []


def install(tracer: Tracer | None) -> None:
    """Let spans go to a tracer from now on, or nowhere."""
    _tracers[:] = [] if tracer is None else [tracer]


def on() -> bool:
    """Whether anybody watches."""
    return bool(_tracers)


def span(
    name: str, kind: Kind = "internal", headers: Mapping[str, str] = _NO_HEADERS, **attributes: str | int
) -> AbstractContextManager[Span]:
    """Open a span as a context. An exception that leaves it marks it as failed, by the exception's class alone.

    Args:
        name: of few different ones, such as `redis get`.
        kind: where it stands between programs.
        headers: of the request that it answers: `traceparent`, `tracestate`.
        attributes: known from the start; double underscores stand for dots.
    """
    if not _tracers:
        return _NOTHING
    named = {key.replace("__", "."): value for key, value in attributes.items()}
    return _tracers[0].start(name, kind, named, headers)


def carried() -> Mapping[str, str]:
    """Return the headers to send along with a call."""
    return _tracers[0].carried() if _tracers else _NO_HEADERS


def current() -> str | None:
    """Return the id of the trace under way, 32 hex digits, or None."""
    return _tracers[0].current() if _tracers else None
