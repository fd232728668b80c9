"""Places and countries of birth by COG code. Codes change more often than births: nothing here rules a dossier out.

A commune that was renumbered or became part of another is still the place of birth, so such a pair agrees. States are
too large for that: a country that was part of another is weak evidence.
"""

from typing import Final

from federation.cog.table import shipped
from federation.matching.dates import FRANCE
from federation.matching.results import Field
from idp.upstream import CivilStatus

_ABROAD: Final = "99"
_ALGERIA: Final = "99352"
_ALGERIAN_DEPARTMENTS: Final = ("91", "92", "93", "94")
"""Alger, Oran, Constantine and the southern territories until 1962; since 1968 the numbers are the Paris region's."""


def birthplace(presented: CivilStatus, held: CivilStatus) -> Field:
    """Compare communes of birth. FranceConnect leaves the place empty for a birth abroad."""
    theirs, ours = _code(presented.birthplace), _code(held.birthplace)
    countries = {_code(presented.birthcountry), _code(held.birthcountry)}
    if len(countries) == 1 and not countries & {"", FRANCE}:
        # Nobody has a COG commune for a birth abroad: the empty string is the normal value, and what an old
        # dossier says beside it (the country's code, a former department's) is told by the country already.
        theirs, ours = _abroad(theirs), _abroad(ours)
        if not theirs or not ours:
            return Field("birthplace", "agree", "born_abroad")
    if countries == {FRANCE, _ALGERIA} and _algerian(theirs or ours) and _one_state(presented, held):
        return Field("birthplace", "weak", "former_department")
    if not theirs or not ours:
        return Field("birthplace", "unknown", "missing")
    if theirs == ours:
        return Field("birthplace", "agree", "same")
    if (kind := shipped().places(theirs, ours)) is not None:
        return Field("birthplace", "agree", kind)
    if theirs[:2] == ours[:2] and "000" in (theirs[2:], ours[2:]):
        return Field("birthplace", "weak", "department")
    return Field("birthplace", "differ", "differ")


def birthcountry(presented: CivilStatus, held: CivilStatus) -> Field:
    """Compare countries of birth, states that came and went included."""
    theirs, ours = _code(presented.birthcountry), _code(held.birthcountry)
    if not theirs or not ours:
        return Field("birthcountry", "unknown", "missing")
    if theirs == ours:
        return Field("birthcountry", "agree", "same")
    if _one_state(presented, held):
        return Field("birthcountry", "weak", "historical_country")
    return Field("birthcountry", "differ", "differ")


def _code(text: str) -> str:
    return text.strip().upper()


def _one_state(presented: CivilStatus, held: CivilStatus) -> bool:
    """Whether two countries were one when this person was born."""
    theirs, ours = _code(presented.birthcountry), _code(held.birthcountry)
    return shipped().states(theirs, ours, max(presented.birthdate, held.birthdate))


def _algerian(place: str) -> bool:
    return place.startswith(_ALGERIAN_DEPARTMENTS)


def _abroad(place: str) -> str:
    return "" if place.startswith(_ABROAD) or _algerian(place) else place
