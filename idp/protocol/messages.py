"""A request read once at the edge, and the answer that the edge writes out: plain values, no framework.

Parameters keep their multiplicity, because RFC 6749 section 3.1 forbids a parameter to appear twice and only the
reader of a message can still see that it did.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import Any, Final
from urllib.parse import unquote_plus

from idp.records import dataclass

MAX_FORM_FIELDS = 100
_MOST_DIGITS: Final = 12
"""Of a length that is said."""


class MalformedMessage(ValueError):
    """The bytes are not a form: bad encoding, too many fields. Its text is fixed, never the input."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """Form or query parameters in order, multiplicity kept; empty values count as absent (RFC 6749 section 3.1)."""

    pairs: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, text: str, *, keep_blank: bool = False) -> "Parameters":
        """Parse `application/x-www-form-urlencoded` text; with `keep_blank` a name without a value counts.

        Raises:
            MalformedMessage: bad percent-encoding of UTF-8, NUL, or more than 100 fields.
        """
        if not text:
            return NOTHING
        fields = text.split("&")
        if len(fields) > MAX_FORM_FIELDS:
            raise MalformedMessage("malformed form")
        parts = [one.partition("=") for one in fields]
        given = [(name, value) for name, equals, value in parts if value or (keep_blank and (name or equals))]
        if "%" in text or "+" in text or "\x00" in text:
            given = [(_decoded(name), _decoded(value)) for name, value in given]
        return cls(tuple(given))

    @classmethod
    def of(cls, items: Mapping[str, str] | Iterable[tuple[str, str]]) -> "Parameters":
        """Build from pairs or a mapping, dropping empty values."""
        pairs = items.items() if isinstance(items, Mapping) else items
        return cls(tuple((name, value) for name, value in pairs if value != ""))

    def get(self, name: str) -> str | None:
        """Return the first value of a name, or None."""
        for key, value in self.pairs:
            if key == name:
                return value
        return None

    def repeated(self) -> str | None:
        """Return the name of a parameter that appears more than once, or None (N-005)."""
        seen: set[str] = set()
        for name, _ in self.pairs:
            if name in seen:
                return name
            seen.add(name)
        return None

    def as_dict(self) -> dict[str, str]:
        """Return name to first value."""
        result: dict[str, str] = {}
        for name, value in self.pairs:
            result.setdefault(name, value)
        return result


FORM: Final = "application/x-www-form-urlencoded"


def is_form(content_type: str) -> bool:
    """Whether a `Content-Type` is that of a form, whatever its parameters and case (RFC 9110 section 8.3.1)."""
    return content_type == FORM or content_type.partition(";")[0].strip().lower() == FORM


def content_length(said: str, longest: int) -> int | None:
    """Return the number that a `Content-Length` says (RFC 9110 section 8.6); None for more than `longest`.

    Raises:
        MalformedMessage: it is no number.
    """
    if not (said.isascii() and said.isdigit()):
        raise MalformedMessage("malformed Content-Length")
    # The digits are counted before they are read: a number may be as long as a header.
    return None if len(said) > _MOST_DIGITS or int(said) > longest else int(said)


NOTHING: Final = Parameters()
"""No parameters."""


def _decoded(text: str) -> str:
    """Undo the form's encoding (WHATWG URL, `application/x-www-form-urlencoded`)."""
    if "%" in text or "+" in text:
        try:
            text = unquote_plus(text, errors="strict")
        except UnicodeDecodeError as error:
            raise MalformedMessage("malformed form") from error
    if "\x00" in text:
        raise MalformedMessage("malformed form")
    return text


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request to a machines' endpoint.

    `headers` have lower-case names; the values of a header sent twice are joined by commas, as WSGI servers do
    (RFC 9110 section 5.3), see `sent_twice`. `form` is the parsed body when its type is a form, else empty. `remote`
    is the caller's address after trusted proxies. `reference` is the request id that logs and error answers share.
    """

    method: str
    path: str
    query: Parameters = Parameters()
    form: Parameters = Parameters()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    remote: str = ""
    reference: str = ""

    def sent_twice(self, name: str) -> bool:
        """Whether a header whose value never holds a comma (`authorization` and `dpop` as we take them) came twice."""
        return "," in self.headers.get(name, "")


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP answer; `client_id` is the application that it was proven to go to, for the log."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    client_id: str = ""


NO_STORE: tuple[tuple[str, str], ...] = (
    ("Cache-Control", "no-store"),
    ("Pragma", "no-cache"),
)


_JSON: Final = ("Content-Type", "application/json")
_encoded: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def json_reply(
    status: int,
    payload: Mapping[str, Any],
    headers: tuple[tuple[str, str], ...] = NO_STORE,
    client_id: str = "",
) -> Reply:
    """Return a JSON answer; not stored by default (RFC 6749 section 5.1)."""
    return Reply(status, (_JSON, *headers), _encoded(payload).encode(), client_id)
