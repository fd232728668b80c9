"""The answer for one field."""

from typing import Literal

from idp.records import dataclass

Result = Literal["agree", "weak", "unknown", "differ"]
"""What a comparison of one field says.

* ``agree``: the same once spelling and renumbering are set aside;
* ``weak``: compatible, but two people could share it, or a convention stands for a fact;
* ``unknown``: one side does not say;
* ``differ``: the two contradict each other.
"""

Reason = Literal[
    # any field
    "same",
    "missing",
    "differ",
    # names that agree once something is set aside
    "accents",
    "separators",
    "spacing",
    # birth names
    "particle",
    "abbreviated",
    "written_out",
    "order",
    "part",
    "cut_off",
    "usage_name",
    # given names
    "prefix",
    "longer_in_dossier",
    "part_of_compound",
    "initial",
    "first_only",
    "other_given_name",
    "spelling",
    # birth dates
    "presumed",
    "day_and_month_swapped",
    "same_year",
    "another_year",
    # gender
    "unspecified",
    # places
    "renumbered",
    "merged",
    "split",
    "arrondissement",
    "department",
    "former_department",
    "born_abroad",
    # countries
    "historical_country",
]
"""Why a field has its result. These words are stable: they stand in the evidence of links, the audit and the log."""


@dataclass(frozen=True, slots=True)
class Field:
    """The result of comparing one field of an identity, by its name in `idp.upstream.CivilStatus`."""

    name: str
    result: Result
    reason: Reason
