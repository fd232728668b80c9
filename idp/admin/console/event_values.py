"""What the console calls the values in the details of the record's events. Pure; French message ids.

A reason may be a word of the program or what somebody typed; what is not here is shown as it is.
"""

from collections.abc import Mapping
from typing import Final

from idp.admin.console import delivery_words, events, outcomes
from idp.admin.console.forms_members import CAUSES, CHANNELS, IDENTIFIED
from idp.admin.console.matching import FIELDS, REASONS, RULES
from idp.admin.console.member_words import LANGUAGES, METHODS, STATUS
from idp.admin.console.nav import ROLES
from idp.admin.console.proposals import ACT_WORDS
from idp.web.account.sign_in_words import LEVELS
from idp.web.i18n import mark as _

LISTS: Final = frozenset({"by", "roles"})
"""Details whose value may be several words, with a space between."""

_FLAG: Final = {"0": _("Non"), "1": _("Oui")}
_MEMBER: Final = _("La personne elle-même")
_DESK: Final = _("L’assistance")
_REPORT: Final = _("Un signalement de la personne")

_WAYS: Final[Mapping[str, str]] = {
    **METHODS,
    "password": _("Mot de passe"),
    "franceconnect": _("FranceConnect"),
    "passkey": _("Clé d’accès"),
    "totp": _("Code à usage unique"),
    "recovery": _("Code de secours"),
    "upstream": _("Fournisseur d’identité"),
    "own": _("Depuis le compte"),
    "provisional_email": _("Mot de passe provisoire par e-mail"),
    "provisional_post": _("Mot de passe provisoire par courrier"),
    "all": _("Tous"),
}
_WHY: Final[Mapping[str, str]] = {
    **RULES,
    # Why a session ended.
    "logout": _("Déconnexion par la personne"),
    "remote": _("À distance, depuis une autre connexion"),
    "other_member": _("Une autre personne s’est connectée dans le même navigateur"),
    # Why an answer of a provider is not believed, or nobody is known by it.
    "unknown_state": _("Étape inconnue, terminée ou d’un autre navigateur"),
    "wrong_issuer": _("Réponse d’un autre fournisseur"),
    "no_code": _("Réponse sans code"),
    "nobody": _("Aucun compte pour cette identité"),
    # Why a proof is none.
    "too_many_attempts": _("Trop d’essais"),
    "must_reset": _("Mot de passe à changer"),
    "wrong_password": _("Mot de passe faux"),
    "code_wrong": _("Code faux"),
    "code_gone": _("Code expiré, utilisé ou bloqué"),
    "letter_code": _("Code du courrier faux"),
    # Why an identity is not linked.
    "not_active": _("Dossier pas ouvert"),
    "somebody_else": _("Le dossier d’une autre personne"),
    "other_account": _("Un autre dossier que celui du compte ouvert"),
    "another_person": _("L’identité d’une autre personne"),
    "another_identity": _("Une autre identité ouvre déjà le compte"),
    "session_changed": _("La session n’est plus celle du départ"),
}

VALUES: Final[Mapping[str, Mapping[str, str]]] = {
    **dict.fromkeys(FIELDS, REASONS),
    "acr": LEVELS,
    "act": ACT_WORDS,
    "action": {
        "sign_in": _("Connexion"),
        "confirm": _("Confirmation"),
        "register": _("Ajout d’une clé d’accès"),
    },
    "asked_event": events.WORDS,
    "asked_outcome": outcomes.WORDS,
    "by": {
        "member": _MEMBER,
        "desk": _DESK,
        "import": _("Un import de dossiers"),
        "reported": _REPORT,
        # How a member was looked for.
        "dossier": _("Numéro de dossier"),
        "name": _("Nom"),
        "birthdate": FIELDS["birthdate"],
    },
    "cause": CAUSES,
    "channel": CHANNELS,
    "door": {"console": _("Console"), "command": _("Ligne de commande"), "api": _("API")},
    "error": {"access_denied": _("La personne a refusé ou abandonné")},
    "identified": IDENTIFIED,
    "kind": {
        "mail": _("E-mail"),
        "sealed-mail": _("E-mail"),
        "reset": _("Mot de passe provisoire"),
        "client_logo": _("Logo d’une application"),
        "logout": _("Fin de session dite à une application"),
    },
    "language": LANGUAGES,
    "method": _WAYS,
    "new_device": _FLAG,
    "provider": _WAYS,
    "reason": _WHY,
    "replaced": _FLAG,
    "roles": {role.value: words.title for role, words in ROLES.items()},
    "status": {name: words for name, (_sign, words) in STATUS.items()},
    "suspended": _FLAG,
    "template": delivery_words.MESSAGES,
    "until": {"0": _("Sans fin prévue")},
}
"""Words by the name of a detail and its value."""
