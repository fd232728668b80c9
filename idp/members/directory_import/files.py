"""Reading a directory file line by line, CSV or JSON lines: never more of it in memory than one line."""

import csv
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal

from idp.members.directory_import.faults import FileRefusedError
from idp.members.directory_import.records import COLUMNS, REQUIRED, Raw

Format = Literal["csv", "jsonl"]

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula (N-132)."""

_LONGEST_LINE: Final = 64 * 1024
_MARK: Final = b"\xef\xbb\xbf"


def format_of(path: Path) -> Format:
    """Return the format that a file's name tells.

    Raises:
        FileRefusedError: it tells none.
    """
    if path.suffix.lower() == ".csv":
        return "csv"
    if path.suffix.lower() in (".jsonl", ".ndjson"):
        return "jsonl"
    raise FileRefusedError("the name ends neither in .csv nor in .jsonl: say which with --format")


class Lines:
    """The lines of an open file as text, with the digest of what was read and how far that is.

    Bytes that are not UTF-8 become lone surrogates, which no field accepts; so the line is named and the rest read.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self.octets = 0
        self.number = 0

    @property
    def digest(self) -> str:
        """SHA-256 of what was read so far, hex."""
        return self._digest.hexdigest()

    def __iter__(self) -> Iterator[str]:
        while line := self._file.readline(_LONGEST_LINE):
            self._digest.update(line)
            self.octets += len(line)
            self.number += 1
            if len(line) == _LONGEST_LINE and not line.endswith(b"\n"):
                raise FileRefusedError(f"line {self.number} is longer than {_LONGEST_LINE} bytes")
            if self.number == 1:
                line = line.removeprefix(_MARK)
            yield line.decode("utf-8", "surrogateescape")


def read_lines(lines: Lines, kind: Format) -> Iterator[Raw]:
    """Yield every dossier's line; a line that cannot be read comes with its fault.

    Raises:
        FileRefusedError: the header, or the file as a whole, is not of the documented form.
    """
    return _csv(lines) if kind == "csv" else _jsonl(lines)


def _csv(lines: Lines) -> Iterator[Raw]:
    source = iter(lines)
    header = next(source, None)
    if header is None:
        raise FileRefusedError("the file is empty")
    separator = ";" if ";" in header else ","
    names = [name.strip() for name in next(csv.reader([header], delimiter=separator), [])]
    _check_header(names)
    rows = csv.reader(source, delimiter=separator, strict=True)
    while True:
        before = lines.number + 1
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield Raw(before, fault=f"is not CSV: {error}")
            continue
        if not cells:
            continue
        if len(cells) != len(names):
            yield Raw(before, fault=f"has {len(cells)} fields, the header {len(names)}")
            continue
        try:
            yield Raw(before, {name: _cell(name, cell) for name, cell in zip(names, cells, strict=True)})
        except (ValueError, RecursionError):
            yield Raw(before, fault="has a profile that is not JSON")


def _check_header(names: list[str]) -> None:
    unknown = [ascii(name) for name in names if name not in COLUMNS]
    missing = [name for name in REQUIRED if name not in names]
    double = sorted({name for name in names if names.count(name) > 1})
    for what, which in (("unknown", unknown), ("missing", missing), ("repeated", double)):
        if which:
            raise FileRefusedError(f"the header has {what} columns: {', '.join(which)[:500]}")


def _cell(name: str, cell: str) -> Any:
    if len(cell) > 1 and cell[0] == "'" and cell[1] in FORMULA:
        cell = cell[1:]  # as an export guards it
    return json.loads(cell, object_pairs_hook=_once) if name == "profile" and cell.strip() else cell


def _jsonl(lines: Lines) -> Iterator[Raw]:
    for line in lines:
        if line.strip():
            yield _json(lines.number, line)
    if not lines.number:
        raise FileRefusedError("the file is empty")


def _json(number: int, line: str) -> Raw:
    try:
        value = json.loads(line, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return Raw(number, fault="is not JSON, or names something twice")
    if not isinstance(value, dict):
        return Raw(number, fault="is not a JSON object")
    values = dict(value)
    address = values.pop("address", {})
    if address is None:
        values["street_address"] = None
    elif isinstance(address, dict) and not set(address) & set(values):
        values |= address
    else:
        return Raw(number, fault="has an address that is not an object of its own")
    unknown = sum(name not in COLUMNS for name in values)
    if unknown:
        return Raw(number, fault=f"has {unknown} names that are not of the documented form")
    return Raw(number, values)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found
