"""Dossier numbers as people type them, brought to one form."""

import re
import unicodedata
from typing import Final

_SEPARATORS: Final = re.compile(r"[\s.\-_/]+")
_LENGTHS: Final = {"affilie": 7, "ayant_droit": 9}


def canonical(typed: str) -> str:
    """Return a dossier number without separators, its digits ASCII; other text is kept, cut to 32 characters.

    So that no spelling of a number has counters of its own (V-53).
    """
    folded = _SEPARATORS.sub("", unicodedata.normalize("NFKC", typed))
    return "".join(_ascii_digit(character) for character in folded[:32])


def is_number(situation: str, dossier: str) -> bool:
    """Whether a canonical number has the length of its situation: 7 digits, or 9 for an `ayant_droit`."""
    return dossier.isascii() and dossier.isdigit() and len(dossier) == _LENGTHS.get(situation)


def _ascii_digit(character: str) -> str:
    if not character.isprintable():
        return "?"  # a NUL or a lone surrogate would be an error of the database, not a wrong number
    value = unicodedata.decimal(character, None)
    return character if value is None else str(value)
