"""What the console calls the details of the record's events. Pure; French message ids.

The names and words are stable and stand in the record as they are; one that is not here is shown as it is.
"""

from collections.abc import Callable, Mapping
from typing import Final

from idp.admin.console.event_values import LISTS, VALUES
from idp.admin.console.matching import FIELDS
from idp.records import dataclass
from idp.web.i18n import mark as _


@dataclass(frozen=True, slots=True)
class Detail:
    """One line: the name in the record and its value, and the message ids of both, empty where there are no words.

    A value may have several words, one for each of its parts.
    """

    name: str
    label: str
    value: str
    words: tuple[str, ...] = ()


WORDS: Final[Mapping[str, str]] = {
    **FIELDS,
    "acr": _("Niveau d’authentification"),
    "act": _("Acte"),
    "action": _("Action"),
    "asked_actor": _("Auteur cherché"),
    "asked_client_id": _("Application cherchée"),
    "asked_event": _("Événement cherché"),
    "asked_outcome": _("Issue cherchée"),
    "asked_reference": _("Référence cherchée"),
    "asked_since": _("À partir du"),
    "asked_until": _("Jusqu’au"),
    "attempts": _("Essais"),
    "batch": _("Lot"),
    "by": _("Par"),
    "case": _("Rapprochement"),
    "cause": _("Cause"),
    "changed": _("Modifications"),
    "changes": _("Changements"),
    "channel": _("Envoi"),
    "count": _("Nombre"),
    "days": _("Jours"),
    "door": _("Moyen d’accès"),
    "dossiers": _("Dossiers"),
    "entry": _("Connexion signalée"),
    "error": _("Erreur"),
    "failed": _("Contrôles en échec"),
    "faults": _("Anomalies"),
    "faulty": _("Lignes en erreur"),
    "file": _("Empreinte du fichier"),
    "files": _("Fichiers"),
    "form": _("Format"),
    "held": _("Retenus"),
    "identified": _("Identification de l’appelant"),
    "keys": _("Clés"),
    "kids": _("Clés"),
    "kind": _("Nature"),
    "language": _("Langue"),
    "members": _("Membres modifiés"),
    "method": _("Moyen"),
    "new": _("Nouveaux"),
    "new_device": _("Nouvel appareil"),
    "note": _("Note"),
    "octets": _("Octets"),
    "others": _("Autres secrets"),
    "overlap": _("Secondes pendant lesquelles l’ancien secret sert encore"),
    "passkey": _("Clé d’accès"),
    "proposal": _("Proposition"),
    "proposed_by": _("Proposé par"),
    "provider": _("Fournisseur d’identité"),
    "reason": _("Motif"),
    "reasons": _("Motifs"),
    "replaced": _("Remplace un rattachement"),
    "roles": _("Rôles"),
    "sha256": _("Empreinte du fichier"),
    "sheets": _("Feuilles"),
    "status": _("État"),
    "stored": _("Compteur connu"),
    "suspended": _("Rattachement suspendu"),
    "template": _("Message"),
    "token_secret": _("Numéro du secret des jetons"),
    "told": _("Compteur annoncé"),
    "typed": _("Empreinte du numéro saisi"),
    "unchanged": _("Inchangés"),
    "until": _("Jusqu’au"),
    "uses": _("Utilisations"),
    "version": _("Version"),
}
"""The label of each name, those of a comparison's fields among them."""

_TIMES: Final = frozenset({"until", "asked_since", "asked_until"})
_PEOPLE: Final = frozenset({"by", "proposed_by", "asked_actor"})


def lines(
    details: Mapping[str, object], *, said: Callable[[int], str], called: Callable[[object], str]
) -> list[Detail]:
    """Return the details of an event, in the order of their names.

    Args:
        details: as the record has them.
        said: a moment, Unix seconds, in the page's language.
        called: an administrator's id as their login.
    """
    found = []
    for name, value in sorted(details.items()):
        shown = str(value)
        if name in _TIMES and isinstance(value, int):
            shown = said(value)
        elif name in _PEOPLE:
            shown = called(value)
        found.append(Detail(name, WORDS.get(name, ""), shown, _words(name, str(value))))
    return found


def _words(name: str, value: str) -> tuple[str, ...]:
    """Return the words of a value; none where a part of it has none."""
    known = VALUES.get(name, {})
    parts = value.split() if name in LISTS else [value]
    return tuple(known[part] for part in parts) if all(part in known for part in parts) else ()
