"""Log lines on standard error: JSON for machines, text for people; one line an event, no secret in it (N-152)."""

import json
import logging
import sys
import threading
import time
from collections import deque
from datetime import UTC, datetime
from json.encoder import encode_basestring_ascii
from multiprocessing.util import Finalize
from typing import Final, TextIO

from idp.config import Logs

access: Final = logging.getLogger("idp.access")
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


class BatchHandler(logging.Handler):
    """Writes lines together, a twentieth of a second after the first; a warning at once, what waits before it.

    Each write lets another thread go on in the middle of a request: a line at a time halved what a process serves.
    What a process has not written when it is killed is lost; what happened is on record in the database. Call
    `flush` before the process ends.
    """

    MOST: Final = 1000
    """Lines that wait at most."""

    def __init__(self, stream: TextIO, every: float = 0.05) -> None:
        super().__init__()
        self._every = every
        self._stream = stream
        self._lines: deque[str] = deque()
        self._some = threading.Event()
        threading.Thread(target=self._run, name="log", daemon=True).start()
        Finalize(None, self.flush, exitpriority=0)  # worker processes end without the interpreter's own last rites

    def emit(self, record: logging.LogRecord) -> None:
        """Take a line."""
        try:
            line = self.format(record)
        except Exception:  # noqa: BLE001 - as the library's handlers do: what cannot be told breaks nothing
            self.handleError(record)
            return
        self.take(line)
        if record.levelno >= logging.WARNING:
            self.flush()

    def take(self, line: str) -> None:
        """Take a line that is ready."""
        self._lines.append(line)
        if len(self._lines) >= self.MOST:
            self.flush()
        elif not self._some.is_set():
            self._some.set()

    def flush(self) -> None:
        """Write what waits."""
        self.acquire()
        try:
            lines = [self._lines.popleft() for _ in range(len(self._lines))]
            if lines:
                self._stream.write("\n".join(lines) + "\n")
                self._stream.flush()
        finally:
            self.release()

    def _run(self) -> None:
        while self._some.wait():
            time.sleep(self._every)
            self._some.clear()
            self.flush()


_ready: BatchHandler | None = None
"""Where lines go that nobody but us has a say in: JSON, in batches, at INFO or below."""


def _alone(handler: logging.Handler) -> bool:
    """Whether nobody else listens to the access log, and no record is made in a way of its own."""
    listening = logging.root.handlers
    usual = logging.getLogRecordFactory() is logging.LogRecord
    return usual and len(listening) == 1 and listening[0] is handler and not (access.handlers or access.filters)


def request(reference: str, method: str, path: str, status: int, seconds: float, client_id: str = "") -> None:
    """Write the access line of a request; its words are those that a log may have (N-152).

    Put together without the library where nobody else listens: each request has one, and a record of the library's
    costs more than the answer of a prepared document.

    Args:
        reference: hexadecimal digits.
        method: of HTTP.
        path: without query.
        status: of the answer.
        seconds: that it took.
        client_id: the application that was authenticated, where one was.
    """
    handler = _ready
    spent = round(seconds * 1000, 1)
    if handler is None or not _alone(handler):
        extra = {
            "event": "request",
            "reference": reference,
            "method": method,
            "path": path,
            "status": status,
            "duration_ms": spent,
        }
        access.info("%s %s %d", method, path, status, extra=extra | ({"client_id": client_id} if client_id else {}))
        return
    who = f', "client_id": {_text(client_id)}' if client_id else ""
    handler.take(
        f'{{"time": "{_moment(time.time())}", "level": "info", "logger": "idp.access", '
        f'"message": {_text(f"{method} {path} {status}")}, "event": "request", "reference": "{reference}", '
        f'"method": {_text(method)}, "path": {_text(path)}, "status": {status}, "duration_ms": {spent}{who}}}'
    )


def configure(settings: Logs) -> None:
    """Send every logger to standard error at the level of the settings; JSON in batches, text at once.

    Libraries that print messages' contents at DEBUG are kept at INFO: Authlib writes whole tokens there. SQLAlchemy
    writes statements with their values at INFO, so it is kept at WARNING.
    """
    global _ready  # noqa: PLW0603 - one per process, as the library's own root
    in_json = settings.format == "json"
    handler: logging.Handler = BatchHandler(sys.stderr) if in_json else logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if in_json else TextFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.level)
    _ready = handler if isinstance(handler, BatchHandler) and access.isEnabledFor(logging.INFO) else None
    # No line of ours tells where in the code it was written, by which thread or process: finding that out costs more
    # than the line.
    logging._srcfile = None  # noqa: SLF001 - as the library's own manual tells (Logging HOWTO, "Optimization")
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    for name in ("authlib", "urllib3", "requests", "werkzeug"):
        logging.getLogger(name).setLevel(max(logging.INFO, logging.getLevelName(settings.level)))
    for name in ("alembic", "sqlalchemy"):
        logging.getLogger(name).setLevel(logging.WARNING)
