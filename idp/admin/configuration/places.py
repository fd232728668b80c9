"""On which line of a TOML file a table or a key stands: the standard library's reader does not tell."""

import re
import tomllib
from collections.abc import Mapping
from typing import Any, Final

_HEADER: Final = re.compile(r"\s*(\[[^\[].*?\])\s*(?:#.*)?")
_KEY: Final = re.compile(
    r"""\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*="""
)


class Places:
    """Lines by path, the first being 1; made for a text that was read without a fault.

    What looks like a key within a text of several lines is taken for one: a line may be wrong then, never a value.
    """

    def __init__(self, text: str) -> None:
        self._lines: dict[tuple[str, ...], int] = {}
        table: tuple[str, ...] = ()
        for number, line in enumerate(text.splitlines(), start=1):
            if (header := _HEADER.fullmatch(line)) is not None and (path := _path(header[1])):
                table = path
                self._note(table, number)
            elif (found := _KEY.match(line)) is not None:
                self._note((*table, *_path(f"{found[1]} = 0")), number)

    def _note(self, path: tuple[str, ...], number: int) -> None:
        """Keep the first line of a path, and of what it stands in where that has no header of its own."""
        for length in range(1, len(path) + 1):
            self._lines.setdefault(path[:length], number)

    def line(self, *path: str) -> int:
        """Return the line of a path, or of the nearest table around it; 1 where nothing is known."""
        for length in range(len(path), 0, -1):
            if path[:length] in self._lines:
                return self._lines[path[:length]]
        return 1


def _path(written: str) -> tuple[str, ...]:
    """Return the keys that one header or one assignment names."""
    try:
        inner: Any = tomllib.loads(written)
    except tomllib.TOMLDecodeError:
        return ()
    path: list[str] = []
    while isinstance(inner, Mapping) and inner:
        ((name, inner),) = inner.items()
        path.append(name)
    return tuple(path)
