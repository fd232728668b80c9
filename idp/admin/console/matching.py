"""What pages call the words of a comparison: fields, results, reasons, states. Pure; French message ids.

The words themselves are stable and stand in the record; one that is not here is shown as it is.
"""

from collections.abc import Mapping
from typing import Final

from idp.upstream_desk import ExplainedDossier
from idp.web.i18n import mark as _

FIELDS: Final[Mapping[str, str]] = {
    "birth_name": _("Nom de naissance"),
    "usage_name": _("Nom d’usage"),
    "given_names": _("Prénoms"),
    "birthdate": _("Date de naissance"),
    "gender": _("Sexe"),
    "birthplace": _("Lieu de naissance"),
    "birthcountry": _("Pays de naissance"),
}
"""The members of a civil identity, in the order of pages."""

GENDERS: Final[Mapping[str, str]] = {
    "female": _("Féminin"),
    "male": _("Masculin"),
    "unspecified": _("Non précisé"),
}
"""The values of `gender`."""

RESULTS: Final[Mapping[str, tuple[str, str]]] = {
    "agree": ("done", _("Concorde")),
    "weak": ("warning", _("Concorde à peu près")),
    "unknown": ("none", _("Manque")),
    "differ": ("warning", _("Diffère")),
}
"""The results of one field, each with its sign."""

REASONS: Final[Mapping[str, str]] = {
    "same": _("Identique"),
    "missing": _("Un côté ne le dit pas"),
    "differ": _("Les deux côtés se contredisent"),
    "accents": _("Aux accents près"),
    "separators": _("Aux traits d’union et apostrophes près"),
    "spacing": _("Aux espaces près"),
    "particle": _("À la particule près"),
    "abbreviated": _("Mot abrégé"),
    "written_out": _("Abréviation écrite en entier"),
    "order": _("Mots dans un autre ordre"),
    "part": _("Une partie du nom"),
    "cut_off": _("Nom tronqué"),
    "usage_name": _("Nom d’usage au lieu du nom de naissance"),
    "prefix": _("Le dossier a les premiers prénoms"),
    "longer_in_dossier": _("Le dossier a plus de prénoms"),
    "part_of_compound": _("Une partie d’un prénom composé"),
    "initial": _("Une initiale"),
    "first_only": _("Le premier prénom seul"),
    "other_given_name": _("Un autre des prénoms"),
    "spelling": _("Orthographe voisine"),
    "presumed": _("Jour ou mois inconnu"),
    "day_and_month_swapped": _("Jour et mois échangés"),
    "same_year": _("La même année seulement"),
    "another_year": _("Une autre année"),
    "unspecified": _("Non précisé"),
    "renumbered": _("Commune renumérotée"),
    "merged": _("Commune fusionnée"),
    "split": _("Commune scindée"),
    "arrondissement": _("Arrondissement de la même ville"),
    "department": _("Le même département seulement"),
    "former_department": _("Un ancien département"),
    "born_abroad": _("Né à l’étranger"),
    "historical_country": _("Pays qui a changé"),
}
"""Why a field has its result."""

OUTCOMES: Final[Mapping[str, tuple[str, str]]] = {
    "sure": ("done", _("Certain")),
    "needs_proof": ("warning", _("À prouver")),
    "none": ("none", _("Une autre personne")),
}
"""What one dossier may be to a person."""

LINKED: Final[Mapping[str, str]] = {
    "this": _("À cette identité"),
    "other": _("À une autre identité"),
    "ended_by_choice": _("Plus, par choix de la personne"),
    "no": _("Non"),
}
"""Whether a dossier is linked."""

DOSSIERS: Final[Mapping[str, str]] = {
    "active": _("Ouvert"),
    "closed": _("Clos"),
    "deceased": _("Décès enregistré"),
    "suspended": _("Dossier suspendu"),
}
"""The states of a dossier."""

SITUATIONS: Final[Mapping[str, str]] = {"affilie": _("Affilié"), "ayant_droit": _("Ayant droit")}

RULES: Final[Mapping[str, str]] = {
    "several_alike": _("Plusieurs dossiers de même situation concordent"),
    "recorded_as_deceased": _("Un dossier de cette personne porte un décès"),
    "known_sub": _("Cette identité est déjà rattachée"),
    "sure": _("Un seul dossier ouvert concorde en tout"),
    "no_candidate": _("Aucun dossier ne ressemble à cette personne"),
    "several_dossiers": _("Cette personne a un dossier de plus, dans l’autre situation"),
    "several_sure": _("Un dossier par situation concorde"),
    "linked_to_another_sub": _("Le dossier est rattaché à une autre identité"),
    "linked_not_active": _("Les dossiers rattachés ne sont pas ouverts"),
    "sure_not_active": _("Le dossier qui concorde n’est pas ouvert"),
    "weak": _("Un dossier ressemble, sans certitude"),
    "presumed_birthdate": _("La date de naissance n’est pas connue en entier"),
}
"""The rules of a decision; those of the desk's cases say why somebody has to look."""


def dossier(one: ExplainedDossier) -> dict[str, object]:
    """Return the head of a dossier as pages say it."""
    return {
        "account": one.account_id,
        "number": one.dossier,
        "situation": SITUATIONS.get(one.situation, one.situation),
        "status": DOSSIERS.get(one.status, one.status),
        "linked": LINKED.get(one.linked, one.linked),
        "outcome": OUTCOMES.get(one.outcome, ("none", one.outcome)),
    }


def verdict(result: str, reason: str) -> dict[str, object]:
    """Return one field's result with its sign, and the reason in words beside the word that stands in the record."""
    return {"result": RESULTS.get(result, ("none", result)), "reason": REASONS.get(reason, reason), "code": reason}
