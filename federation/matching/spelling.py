"""Names without their spelling: case, accents, ligatures, hyphens, apostrophes and spaces set aside.

The civil register (RNIPP) gives birth names in capitals with French accents only, FranceConnect joins given names by
spaces, and dossiers were typed over fifty years: none of these differences is one of identity.
"""

import re
import unicodedata
from typing import Final, Literal

# Letters that NFKD leaves whole. Æ and Œ have no decomposition in Unicode.
_LETTERS: Final = str.maketrans(
    {"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ħ": "h", "ŋ": "n"}
)
# How German and Nordic letters are written out where they cannot be typed.
_WRITTEN_OUT: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
_SEPARATORS: Final = re.compile(r"[\W_]+")

PARTICLES: Final = frozenset(
    {
        *("de", "du", "des", "d", "la", "le", "les", "l"),
        *("von", "vom", "zu", "zum", "zur", "van", "der", "den", "ter", "ten", "t"),
        *("di", "da", "dal", "dalla", "della", "delle", "degli", "del", "dos", "das", "do", "y", "e"),
        *("ben", "bin", "ibn", "bent", "bint", "ould", "ait", "el", "al", "ul", "ad", "as", "ash", "ar", "er"),
        *("mac", "mc", "o", "af", "av"),
    }
)
_ABBREVIATIONS: Final = {"st": "saint", "ste": "sainte"}


class _Fold(dict[int, str]):
    """What each character becomes, worked out once a character (`str.translate` asks by its number)."""

    def __missing__(self, number: int) -> str:
        folded = unicodedata.normalize("NFKD", chr(number)).casefold().translate(_LETTERS)
        # casefold may compose again (ß, İ), so decompose once more before the marks are dropped.
        self[number] = "".join(map(_letter, unicodedata.normalize("NFKD", folded)))
        return self[number]


def _letter(character: str) -> str:
    """Keep letters and digits, drop marks and invisible characters, make a separator of everything else."""
    category = unicodedata.category(character)
    if category in ("Ll", "Lo", "Lu", "Lt", "Nd"):
        return character
    return "" if category[0] == "M" or category == "Cf" else " "


_FOLD: Final = _Fold()


def normalise(text: str) -> tuple[str, ...]:
    """Return the words of a name: no case, accent, ligature, hyphen, apostrophe or spare space.

    >>> normalise("  D’ŒUVRE-Lÿs ")
    ('d', 'oeuvre', 'lys')
    """
    return tuple(text.translate(_FOLD).split())


def set_aside(one: str, other: str) -> Literal["same", "separators", "accents"]:
    """Return what had to be set aside to make two names equal; ``same`` if nothing but case and spare spaces."""
    if one == other or _plain(one) == _plain(other):
        return "same"
    return "separators" if _SEPARATORS.sub(" ", _plain(one)) == _SEPARATORS.sub(" ", _plain(other)) else "accents"


def written_out(text: str) -> str:
    """Return a name as one word, with German and Nordic letters written out: ``MÜLLER`` as ``mueller``."""
    composed = unicodedata.normalize("NFC", text).casefold()
    return "".join(normalise(composed.translate(_WRITTEN_OUT)))


def bare(name: tuple[str, ...]) -> tuple[str, ...]:
    """Return a name without its particles; a name of particles alone is kept."""
    return tuple(word for word in name if word not in PARTICLES) or name


def unabbreviated(name: tuple[str, ...]) -> tuple[str, ...]:
    """Return a name with ``St`` and ``Ste`` in full."""
    return tuple(_ABBREVIATIONS.get(word, word) for word in name)


def nearly(one: str, other: str) -> bool:
    """Whether two words are one spelt twice: a letter more or, in a longer word, another letter or two exchanged.

    ``Mohamed`` and ``Mohammed``, ``Michael`` and ``Micheal``; not ``Pierre`` and ``Paul``, nor ``Marie`` and ``Maria``.
    """
    shorter, longer = sorted((one, other), key=len)
    if len(longer) - len(shorter) > 1 or len(shorter) < 4:
        return False
    start = 0
    while start < len(shorter) and shorter[start] == longer[start]:
        start += 1
    end = 0
    while end < len(shorter) - start and shorter[-1 - end] == longer[-1 - end]:
        end += 1
    left, right = shorter[start : len(shorter) - end], longer[start : len(longer) - end]
    if not left:
        return True
    long_enough = len(shorter) >= 7
    return long_enough and (len(left) == len(right) == 1 or (len(left) == 2 and left == right[::-1]))


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().replace("’", "'").split())
