"""Log lines."""

import io
import json
import logging
import threading

import pytest

from idp import logs
from idp.config import Logs
from idp.logs import BatchHandler, JsonFormatter, TextFormatter, configure


def record(message: str, **extra: object) -> logging.LogRecord:
    """Make a log record."""
    made = logging.LogRecord("idp.test", logging.INFO, __file__, 1, message, (), None)
    for name, value in extra.items():
        setattr(made, name, value)
    return made


def test_one_line_an_event_whatever_is_in_it() -> None:
    """Nothing that any reader calls a line break makes a second line (N-132); the text itself is not lost."""
    nasty = "one\r\ntwo\x0bthree\x0cfour\x1c\x1d\x1efive\x85six\u2028seven\u2029eight"
    for formatter in (JsonFormatter(), TextFormatter()):
        assert 1 == len(formatter.format(record(nasty, reference=nasty)).splitlines())
    assert nasty == json.loads(JsonFormatter().format(record(nasty)))["message"]


@pytest.mark.parametrize(
    "nasty", ["\x1b[2J", "\x1b]0;title\x07", "\x9b1m", "\x7f", "\x00", "\u202e", "\ud800", "\u200b"]
)
def test_a_terminal_is_given_no_orders(nasty: str) -> None:
    """Escape sequences, direction marks and lone surrogates arrive as visible letters in both forms."""
    for formatter in (JsonFormatter(), TextFormatter()):
        assert formatter.format(record(f"a{nasty}b", reference=nasty)).isprintable()


def test_an_exception_cannot_write_an_event() -> None:
    """The text of an exception stays behind a bar, so that it never begins a line of the log."""
    made = record("failed")
    made.exc_info = (ValueError, ValueError("x\n12:00:00 info    idp.web: all is well\x1b[0m\u2028y"), None)
    first, *trace = TextFormatter().format(made).splitlines()
    assert first.endswith("idp.test: failed")
    assert all(line.startswith("  | ") and line.isprintable() for line in trace)
    assert 1 == len(JsonFormatter().format(made).splitlines())


def test_letters_of_every_language_are_read_as_they_are() -> None:
    """Escaping spares what people read."""
    assert TextFormatter().format(record("Élise Œuvré « né »")).endswith("Élise Œuvré « né »")


def test_json_line_has_the_reference() -> None:
    """The reference of a request is a member of its own, and unknown extras stay out."""
    line = json.loads(JsonFormatter().format(record("x", reference="abc", password="p")))
    assert "abc" == line["reference"]
    assert "password" not in line


def test_long_messages_are_cut() -> None:
    """An oversized message does not fill the log (V-34)."""
    assert len(JsonFormatter().format(record("x" * 1_000_000))) < 9000


def test_authlib_never_speaks_at_debug() -> None:
    """Authlib prints whole tokens at DEBUG, so it is kept at INFO."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        configure(Logs(level="DEBUG"))
        assert not logging.getLogger("authlib.oauth2").isEnabledFor(logging.DEBUG)
        assert logging.getLogger("idp.web").isEnabledFor(logging.DEBUG)
    finally:
        root.handlers[:], root.level = handlers, level
        for name in ("authlib", "urllib3", "requests", "sqlalchemy.engine", "alembic", "werkzeug"):
            logging.getLogger(name).setLevel(logging.NOTSET)


def test_lines_are_written_together_and_warnings_at_once() -> None:
    """In their order: what waits goes before a warning, and nothing waits for long."""
    stream = io.StringIO()
    handler = BatchHandler(stream, every=3600)
    handler.setFormatter(logging.Formatter())

    def told(level: int, message: str) -> list[str]:
        handler.handle(logging.LogRecord("idp", level, "", 0, message, None, None))
        return stream.getvalue().split()

    assert [] == told(logging.INFO, "one")
    assert ["one", "two"] == told(logging.WARNING, "two")
    assert ["one", "two"] == told(logging.INFO, "three")
    handler.flush()
    assert ["one", "two", "three"] == stream.getvalue().split()


def test_what_waits_is_written_by_itself() -> None:
    """Within a moment, without another line."""
    written = threading.Event()

    class Stream(io.StringIO):
        def flush(self) -> None:
            """Tell that something came."""
            written.set()

    handler = BatchHandler(Stream())
    handler.setFormatter(logging.Formatter())
    handler.handle(logging.LogRecord("idp", logging.INFO, "", 0, "one", None, None))
    assert written.wait(30)


def written(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Return where the process writes its log in JSON, nobody else listening; to be called in a test, not before it."""
    stream = io.StringIO()
    handler = BatchHandler(stream, every=3600)
    handler.setFormatter(JsonFormatter())
    monkeypatch.setattr(logging.root, "handlers", [handler])
    monkeypatch.setattr(logs, "_ready", handler)
    logs.access.setLevel(logging.INFO)
    return stream


def _lines(stream: io.StringIO) -> list[dict[str, object]]:
    (handler,) = logging.root.handlers
    handler.flush()
    found = [json.loads(line) for line in stream.getvalue().splitlines()]
    for one in found:
        assert one.pop("time")
    return found


@pytest.mark.parametrize("path", ["/token", '/a"b\\c\n{"event": "x"}', "/é\u2028\ud800"])
@pytest.mark.parametrize("client_id", ["", "espace", 'a"b'])
def test_the_access_line_is_the_library_s_own(monkeypatch: pytest.MonkeyPatch, path: str, client_id: str) -> None:
    """Put together by hand or made by the library, it says the same, on one line."""
    stream = written(monkeypatch)
    logs.request("0" * 16, "POST", path, 200, 0.0123, client_id)
    monkeypatch.setattr(logs, "_ready", None)
    logs.request("0" * 16, "POST", path, 200, 0.0123, client_id)
    by_hand, by_library = _lines(stream)
    assert by_library == by_hand
    assert (path, 200, 12.3, client_id or None) == (
        by_hand["path"], by_hand["status"], by_hand["duration_ms"], by_hand.get("client_id"),
    )  # fmt: skip


def test_who_else_listens_hears_the_access_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second handler gets what the library makes."""
    stream = written(monkeypatch)
    heard: list[logging.LogRecord] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append(record)

    monkeypatch.setattr(logging.root, "handlers", [*logging.root.handlers, Ear()])
    logs.request("0" * 16, "GET", "/jwks", 200, 0.001)
    assert ["GET /jwks 200"] == [one.getMessage() for one in heard]
    assert "" == stream.getvalue()
