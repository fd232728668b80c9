"""Compare two civil identities, field by field, each result with a named reason. Pure.

One side is what an upstream vouches for (FranceConnect's identité pivot, corrected by the RNIPP),
the other what the fund holds in a dossier. The outcome says what may follow, not what will:
``linking`` decides.

Field by field the result is one of

* ``agree``: the same once spelling is set aside;
* ``weak``: compatible, but two people could share it, or a convention stands for a fact;
* ``unknown``: one side does not say;
* ``differ``: the two contradict each other.

The outcome is ``sure`` only where all six strong fields agree (decision D19). Places and genders
never rule a dossier out alone: COG codes are renumbered, registers are corrected.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, Literal

from idp.upstream import CivilStatus

Result = Literal["agree", "weak", "unknown", "differ"]
Outcome = Literal["sure", "needs_proof", "none"]

FRANCE = "99100"
"""COG code of France; overseas births carry it too."""

_SAME_NAME: Final = 0.85
"""How alike two first given names must be to be one name spelt twice: Mohamed and Mohammed, not Pierre and Paul."""

# Letters that NFKD leaves whole. Æ and Œ have no decomposition in Unicode.
_LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
_PARTICLES = frozenset({"de", "du", "des", "d", "la", "le", "les", "l", "van", "von", "der", "ben", "el", "al"})


@dataclass(frozen=True, slots=True)
class Field:
    """The result of comparing one field: ``name`` is ours, ``reason`` is stable and logged."""

    name: str
    result: Result
    reason: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Six fields compared, and what they allow."""

    fields: tuple[Field, ...]
    outcome: Outcome

    def result(self, name: str) -> Result:
        """Return the result of one field by its name."""
        return next(field.result for field in self.fields if field.name == name)

    def reasons(self) -> dict[str, str]:
        """Return ``{field: reason}``: no personal data, fit for evidence and audit."""
        return {field.name: field.reason for field in self.fields}


def normalise(text: str) -> tuple[str, ...]:
    """Return the words of a name: no case, accent, ligature, hyphen, apostrophe or spare space.

    >>> normalise("  D’ŒUVRE-Lÿs ")
    ('d', 'oeuvre', 'lys')
    """
    folded = unicodedata.normalize("NFKD", text).casefold().translate(_LETTERS)
    # casefold may compose again (ß, İ), so decompose once more before the marks are dropped.
    marks_apart = unicodedata.normalize("NFKD", folded)
    letters = (c for c in marks_apart if not unicodedata.combining(c))
    return tuple("".join(c if c.isalnum() else " " for c in letters).split())


def compare(presented: CivilStatus, held: CivilStatus) -> Comparison:
    """Compare what an upstream presents with what a dossier holds."""
    fields = (
        _birth_name(presented, held),
        _given_names(presented.given_names, held.given_names),
        _birthdate(presented, held),
        _gender(presented.gender, held.gender),
        _birthplace(presented, held),
        _birthcountry(presented.birthcountry, held.birthcountry),
    )
    return Comparison(fields, _outcome(fields))


def is_presumed(civil: CivilStatus) -> bool:
    """Whether a birth date stands, or may stand, for one that is not known.

    ``00`` says so. ``-01-01`` may be a completed date: FranceConnect fills in unknown days and
    months with ``01``, and registers abroad do the same. A birth in France has a full date.
    """
    _, month, day = _date_parts(civil.birthdate)
    if "00" in (month, day):
        return True
    return month == day == "01" and civil.birthcountry.strip() != FRANCE


def candidate_birthdates(birthdate: str) -> tuple[str, ...]:
    """Return the birth dates a dossier of this person may carry, for the directory's look-up.

    Whole dates only, never a bare year: a year holds thousands of dossiers, and a list cut at some
    limit would lose the right one silently. What this misses is left to a proof.
    """
    year, month, day = _date_parts(birthdate)
    if not year:
        return ()
    dates = [birthdate, f"{year}-{month}-00", f"{year}-00-00"]
    if day == "00" and month != "00":
        dates.append(f"{year}-{month}-01")
    if month in ("00", "01"):
        dates += [f"{year}-01-01", f"{year}-01-00"]
    return tuple(dict.fromkeys(dates))


def _outcome(fields: Sequence[Field]) -> Outcome:
    results = {field.name: field.result for field in fields}
    if all(result == "agree" for result in results.values()):
        return "sure"
    if results["birthdate"] in ("differ", "unknown") or results["given_names"] == "differ":
        # Twins share everything but their given names.
        return "none"
    if results["birth_name"] in ("differ", "unknown") and results["given_names"] != "agree":
        return "none"
    return "needs_proof"


