"""Birth dates, whose day and month may be unknown, or made up by a convention."""

from federation.matching.results import Field, Reason
from idp.upstream import CivilStatus

FRANCE = "99100"
"""COG code of France; overseas births carry it too."""

_UNKNOWN = "00"


def is_presumed(civil: CivilStatus) -> bool:
    """Whether a birth date stands, or may stand, for one that is not known.

    ``00`` says so. ``-01-01`` may be a completed date: FranceConnect fills in unknown days and
    months with ``01``, and registers abroad do the same. A birth in France has a full date.
    """
    _, month, day = _parts(civil.birthdate)
    if _UNKNOWN in (month, day):
        return True
    return month == day == "01" and civil.birthcountry.strip() != FRANCE


def candidate_birthdates(birthdate: str) -> tuple[str, ...]:
    """Return the birth dates a dossier of this person may carry, for the directory's look-up.

    Whole dates only, never a bare year: a year holds thousands of dossiers, and a list cut at some
    limit would lose the right one silently. What this misses is left to a proof.
    """
    year, month, day = _parts(birthdate)
    if not year:
        return ()
    dates = [birthdate, f"{year}-{month}-00", f"{year}-00-00"]
    if day == _UNKNOWN and month != _UNKNOWN:
        dates.append(f"{year}-{month}-01")
    if month in (_UNKNOWN, "01"):
        dates += [f"{year}-01-01", f"{year}-01-00"]
    return tuple(dict.fromkeys(dates))


def birthdate(presented: CivilStatus, held: CivilStatus) -> Field:
    """Compare birth dates; one that is presumed on either side is weak at best."""
    theirs, ours = _parts(presented.birthdate), _parts(held.birthdate)
    if not theirs[0] or not ours[0]:
        return Field("birthdate", "unknown", "missing")
    if theirs == ours:
        presumed = is_presumed(presented) or is_presumed(held)
        return Field("birthdate", "weak", "presumed") if presumed else Field("birthdate", "agree", "same")
    if _stands_for(theirs, ours) or _stands_for(ours, theirs):
        return Field("birthdate", "weak", "presumed")
    return Field("birthdate", "differ", _difference(theirs, ours))


def _difference(theirs: tuple[str, str, str], ours: tuple[str, str, str]) -> Reason:
    """How two dates differ: one of them may be a clerk's slip, which leaves the year or the day standing."""
    if theirs == (ours[0], ours[2], ours[1]):
        return "day_and_month_swapped"
    if theirs[0] == ours[0]:
        return "same_year"
    return "another_year" if theirs[1:] == ours[1:] else "differ"


def _stands_for(one: tuple[str, str, str], other: tuple[str, str, str]) -> bool:
    """Whether the unknown or conventional parts of ``one`` leave room for ``other``."""
    year, month, day = one
    if year != other[0]:
        return False
    if month == _UNKNOWN or (day == _UNKNOWN and month == other[1]):
        return True
    return (month, day) == ("01", "01") and other[1:] == ("01", _UNKNOWN)


def _parts(birthdate: str) -> tuple[str, str, str]:
    parts = birthdate.split("-")
    if tuple(map(len, parts)) != (4, 2, 2) or not all(p.isascii() and p.isdigit() for p in parts):
        return "", "", ""
    return parts[0], parts[1], parts[2]
