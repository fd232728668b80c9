"""Log lines on standard error: JSON for machines, text for people; one line an event, no secret in it (N-152)."""

import json
import logging
import sys
from datetime import UTC, datetime
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
    """One JSON object a line, in ASCII: whatever a reader may call a line end is escaped (N-132)."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        entry: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage()[:_LINE_LIMIT],
        }
        for name in _EXTRA:
            value = getattr(record, name, None)
            if value is not None:
                entry[name] = value
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)[-_LINE_LIMIT:]
        return json.dumps(entry)


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
    for name in ("authlib", "urllib3", "requests", "werkzeug"):
        logging.getLogger(name).setLevel(max(logging.INFO, logging.getLevelName(settings.level)))
    for name in ("alembic", "sqlalchemy"):
        logging.getLogger(name).setLevel(logging.WARNING)
