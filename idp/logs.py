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
    "method",
    "path",
    "status",
    "duration_ms",
    "client_id",
    "outcome",
)
_LINE_LIMIT: Final = 8000


class JsonFormatter(logging.Formatter):
    """One JSON object a line; control characters are escaped, so that input cannot split a line (N-132)."""

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
        return json.dumps(entry, ensure_ascii=False)


class TextFormatter(logging.Formatter):
    """A short line for a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, line breaks in the message escaped."""
        when = datetime.fromtimestamp(record.created, UTC).strftime("%H:%M:%S")
        reference = getattr(record, "reference", None)
        message = record.getMessage()[:_LINE_LIMIT].replace("\r", "\\r").replace("\n", "\\n")
        line = f"{when} {record.levelname.lower():7} {record.name}: {message}"
        if reference:
            line += f" [{reference}]"
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)[-_LINE_LIMIT:]
        return line


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