def _birth_name(presented: CivilStatus, held: CivilStatus) -> Field:
    ours, theirs = normalise(held.birth_name), normalise(presented.birth_name)
    result, reason = _names(theirs, ours)
    if result != "differ":
        return Field("birth_name", result, reason)
    usage_presented, usage_held = normalise(presented.usage_name), normalise(held.usage_name)
    if ours == usage_presented or theirs == usage_held:
        return Field("birth_name", "weak", "usage_name")
    return Field("birth_name", "differ", "differ")


def _names(theirs: tuple[str, ...], ours: tuple[str, ...]) -> tuple[Result, str]:
    if not theirs or not ours:
        return "unknown", "missing"
    if theirs == ours:
        return "agree", "same"
    if "".join(theirs) == "".join(ours):
        return "weak", "spacing"
    if _bare(theirs) == _bare(ours):
        return "weak", "particle"
    shorter, longer = sorted((theirs, ours), key=len)
    if longer[: len(shorter)] == shorter or longer[-len(shorter) :] == shorter:
        return "weak", "part"
    return "differ", "differ"


def _bare(words: tuple[str, ...]) -> tuple[str, ...]:
    kept = tuple(word for word in words if word not in _PARTICLES)
    return kept or words


def _given_names(presented: Sequence[str], held: Sequence[str]) -> Field:
    theirs, ours = _words(presented), _words(held)
    if not theirs or not ours:
        return Field("given_names", "unknown", "missing")
    if theirs == ours:
        return Field("given_names", "agree", "same")
    if theirs[: len(ours)] == ours:
        return Field("given_names", "weak", "prefix")
    if ours[: len(theirs)] == theirs:
        return Field("given_names", "weak", "longer_in_dossier")
    if sorted(theirs) == sorted(ours):
        return Field("given_names", "weak", "order")
    if "".join(theirs) == "".join(ours):
        return Field("given_names", "weak", "spacing")
    if theirs[0] == ours[0]:
        return Field("given_names", "weak", "first_only")
    if ours[0] in theirs:
        return Field("given_names", "weak", "other_given_name")
    if SequenceMatcher(None, theirs[0], ours[0], autojunk=False).ratio() >= _SAME_NAME:
        return Field("given_names", "weak", "spelling")
    return Field("given_names", "differ", "differ")


def _words(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(word for name in names for word in normalise(name))


def _birthdate(presented: CivilStatus, held: CivilStatus) -> Field:
    theirs, ours = _date_parts(presented.birthdate), _date_parts(held.birthdate)
    if not theirs[0] or not ours[0]:
        return Field("birthdate", "unknown", "missing")
    presumed = is_presumed(presented) or is_presumed(held)
    if theirs == ours:
        return Field("birthdate", "weak", "presumed") if presumed else Field("birthdate", "agree", "same")
    return _presumed(theirs, ours) if presumed else Field("birthdate", "differ", "differ")


def _presumed(theirs: tuple[str, str, str], ours: tuple[str, str, str]) -> Field:
    """Two different dates, one of them with parts that are unknown or stand for unknown."""
    for one, other in ((theirs, ours), (ours, theirs)):
        year, month, day = one
        if year != other[0]:
            break
        if month == "00" or (day == "00" and month == other[1]):
            return Field("birthdate", "weak", "presumed")
        if (month, day) == ("01", "01") and other[1:] == ("01", "00"):
            return Field("birthdate", "weak", "presumed")
    return Field("birthdate", "differ", "differ")


def _date_parts(birthdate: str) -> tuple[str, str, str]:
    parts = birthdate.split("-")
    if tuple(map(len, parts)) != (4, 2, 2) or not all(p.isascii() and p.isdigit() for p in parts):
        return "", "", ""
    return parts[0], parts[1], parts[2]


def _gender(presented: str, held: str) -> Field:
    if {presented, held} <= {"male", "female"}:
        if presented == held:
            return Field("gender", "agree", "same")
        return Field("gender", "differ", "differ")
    return Field("gender", "weak", "unspecified")


def _birthplace(presented: CivilStatus, held: CivilStatus) -> Field:
    theirs, ours = presented.birthplace.strip().upper(), held.birthplace.strip().upper()
    if theirs and ours:
        if theirs == ours:
            return Field("birthplace", "agree", "same")
        return Field("birthplace", "differ", "differ")
    countries = {presented.birthcountry.strip(), held.birthcountry.strip()}
    if not theirs and not ours and len(countries) == 1 and not countries & {"", FRANCE}:
        # Nobody has a COG commune for a birth abroad: the empty string is the normal value.
        return Field("birthplace", "agree", "born_abroad")
    return Field("birthplace", "unknown", "missing")


def _birthcountry(presented: str, held: str) -> Field:
    theirs, ours = presented.strip(), held.strip()
    if not theirs or not ours:
        return Field("birthcountry", "unknown", "missing")
    if theirs == ours:
        return Field("birthcountry", "agree", "same")
    return Field("birthcountry", "differ", "differ")
