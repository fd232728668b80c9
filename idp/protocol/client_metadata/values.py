"""Readers of single members: JSON of any shape in, a value of the right type or a refusal out."""

import re
import unicodedata
from collections.abc import Callable
from typing import Any, Final

from idp.protocol.client_metadata.choices import Choices
from idp.protocol.client_metadata.refusal import MetadataRefused

Reader = Callable[[str, object, Choices], Any]
"""From the member's name, what was sent, and what there is to choose from."""

MOST_ADDRESSES: Final = 30
LONGEST_NAME: Final = 80
"""A name stands in headings and buttons."""
LONGEST_SECONDS: Final = 10 * 366 * 86400

_HIDDEN: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
"""Controls, marks that turn the direction of a text, lone surrogates: they make a name look like another."""
_PRINTABLE: Final = re.compile(r"[\x21-\x7e]+")


def text(longest: int) -> Reader:
    """Read a text for people: some letters, nothing invisible, on one line."""

    def reader(name: str, sent: object, _choices: Choices) -> str:
        if not isinstance(sent, str):
            raise MetadataRefused(name, "must be a string")
        read = unicodedata.normalize("NFC", sent).strip()
        if not read or len(read) > longest:
            raise MetadataRefused(name, f"must have 1 to {longest} characters")
        if any(unicodedata.category(character) in _HIDDEN for character in read):
            raise MetadataRefused(name, "must not hold control or invisible characters")
        return read

    return reader


def texts(most: int, longest: int) -> Reader:
    """Read a list of such texts."""
    one = text(longest)

    def reader(name: str, sent: object, choices: Choices) -> tuple[str, ...]:
        return tuple(one(name, item, choices) for item in _list(name, sent, most))

    return reader


def strings(most: int = MOST_ADDRESSES, longest: int = 2000) -> Reader:
    """Read a list of strings that later rules look into; each stands once, in the order sent."""

    def reader(name: str, sent: object, _choices: Choices) -> tuple[str, ...]:
        items = _list(name, sent, most)
        found = [item for item in items if isinstance(item, str)]
        if len(found) != len(items):
            raise MetadataRefused(name, "must be a list of strings")
        if any(not 0 < len(item) <= longest for item in found):
            raise MetadataRefused(name, f"must hold strings of 1 to {longest} characters")
        return tuple(dict.fromkeys(found))

    return reader


def flag(name: str, sent: object, _choices: Choices) -> bool:
    """Read a truth value; a text that looks like one is none."""
    if not isinstance(sent, bool):
        raise MetadataRefused(name, "must be true or false")
    return sent


def seconds(name: str, sent: object, _choices: Choices) -> int:
    """Read a number of seconds."""
    if isinstance(sent, bool) or not isinstance(sent, int) or not 0 <= sent <= LONGEST_SECONDS:
        raise MetadataRefused(name, "must be a whole number of seconds, zero or more")
    return sent


def one_of(supported: str) -> Reader:
    """Read one of the values that the discovery document lists."""

    def reader(name: str, sent: object, choices: Choices) -> str:
        return _among(name, sent, choices.values(supported))

    return reader


def choice(*known: str) -> Reader:
    """Read one of a few fixed values."""

    def reader(name: str, sent: object, _choices: Choices) -> str:
        return _among(name, sent, known)

    return reader


def several_of(supported: str) -> Reader:
    """Read a list of values that the discovery document lists, in the order sent."""

    def reader(name: str, sent: object, choices: Choices) -> tuple[str, ...]:
        known = choices.values(supported)
        return tuple(dict.fromkeys(_among(name, item, known) for item in _list(name, sent, MOST_ADDRESSES)))

    return reader


def _among(name: str, sent: object, known: tuple[str, ...]) -> str:
    if not known:
        raise MetadataRefused(name, "is not supported")
    found = next((value for value in known if value == sent), None)
    if found is None or not isinstance(sent, str):
        shown = " ".join(value for value in known if _PRINTABLE.fullmatch(value))
        raise MetadataRefused(name, f"must be one of: {shown}")
    return found


def _list(name: str, sent: object, most: int) -> list[object]:
    if not isinstance(sent, list):
        raise MetadataRefused(name, "must be a list")
    if len(sent) > most:
        raise MetadataRefused(name, f"must have at most {most} values")
    return sent
