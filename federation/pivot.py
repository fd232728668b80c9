"""Compare two civil identities, field by field, each result with a named reason. Pure.

One side is what an upstream vouches for (FranceConnect's identité pivot, corrected by the RNIPP),
the other what the fund holds in a dossier. The outcome says what may follow, not what will:
``linking`` decides.

Each field is ``agree``, ``weak``, ``unknown`` or ``differ`` (`federation.matching.results`). The
outcome is ``sure`` only where all six agree (decision D19). Places and genders never rule a dossier
out alone: COG codes are renumbered, registers are corrected.
"""

from collections.abc import Sequence
from typing import Literal

from federation.matching.dates import FRANCE, birthdate, candidate_birthdates, is_presumed
from federation.matching.names import birth_name, given_names
from federation.matching.places import birthcountry, birthplace
from federation.matching.results import Field, Reason, Result
from federation.matching.spelling import normalise
from idp.records import dataclass
from idp.upstream import CivilStatus

__all__ = [
    "FRANCE",
    "Comparison",
    "Field",
    "Outcome",
    "Reason",
    "Result",
    "candidate_birthdates",
    "compare",
    "is_presumed",
    "normalise",
]

Outcome = Literal["sure", "needs_proof", "none"]
"""What one dossier may be to a person. A fourth answer, ambiguous, takes several dossiers: see `linking.decide`."""


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


def compare(presented: CivilStatus, held: CivilStatus) -> Comparison:
    """Compare what an upstream presents with what a dossier holds."""
    fields = (
        birth_name(presented, held),
        given_names(presented.given_names, held.given_names),
        birthdate(presented, held),
        _gender(presented.gender, held.gender),
        birthplace(presented, held),
        birthcountry(presented, held),
    )
    return Comparison(fields, _outcome(fields))


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


def _gender(presented: str, held: str) -> Field:
    if not presented or not held:
        return Field("gender", "unknown", "missing")
    if {presented, held} <= {"male", "female"}:
        return Field("gender", "agree", "same") if presented == held else Field("gender", "differ", "differ")
    return Field("gender", "weak", "unspecified")
