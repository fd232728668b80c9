"""Reads a catalogue of translations (`.po`) in the plain form that ours has, several times as fast as a general reader.

Every process reads it at its start, and every test that makes an application. The file has messages and their plurals,
texts over several lines, and comments; no contexts and no marks of doubt. A test compares with babel's reading.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import field
from pathlib import Path
from typing import Final

from idp.records import dataclass

_LINE: Final = re.compile(r'(?:(msgid|msgid_plural|msgstr|msgstr\[[01]\]) )?(".*")')


class DamagedCatalogueError(ValueError):
    """A line of the file is not understood; the message names it."""


@dataclass(frozen=True, slots=True)
class Messages:
    """Translations: of a message, and of a message that depends on a number, singular and plural."""

    simple: dict[str, str] = field(default_factory=dict)
    plural: dict[str, tuple[str, str]] = field(default_factory=dict)


def read(path: Path) -> Messages:
    """Return what a file translates.

    Raises:
        OSError: the file cannot be read.
        DamagedCatalogueError: a line is not understood.
    """
    found = Messages()
    for entry in _entries(path):
        message = entry.get("msgid", "")
        if "msgid_plural" in entry:
            one, many = entry.get("msgstr[0]", ""), entry.get("msgstr[1]", "")
            if one and many:
                found.plural[message] = (one, many)
                found.simple.setdefault(message, one)
        elif message and entry.get("msgstr"):
            found.simple[message] = entry["msgstr"]
    return found


def _entries(path: Path) -> Iterator[dict[str, str]]:
    entry: dict[str, str] = {}
    member = ""
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        parts = _LINE.fullmatch(text)
        if parts is None or not (parts[1] or member):
            raise DamagedCatalogueError(f"{path}, line {number}")
        if parts[1]:
            if parts[1] == "msgid" and entry:
                yield entry
                entry = {}
            member = parts[1]
        try:
            entry[member] = entry.get(member, "") + json.loads(parts[2])
        except ValueError:
            raise DamagedCatalogueError(f"{path}, line {number}") from None
    if entry:
        yield entry
