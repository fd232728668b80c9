"""What the console calls the outcomes of the record's events, by subject; one without words is shown by its name.

The cause of an undelivered message is an outcome too, and no choice of the list: `delivery_words` has its words.
"""

from collections.abc import Mapping
from typing import Final

from idp.web.i18n import mark as _

SUBJECTS: Final[tuple[tuple[str, Mapping[str, str]], ...]] = (
    (
        _("Tous les événements"),
        {
            "ok": _("Fait"),
            "refused": _("Refusé"),
            "failed": _("Échec"),
            "forbidden": _("Pas permis"),
            "nobody": _("Personne ne correspond"),
        },
    ),
    (
        _("Connexions"),
        {
            "wrong_password": _("Mot de passe faux"),
            "no_password": _("Pas de mot de passe"),
            "unknown_dossier": _("Dossier inconnu"),
            "not_active": _("Compte pas ouvert"),
            "must_reset": _("Mot de passe à changer"),
            "provisional": _("Mot de passe provisoire juste"),
            "delayed": _("Délai après trop d’échecs"),
            "second_factor_wrong": _("Second facteur : code faux"),
            "second_factor_used": _("Second facteur : code déjà utilisé"),
            "second_factor_delayed": _("Second facteur : délai après trop d’échecs"),
            "second_factor_refused": _("Second facteur : clé d’accès refusée"),
            "no_second_factor": _("Pas de second facteur"),
            "other_door": _("Compte d’une autre page de connexion"),
            "weak": _("Niveau d’authentification trop faible"),
            "invitation_over": _("Invitation plus valable"),
            "not_recognised": _("Personne non reconnue"),
            "went_back": _("Compteur en recul"),
        },
    ),
    (
        _("Mots de passe et adresses"),
        {
            "no_email": _("Pas d’adresse e-mail utilisable"),
            "no_address": _("Pas d’adresse postale utilisable"),
            "letter_on_its_way": _("Un courrier est déjà en route"),
            "sent": _("Lien envoyé"),
            "same": _("Adresse déjà prouvée"),
            "often": _("Trop de liens demandés ce jour"),
            "none": _("Rien à confirmer"),
        },
    ),
    (
        _("Rattachements"),
        {
            "opened": _("En attente d’une décision"),
            "linked": _("Rattaché"),
            "undone": _("Décision annulée"),
            "not_linked": _("Pas rattaché"),
            "not_sent": _("Pas envoyé"),
        },
    ),
    (
        _("Courriers et journal"),
        {
            "damaged": _("Fichiers abîmés trouvés"),
            "broken": _("Anomalies trouvées"),
        },
    ),
)
"""Words by outcome, in the order in which a person looks for them."""

WORDS: Final[Mapping[str, str]] = {name: words for _subject, outcomes in SUBJECTS for name, words in outcomes.items()}
