"""Writes TOML 1.0, of which the standard library only reads: keys, and the values that JSON knows but null."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

WIDTH: Final = 100
"""Characters of a line, beyond which a list stands one item a line."""
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")


def key(*parts: str) -> str:
    """Return a key, dotted where it has several parts."""
    return ".".join(part if _BARE.fullmatch(part) else _text(part) for part in parts)


def setting(name: str, value: Any) -> str:
    """Return one line `name = value`, or several where a list is long."""
    line = f"{key(name)} = {written(value)}"
    if len(line) <= WIDTH or not isinstance(value, list):
        return line
    items = "".join(f"    {written(item)},\n" for item in value)
    return f"{key(name)} = [\n{items}]"


def written(value: Any) -> str:
    """Return a value on one line.

    Raises:
        TypeError: TOML has no such value.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        inner = ", ".join(f"{key(name)} = {written(one)}" for name, one in value.items() if one is not None)
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, Sequence):
        return "[" + ", ".join(written(item) for item in value) + "]"
    raise TypeError(f"TOML has no {type(value).__name__}")


def _text(text: str) -> str:
    # A JSON string is a TOML basic string, but that TOML wants DEL escaped.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
