"""What pages call a country of birth: its name for INSEE's code (COG), from `countries.csv`."""

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

_FILE: Final = Path(__file__).with_name("countries.csv")


def country(code: str, language: str) -> str:
    """Return a country's name, in English where the page is (`en`); a code without one stays as it is."""
    french, english = _names().get(code, (code, code))
    return english if language == "en" else french


@cache
def _names() -> Mapping[str, tuple[str, str]]:
    """Return the French and the English name by code, read when a page first needs one."""
    with _FILE.open(encoding="utf-8", newline="") as file:
        _header, *rows = csv.reader(line for line in file if not line.startswith("#"))
    return {code: (french, english) for code, french, english in rows}
