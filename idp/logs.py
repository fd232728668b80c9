"""Log lines on standard error: JSON for machines, text for people; one line an event, no secret in it (N-152)."""

import json
import logging
import sys
import time
from datetime import UTC, datetime
from json.encoder import encode_basestring_ascii
from typing import Final

from idp.config import Logs

_EXTRA: Final = (
    "event",
    "reference",
    "trace_id",
    "method",
    "path",
    "status",
    "duration_ms",
    "client_id",
    "outcome",
)
_LINE_LIMIT: Final = 8000


class JsonFormatter(logging.Formatter):
    """One JSON object a line, in ASCII: whatever a reader may call a line end is escaped (N-132).

    Put together by hand: each request has a line, and a dictionary and an encoder cost it more than its answer.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = (
            f'{{"time": "{_moment(record.created)}", "level": "{record.levelname.lower()}", '
            f'"logger": {_text(record.name)}, "message": {_text(record.getMessage()[:_LINE_LIMIT])}'
        )
        held = record.__dict__
        for name in _EXTRA:
            value = held.get(name)
            if value is not None:
                line += f', "{name}": {_text(value) if type(value) is str else json.dumps(value, default=str)}'
        if record.exc_info:
            line += f', "exception": {_text(self.formatException(record.exc_info)[-_LINE_LIMIT:])}'
        return line + "}"


_text = encode_basestring_ascii
_second: tuple[int, str] = (-1, "")


def _moment(created: float) -> str:
    """Return a time as `2026-01-31T08:00:00.123+00:00`; the date of a second is written once."""
    global _second  # noqa: PLW0603 - one tuple, replaced whole
    whole, rest = divmod(created, 1)
    second, written = _second
    if second != whole:
        written = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole))
        _second = (int(whole), written)
    return f"{written}.{int(rest * 1000):03d}+00:00"


class TextFormatter(logging.Formatter):
    """A short line for a terminal, which must obey nothing that a message holds (N-132)."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, what is not printable escaped; a trace follows, each of its lines behind a bar."""
        when = datetime.fromtimestamp(record.created, UTC).strftime("%H:%M:%S")
        reference = getattr(record, "reference", None)
        message = _printable(record.getMessage()[:_LINE_LIMIT])
        line = f"{when} {record.levelname.lower():7} {record.name}: {message}"
        if reference:
            line += f" [{_printable(str(reference))}]"
        if record.exc_info:
            trace = self.formatException(record.exc_info)[-_LINE_LIMIT:].split("\n")
            line += "".join(f"\n  | {_printable(one)}" for one in trace)
        return line


def _printable(text: str) -> str:
    r"""Escape line ends, terminal sequences, direction marks and lone surrogates, as `\x1b` or `\u2028`."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in text)


def configure(settings: Logs) -> None:
    """Send every logger to standard error at the level of the settings.

    Libraries that print messages' contents at DEBUG are kept at INFO: Authlib writes whole tokens there. SQLAlchemy
    writes statements with their values at INFO, so it is kept at WARNING.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if settings.format == "json" else TextFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.level)
    # No line of ours tells where in the code it was written, by which thread or process: finding that out costs more
    # than the line.
    logging._srcfile = None  # noqa: SLF001 - as the library's own manual tells (Logging HOWTO, "Optimization")
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    for name in ("authlib", "urllib3", "requests", "werkzeug"):
        logging.getLogger(name).setLevel(max(logging.INFO, logging.getLevelName(settings.level)))
    for name in ("alembic", "sqlalchemy"):
        logging.getLogger(name).setLevel(logging.WARNING)
