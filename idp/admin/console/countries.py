"""What pages call a country of birth: its name for INSEE's code (COG), from `countries.csv`."""

import csv
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

FRANCE: Final = "99100"
_FILE: Final = Path(__file__).with_name("countries.csv")


def country(code: str, language: str) -> str:
    """Return a country's name, in English where the page is (`en`); a code without one stays as it is."""
    french, english = _names().get(code, (code, code))
    return english if language == "en" else french


def countries(language: str) -> list[tuple[str, str]]:
    """Return every code with its country's name, for a list to choose from: France first, then by name."""
    named = [(code, country(code, language)) for code in _names()]
    return sorted(named, key=lambda one: (one[0] != FRANCE, _without_accents(one[1])))


def _without_accents(name: str) -> str:
    return "".join(one for one in unicodedata.normalize("NFD", name.casefold()) if not unicodedata.combining(one))


@cache
def _names() -> Mapping[str, tuple[str, str]]:
    """Return the French and the English name by code, read when a page first needs one."""
    with _FILE.open(encoding="utf-8", newline="") as file:
        _header, *rows = csv.reader(line for line in file if not line.startswith("#"))
    return {code: (french, english) for code, french, english in rows}
