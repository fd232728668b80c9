"""Log lines."""

import json
import logging

from idp.config import Logs
from idp.logs import JsonFormatter, TextFormatter, configure


def record(message: str, **extra: object) -> logging.LogRecord:
    """Make a log record."""
    made = logging.LogRecord("idp.test", logging.INFO, __file__, 1, message, (), None)
    for name, value in extra.items():
        setattr(made, name, value)
    return made


def test_one_line_an_event_whatever_is_in_it() -> None:
    """A line break in a message cannot make a second line (N-132)."""
    nasty = "first\r\nsecond\u2028third"
    assert len(JsonFormatter().format(record(nasty)).split("\n")) == 1
    assert len(TextFormatter().format(record(nasty)).split("\n")) == 1


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
