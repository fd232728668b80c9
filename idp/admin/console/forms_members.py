"""The forms of the members' desk, read once into frozen values. Pure; messages are French message ids."""

import re
from collections.abc import Mapping
from dataclasses import field, replace
from typing import Final, cast, get_args

from idp.admin.acts.member_changes import Cause, Identified, Why
from idp.admin.acts.members import NO_SUCH_DAY, Sought, faults
from idp.admin.acts.refusals import RefusedError
from idp.members.delivery import Channel
from idp.records import dataclass
from idp.web.i18n import mark as _

_LONGEST: Final = 64
LONGEST_REASON: Final = 200
_FRENCH_DAY: Final = re.compile(r"([0-9]{1,2})[/. ]([0-9]{1,2})[/. ]([0-9]{4})")

_EMPTY: Final = _("Indiquez un numéro de dossier, un nom ou une date de naissance.")
SEARCH_REFUSALS: Final[Mapping[str, str]] = {
    "dossier": _("Le numéro de dossier a 7 ou 9 chiffres."),
    "name": _("Saisissez au moins deux lettres du nom."),
    "birthdate": _("Saisissez la date de naissance sous la forme JJ/MM/AAAA, par exemple 24/08/1962."),
}
"""What the console says of each field of a search that cannot be asked for."""
_NO_SUCH_DAY: Final = _("Cette date n’existe pas. Vérifiez le jour et le mois.")

REFUSALS: Final[Mapping[str, str]] = {
    "deceased": _("D’après le répertoire, cette personne est décédée : son dossier n’ouvre plus rien."),
    "closed": _("Ce dossier est fermé. Rouvrez-le d’abord, si c’est justifié."),
    "suspended": _("Ce dossier est suspendu : il ne reçoit pas de mot de passe tant qu’il n’est pas rouvert."),
    "not_held": _("Ce dossier n’a été ni suspendu ni fermé à la main : c’est le répertoire qui décide."),
    "already": _("C’est déjà fait."),
    "no_email": _("Il n’y a pas d’adresse e-mail, ou elle a changé récemment."),
    "no_address": _("Il n’y a pas d’adresse postale, ou elle a changé récemment."),
    "under_way": _("Un courrier est en route : attendez qu’il ait eu le temps d’arriver avant d’en demander un autre."),
    "too_many": _("Trop de demandes ont été faites aujourd’hui pour ce dossier."),
    "not_linked": _("Aucune identité de ce fournisseur n’ouvre ce dossier."),
    "no_factor": _("Cette personne n’a pas de second facteur."),
    "nobody": _("Un second facteur n’est retiré que pour une personne qui a appelé et dont l’identité est vérifiée."),
}
"""What the console says of each refusal of an act, by its code."""

_NO_REASON: Final = _("Indiquez un motif : il est conservé dans le journal.")
_NOT_CHOSEN: Final[Mapping[str, str]] = {
    "identified": _("Dites comment vous avez su qui appelle."),
    "channel": _("Choisissez comment l’envoyer."),
    "cause": _("Choisissez une raison."),
    "upstream": _("Choisissez l’identité à détacher."),
}

IDENTIFIED: Final[Mapping[str, str]] = {
    "questions": _("La personne a répondu à des questions dont elle seule a la réponse"),
    "callback": _("Je l’ai rappelée au numéro du dossier"),
    "document": _("Elle a envoyé une pièce justificative"),
    "visit": _("Elle est venue sur place"),
    "nobody": _("Personne n’a appelé : la caisse agit d’elle-même"),
}
CHANNELS: Final[Mapping[str, str]] = {"email": _("Par e-mail"), "post": _("Par courrier")}
CAUSES: Final[Mapping[str, str]] = {
    "departed": _("Départ"),
    "duplicate": _("Dossier en double"),
    "fraud": _("Fraude"),
    "on-request": _("À la demande de la personne"),
    "other": _("Autre raison"),
}


@dataclass(frozen=True, slots=True)
class SearchForm:
    """Whom somebody looks for, as typed."""

    dossier: str = field(default="", repr=False)
    name: str = field(default="", repr=False)
    birthdate: str = field(default="", repr=False)
    errors: Mapping[str, str] = field(default_factory=dict)
    error_summary: str | None = None

    @classmethod
    def parse(cls, fields: Mapping[str, str]) -> "SearchForm":
        """Read a posted form."""
        dossier, name, birthdate = (fields.get(one, "").strip()[:_LONGEST] for one in ("dossier", "name", "birthdate"))
        return cls(dossier, name, birthdate)

    @property
    def sought(self) -> Sought:
        """Whom the act is to look for; a day as French people write it is turned round."""
        found = _FRENCH_DAY.fullmatch(self.birthdate)
        day = f"{found[3]}-{int(found[2]):02}-{int(found[1]):02}" if found else self.birthdate
        return Sought(self.dossier, self.name, day)

    def failed(self, summary: str) -> "SearchForm":
        """Return the form as shown again under a message."""
        return replace(self, errors={}, error_summary=summary)

    def refused(self, refusal: RefusedError) -> "SearchForm":
        """Return the form as shown again with what the act says, of each field at once."""
        if refusal.member not in SEARCH_REFUSALS:
            return self.failed(_EMPTY)
        found = faults(self.sought)
        words = {**SEARCH_REFUSALS, "birthdate": _NO_SUCH_DAY} if NO_SUCH_DAY in found.values() else SEARCH_REFUSALS
        return replace(self, errors={member: words[member] for member in found})


@dataclass(frozen=True, slots=True)
class ActForm:
    """What is said of an act: each takes some of the fields."""

    channel: str = ""
    upstream: str = ""
    cause: str = ""
    identified: str = ""
    reason: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    error_summary: str | None = None

    @classmethod
    def parse(cls, fields: Mapping[str, str], *wanted: str) -> "ActForm":
        """Read a posted form; `wanted` are the fields of this act beside the reason and who called."""
        said = "".join(one if one.isprintable() or one == "\u00a0" else " " for one in fields.get("reason", ""))

        def chosen(name: str, known: tuple[str, ...]) -> str:
            value = fields.get(name, "")
            return value if value in known else ""

        form = cls(
            channel=chosen("channel", get_args(Channel)),
            upstream=fields.get("upstream", "")[:_LONGEST],
            cause=chosen("cause", get_args(Cause)),
            identified=chosen("identified", get_args(Identified)),
            reason=" ".join(said.split())[:LONGEST_REASON],
        )
        wrong = {name: _NOT_CHOSEN[name] for name in (*wanted, "identified") if not getattr(form, name)}
        return replace(form, errors=wrong if form.reason else {**wrong, "reason": _NO_REASON})

    @property
    def why(self) -> Why:
        """Why, as the act takes it."""
        return Why(self.reason, cast("Identified", self.identified))

    def failed(self, summary: str) -> "ActForm":
        """Return the form as shown again under a message."""
        return replace(self, errors={}, error_summary=summary)

    def refused(self, refusal: RefusedError) -> "ActForm":
        """Return the form as shown again with what the act says, beside its field where it names one."""
        said = REFUSALS.get(refusal.code, _NO_REASON)
        return replace(self, errors={refusal.member: said}) if refusal.member else self.failed(said)
